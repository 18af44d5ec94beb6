using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Jobs;

/// <summary>Which resource a Job is about: a backup, a restore, or, where it sweeps or prunes, a cluster.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Plural">The same as the API server's paths have it.</param>
/// <param name="Label">The label with its name; null for a cluster, whose name every Job bears.</param>
/// <param name="Annotation">The annotation with its whole name; null likewise.</param>
internal sealed record JobSubject(string Kind, string Plural, string? Label, string? Annotation)
{
    public static JobSubject Of(JobOrder order) => order.Request switch
    {
        { Operation: JobOperation.SweepCluster or JobOperation.Prune } => new(ApiGroup.Clusters.Kind, ApiGroup.Clusters.Plural, null, null),
        { Restore: not null } => new(ApiGroup.Restores.Kind, ApiGroup.Restores.Plural, ApiGroup.Labels.Restore, ApiGroup.Annotations.Restore),
        _ => new(ApiGroup.Backups.Kind, ApiGroup.Backups.Plural, ApiGroup.Labels.Backup, ApiGroup.Annotations.Backup),
    };
}

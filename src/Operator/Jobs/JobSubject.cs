using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Jobs;

/// <summary>Which resource a Job is about: a backup, or, where it sweeps or prunes, a cluster.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Plural">The same as the API server's paths have it.</param>
/// <param name="Backup">The backup's name; null for a cluster.</param>
internal sealed record JobSubject(string Kind, string Plural, string? Backup)
{
    public static JobSubject Of(JobOrder order) => order.Request.Operation is JobOperation.SweepCluster or JobOperation.Prune
        ? new(ApiGroup.Clusters.Kind, ApiGroup.Clusters.Plural, null)
        : new(ApiGroup.Backups.Kind, ApiGroup.Backups.Plural, order.Backup.Name);
}

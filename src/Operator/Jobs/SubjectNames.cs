using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Jobs;

/// <summary>How the API server, and the labels of a Job, call what it is about.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Plural">The same as the API server's paths have it.</param>
/// <param name="Label">The label with its name; null for a cluster, whose name every Job bears.</param>
/// <param name="Annotation">The annotation with its whole name; null likewise.</param>
internal sealed record SubjectNames(string Kind, string Plural, string? Label, string? Annotation)
{
    public static SubjectNames Of(JobSubject subject) => subject.Kind switch
    {
        JobSubjectKind.Cluster => new(ApiGroup.Clusters.Kind, ApiGroup.Clusters.Plural, null, null),
        JobSubjectKind.Restore => new(ApiGroup.Restores.Kind, ApiGroup.Restores.Plural, ApiGroup.Labels.Restore, ApiGroup.Annotations.Restore),
        JobSubjectKind.Drill => new(ApiGroup.Drills.Kind, ApiGroup.Drills.Plural, ApiGroup.Labels.Drill, ApiGroup.Annotations.Drill),
        _ => new(ApiGroup.Backups.Kind, ApiGroup.Backups.Plural, ApiGroup.Labels.Backup, ApiGroup.Annotations.Backup),
    };
}

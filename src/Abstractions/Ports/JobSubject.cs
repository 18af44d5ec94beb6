using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The resource that a Job is about, and that owns it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Member">The Kubernetes cluster it lives in.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
[GenerateSerializer, Immutable, Alias("JobSubject")]
public sealed record JobSubject([property: Id(0)] JobSubjectKind Kind, [property: Id(1)] MemberKey Member, [property: Id(2)] string Namespace, [property: Id(3)] string Name)
{
    /// <summary>A backup.</summary>
    public static JobSubject Of(BackupKey backup) => new(JobSubjectKind.Backup, backup.Member, backup.Namespace, backup.Name);

    /// <summary>A restore.</summary>
    public static JobSubject Of(RestoreKey restore) => new(JobSubjectKind.Restore, restore.Member, restore.Namespace, restore.Name);

    /// <summary>A drill.</summary>
    public static JobSubject Of(DrillKey drill) => new(JobSubjectKind.Drill, drill.Member, drill.Namespace, drill.Name);

    /// <summary>A cluster: its Jobs sweep and prune.</summary>
    public static JobSubject Of(ClusterKey cluster) => new(JobSubjectKind.Cluster, cluster.Member, cluster.Namespace, cluster.Name);

    /// <summary>For logs.</summary>
    public override string ToString() => ResourceKeys.Write(Member, Namespace, Name);
}

/// <summary>What a Job may be about.</summary>
[GenerateSerializer, Alias("JobSubjectKind")]
public enum JobSubjectKind
{
    /// <summary>A <c>MySQLBackup</c>.</summary>
    Backup,

    /// <summary>A <c>MySQLRestore</c>.</summary>
    Restore,

    /// <summary>A <c>MySQLCluster</c>.</summary>
    Cluster,

    /// <summary>A <c>RestoreDrill</c>.</summary>
    Drill,
}

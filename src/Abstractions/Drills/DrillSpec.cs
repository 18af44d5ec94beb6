using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Drills;

/// <summary>What somebody asked for with a <c>RestoreDrill</c>. All of it may change; a round goes by what was asked when it began.</summary>
[GenerateSerializer, Immutable, Alias("DrillSpec")]
public sealed record DrillSpec
{
    /// <summary>The resource's UID.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The generation that this was read from.</summary>
    [Id(1)]
    public required long Generation { get; init; }

    /// <summary>When the resource was made.</summary>
    [Id(2)]
    public required DateTimeOffset Created { get; init; }

    /// <summary>The cluster, in the same namespace, whose backups are proven.</summary>
    [Id(3)]
    public required string ClusterName { get; init; }

    /// <summary>When it falls due; null for a drill that runs once, when it is applied. Its name and its storage say nothing.</summary>
    [Id(4)]
    public ScheduleSpec? Schedule { get; init; }

    /// <summary>Which backup is taken.</summary>
    [Id(5)]
    public BackupChoice Backup { get; init; } = new();

    /// <summary>What is looked at.</summary>
    [Id(6)]
    public DrillRequest Checks { get; init; } = new();

    /// <summary>The class of the volume, which is then made for each round; null for a folder on the node.</summary>
    [Id(7)]
    public string? StorageClassName { get; init; }

    /// <summary>The size of the volume in bytes; null to reckon it from the backup's.</summary>
    [Id(8)]
    public long? VolumeBytes { get; init; }

    /// <summary>The image of the server; null for that of the cluster's workload.</summary>
    [Id(9)]
    public string? Image { get; init; }

    /// <summary>The settings of each of the two containers (<c>resources</c>), a Kubernetes document that only the edge reads; without them, those of the workload's container.</summary>
    [Id(10)]
    public string ContainerJson { get; init; } = "{}";

    /// <summary>How long one attempt may take; null to follow the cluster.</summary>
    [Id(11)]
    public TimeSpan? ActiveDeadline { get; init; }

    /// <summary>So many rounds are kept in the status.</summary>
    [Id(12)]
    public int HistoryLimit { get; init; } = DefaultHistoryLimit;

    /// <summary>Whether nothing begins.</summary>
    [Id(13)]
    public bool Suspended { get; init; }

    /// <summary>The word of the annotation <c>backup.controlplane/run</c>; empty for none. Each new one asks for a round.</summary>
    [Id(14)]
    public string Word { get; init; } = "";

    /// <summary>What the resource's own status remembers, so that a plane that lost its state does not forget what was proven.</summary>
    [Id(15)]
    public DrillStatus? Recorded { get; init; }

    /// <summary>As many rounds are kept where nothing is said.</summary>
    public const int DefaultHistoryLimit = 10;

    /// <summary>At most so many rounds are kept: a status is no archive.</summary>
    public const int MaximumHistoryLimit = 50;

    /// <summary>The most characters of all queries and their results together: they travel in an annotation of the Job's Pod.</summary>
    public const int MaximumQueryText = 32 * 1024;
}

/// <summary>Which backup of a cluster is taken.</summary>
[GenerateSerializer, Immutable, Alias("BackupChoice")]
public sealed record BackupChoice
{
    /// <summary>The <c>MySQLBackup</c> that is to be taken each time; null to choose among the good ones.</summary>
    [Id(0)]
    public string? Name { get; init; }

    /// <summary>Only backups of this storage; null for all. Empty where <see cref="Name"/> says it.</summary>
    [Id(1)]
    public string? StorageName { get; init; }

    /// <summary>Whether any good one is taken, another one each time, and not the newest.</summary>
    [Id(2)]
    public bool Random { get; init; }

    /// <summary>What the lot falls by: the same text, the same backup, as long as the same ones are there.</summary>
    [Id(3)]
    public string Lot { get; init; } = "";
}

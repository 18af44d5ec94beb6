using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Backups;

/// <summary>What somebody asked for with a <c>MySQLBackup</c>.</summary>
[GenerateSerializer, Immutable, Alias("BackupSpec")]
public sealed record BackupSpec
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

    /// <summary>The cluster, in the same namespace.</summary>
    [Id(3)]
    public required string ClusterName { get; init; }

    /// <summary>One of the cluster's storages.</summary>
    [Id(4)]
    public required string StorageName { get; init; }

    /// <summary>The source Pod; null to follow the cluster, or to choose.</summary>
    [Id(5)]
    public string? SourcePod { get; init; }

    /// <summary>How long one attempt may take; null to follow the cluster.</summary>
    [Id(6)]
    public TimeSpan? ActiveDeadline { get; init; }

    /// <summary>Replaces the storage's options as a whole; null to follow the storage.</summary>
    [Id(7)]
    public ContainerOptions? ContainerOptions { get; init; }

    /// <summary>Whether the owner asked for its end.</summary>
    [Id(8)]
    public bool Cancelled { get; init; }

    /// <summary>Whether the resource is being deleted.</summary>
    [Id(9)]
    public bool Deleting { get; init; }

    /// <summary>Whether the finalizer <c>backup.controlplane/delete-data</c> stands: deleting the resource deletes the data.</summary>
    [Id(10)]
    public bool DeletesData { get; init; }

    /// <summary>What the resource's own status remembers, so that a plane that lost its state adopts a backup instead of taking it again.</summary>
    [Id(11)]
    public RecordedBackup? Recorded { get; init; }

    /// <summary>
    /// The id of the owner's key that the backup is to have: at first the one to seal it with, later the one to wrap its data key anew with.
    /// Null for the storage's own, and for leaving a good backup as it is.
    /// </summary>
    [Id(12)]
    public string? EncryptionKey { get; init; }

    /// <summary>Whether its owner holds it by the annotation <c>backup.controlplane/hold</c>: then no rule lets it go.</summary>
    [Id(13)]
    public bool Held { get; init; }

    /// <summary>The schedule that asked for it; null where somebody did.</summary>
    [Id(14)]
    public string? Schedule { get; init; }

    /// <summary>When it was due by that schedule; null where that is not known.</summary>
    [Id(15)]
    public DateTimeOffset? Due { get; init; }

    /// <summary>How long it is to be kept, by its own word; null to follow its schedule, and to stay where nobody's schedule asked for it.</summary>
    [Id(16)]
    public TimeSpan? KeepFor { get; init; }

    /// <summary>
    /// The folder of a backup that is in the storage already, in the cluster's own place there; null to take one. Such a backup has its objects
    /// there and not under its own name and UID.
    /// </summary>
    [Id(17)]
    public BackupFolder? ImportFrom { get; init; }
}

/// <summary>What a resource's status says of an earlier life.</summary>
[GenerateSerializer, Immutable, Alias("RecordedBackup")]
public sealed record RecordedBackup
{
    /// <summary>The whole status as it was last shown.</summary>
    [Id(0)]
    public required BackupStatus Status { get; init; }
}

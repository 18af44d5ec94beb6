using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Restores;

/// <summary>What somebody asked for with a <c>MySQLRestore</c>.</summary>
[GenerateSerializer, Immutable, Alias("RestoreSpec")]
public sealed record RestoreSpec
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

    /// <summary>The cluster that is restored into, in the same namespace.</summary>
    [Id(3)]
    public required string ClusterName { get; init; }

    /// <summary>The <c>MySQLBackup</c> of the same namespace; null where <see cref="Source"/> says where the backup lies.</summary>
    [Id(4)]
    public string? BackupName { get; init; }

    /// <summary>A backup by its place alone; null where <see cref="BackupName"/> names it.</summary>
    [Id(5)]
    public BackupPlace? Source { get; init; }

    /// <summary>Whether only the plan is wanted.</summary>
    [Id(6)]
    public bool DryRun { get; init; }

    /// <summary>What becomes of the volumes of the other instances.</summary>
    [Id(7)]
    public ReplicaVolumes ReplicaVolumes { get; init; }

    /// <summary>What becomes of the data that are there.</summary>
    [Id(8)]
    public KeepPrevious KeepPrevious { get; init; }

    /// <summary>Whether the owner asked for its end, and for what was there before.</summary>
    [Id(9)]
    public bool Cancelled { get; init; }

    /// <summary>Whether the owner is sure, so that the previous data may go.</summary>
    [Id(10)]
    public bool Confirmed { get; init; }

    /// <summary>What the resource's own status remembers, so that a plane that lost its state does not restore again.</summary>
    [Id(11)]
    public RestoreStatus? Recorded { get; init; }
}

/// <summary>Where a backup lies, without its resource.</summary>
[GenerateSerializer, Immutable, Alias("BackupPlace")]
public sealed record BackupPlace
{
    /// <summary>As its owner wrote it, for example <c>s3://backups/prod/shop/orders/backup1-4f2c…/</c>.</summary>
    [Id(0)]
    public required string Destination { get; init; }

    /// <summary>How its storage is reached.</summary>
    [Id(1)]
    public required StorageSpec Storage { get; init; }

    /// <summary>What the destination names in that storage.</summary>
    [Id(2)]
    public required RestoreSource Backup { get; init; }
}

/// <summary>What becomes of the volumes of all instances but the first.</summary>
[GenerateSerializer, Alias("ReplicaVolumes")]
public enum ReplicaVolumes
{
    /// <summary>They are restored like the first.</summary>
    Restore,

    /// <summary>They are emptied: replicas fetch their data from the primary by their own means.</summary>
    Delete,

    /// <summary>They are left as they are.</summary>
    Keep,
}

/// <summary>
/// The spec of a restore is immutable but for <c>cancelled</c> and <c>confirmed</c>. A new API server holds that by a rule of the schema; an old one does not,
/// so the first spec that was read counts, and what a later one says otherwise is said back to its owner.
/// </summary>
public static class RestoreSpecs
{
    /// <summary>The fields of <paramref name="later"/> that differ from <paramref name="first"/> and must not; empty when there is none.</summary>
    public static IReadOnlyList<string> ChangedFields(RestoreSpec first, RestoreSpec later) =>
    [
        .. new (string Field, bool Same)[]
        {
            ("spec.clusterName", first.ClusterName == later.ClusterName),
            ("spec.backupName", first.BackupName == later.BackupName),
            ("spec.backupSource.destination", first.Source?.Destination == later.Source?.Destination),
            ("spec.backupSource.storage", first.Source?.Storage.Request == later.Source?.Storage.Request && first.Source?.Storage.Sealing == later.Source?.Storage.Sealing),
            ("spec.dryRun", first.DryRun == later.DryRun),
            ("spec.replicaVolumes", first.ReplicaVolumes == later.ReplicaVolumes),
            ("spec.keepPrevious", first.KeepPrevious == later.KeepPrevious),
        }.Where(field => !field.Same).Select(field => field.Field),
    ];

    /// <summary>The spec to go by: the first one, with what may change taken from the later one.</summary>
    public static RestoreSpec Merge(RestoreSpec first, RestoreSpec later) => first with
    {
        Generation = later.Generation,
        Cancelled = first.Cancelled || later.Cancelled,
        Confirmed = first.Confirmed || later.Confirmed,
    };

    /// <summary>The sentence for the owner.</summary>
    public static string Explain(IReadOnlyList<string> changed) =>
        $"The spec of a restore cannot be changed but for 'cancelled' and 'confirmed': {string.Join(", ", changed)} {(changed.Count == 1 ? "was" : "were")} changed without effect. Create another restore for it.";
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Restores;

/// <summary>All that a restore remembers. Stored as JSON: members may be added, never renamed.</summary>
internal sealed record RestoreState : ResourceState
{
    /// <summary>The form that this code writes.</summary>
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The first spec that was accepted; null for a resource that could never be read.</summary>
    public RestoreSpec? Spec { get; init; }

    public RestorePhase Phase { get; init; }

    public RestoreErrand Errand { get; init; }

    /// <summary>The instant at which the errand ends one way or the other. Set in every phase that is not final.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Since when it has been waiting for the present reason, and how long it may.</summary>
    public BackupWaiting? Waiting { get; init; }

    /// <summary>What the cluster admitted it with.</summary>
    public TargetCluster? Cluster { get; init; }

    /// <summary>Which backup, and where it lies.</summary>
    public RestoreOrigin? Origin { get; init; }

    /// <summary>The workload as it was found, and as it is to be again.</summary>
    public FoundWorkload? Workload { get; init; }

    /// <summary>The volumes that are restored or emptied, the first instance's first.</summary>
    public IReadOnlyList<RestoreVolume> Volumes { get; init; } = [];

    /// <summary>What was found before anything was touched.</summary>
    public RestorePlanStatus? Plan { get; init; }

    /// <summary>How long an earlier restore of the cluster took, or a drill; null where none was measured.</summary>
    public RestorePace? Pace { get; init; }

    /// <summary>When the workload began to be stopped, to be restored.</summary>
    public DateTimeOffset? Begun { get; init; }

    /// <summary>How long this one took, once it succeeded; null for one that tells nothing of how long another takes.</summary>
    public RestorePace? Took { get; init; }

    /// <summary>Whether the workload was stopped by this restore, or may have been, and was not started again.</summary>
    public bool Stopped { get; init; }

    /// <summary>Whether all that is waited for is an account: the database is up, and refuses that of the cluster's credentialsSecret.</summary>
    public bool AccountRefused { get; init; }

    /// <summary>Whether a server was seen to lack transactions of the backup's GTID set.</summary>
    public bool GtidLacking { get; init; }

    /// <summary>What it comes to once everything is put back; null while it is to succeed.</summary>
    public RestoreEnding? Ending { get; init; }

    /// <summary>The highest number that a Job or a look was given: none is given twice.</summary>
    public int Numbers { get; init; }

    /// <summary>An answer to a look of a lower number is too old.</summary>
    public int Look { get; init; }

    /// <summary>Whether the backup's resource was told that it is read.</summary>
    public bool Lent { get; init; }

    /// <summary>Whether it is yet to be told that it is read no longer.</summary>
    public bool ReturnOwed { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Completed { get; init; }

    /// <summary>When the previous data go by themselves.</summary>
    public DateTimeOffset? DropAt { get; init; }

    /// <summary>A namesake that waits until this one has come to its end.</summary>
    public RestoreSpec? Successor { get; init; }

    public override bool IsSettled => Uid.Length == 0 || (Phase.IsFinal() && Errand == RestoreErrand.None && !OwesSomething);

    public override bool IsForgetting => Errand == RestoreErrand.Forgetting;

    public override bool HasSuccessor => Successor is not null;

    public override bool OwesSomething => ReturnOwed || base.OwesSomething;

    /// <summary>Whether it holds the slot of its cluster.</summary>
    public bool HoldsSlot => Uid.Length > 0 && Errand is not (RestoreErrand.None or RestoreErrand.Asking or RestoreErrand.Holding or RestoreErrand.Confirming or RestoreErrand.Forgetting);

    /// <summary>Whether previous data lie on a volume.</summary>
    public bool PreviousKept => Volumes.Any(volume => volume.PreviousKept);
}

/// <summary>One data volume of the target.</summary>
internal sealed record RestoreVolume
{
    /// <summary>The claim.</summary>
    public required string Claim { get; init; }

    /// <summary>What is done with it: it is restored or emptied.</summary>
    public required JobOperation Operation { get; init; }

    /// <summary>What becomes of the data on it; null before the plan.</summary>
    public PreviousData? Previous { get; init; }

    /// <summary>What the plan found.</summary>
    public RestorePlan? Found { get; init; }

    /// <summary>Whether a Job was ever asked for that may have changed it: from then on it has to be undone, or confirmed.</summary>
    public bool Touched { get; init; }

    /// <summary>Bytes that came from the store when it was restored; 0 before, and where they had come before.</summary>
    public long BytesDownloaded { get; init; }

    /// <summary>How long it took to download and prepare them, in seconds.</summary>
    public double DataSeconds { get; init; }

    /// <summary>What its data directory holds, as the last Job told; null before.</summary>
    public VolumeHolds? Holds { get; init; }

    /// <summary>Whether its previous data lie aside.</summary>
    public bool PreviousKept { get; init; }

    /// <summary>The Job that works on it now.</summary>
    public BackupJob? Job { get; init; }

    /// <summary>A Job that is to go before anything else may work on the volume.</summary>
    public string? Leaving { get; init; }

    /// <summary>Whether the present errand is done with it.</summary>
    public bool Done { get; init; }

    /// <summary>How often the present errand failed with it.</summary>
    public int Tries { get; init; }

    /// <summary>How often of these the tool failed.</summary>
    public int ToolFailures { get; init; }

    /// <summary>Before this, no further Job.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Why its previous data cannot be put back; empty while they can.</summary>
    public string Stuck { get; init; } = "";

    /// <summary>The node on which an instance has it; null where none has.</summary>
    public string? Node { get; init; }
}

/// <summary>The parts of the cluster's spec that a restore goes by, copied when it was admitted.</summary>
internal sealed record TargetCluster
{
    public required WorkloadSpec Workload { get; init; }

    public required JobSettings Jobs { get; init; }

    public BackupEngine Engine { get; init; }

    public int BackoffLimit { get; init; }

    public TimeSpan ActiveDeadline { get; init; }
}

/// <summary>Where the backup lies.</summary>
internal sealed record RestoreOrigin
{
    public required RestoreSource Backup { get; init; }

    public required StorageSpec Storage { get; init; }

    /// <summary>Where a good backup lies, by what is shown of it; null for one that holds nothing that could be restored.</summary>
    public static RestoreOrigin? Of(BackupStatus backup) =>
        backup is { Phase: BackupPhase.Succeeded, Reason: not (Reasons.Expired or Reasons.RemovingData or Reasons.RemovalFailed), Destination: { } destination, Storage: { } storage }
        && StoragePlaces.Read(destination, storage.Request) is { } source
            ? new() { Backup = source, Storage = storage with { Sealing = SealingOf(backup, storage) } }
            : null;

    // What the backup says of its key counts: it may have been wrapped anew since it was taken.
    private static SealingRequest? SealingOf(BackupStatus backup, StorageSpec storage) =>
        backup.Summary?.EncryptionKeyId is { } id ? (storage.Sealing is { } sealing ? sealing with { KeyId = id } : null) : null;
}

/// <summary>The workload as it was found before anything was touched.</summary>
internal sealed record FoundWorkload
{
    /// <summary>How many instances it asked for; 0 where it was stopped already.</summary>
    public required int Replicas { get; init; }

    public required WorkloadIdentity Identity { get; init; }

    public string DataDirectory { get; init; } = "";

    /// <summary>The server's version, where an agent told it.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The server's tool, where an agent told it.</summary>
    public BackupEngine Engine { get; init; }
}

/// <summary>What a restore comes to once everything is put back.</summary>
/// <param name="Phase">The final phase.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">One sentence.</param>
internal sealed record RestoreEnding(RestorePhase Phase, string Reason, string Message);

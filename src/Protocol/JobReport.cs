namespace ControlPlane.Protocol;

/// <summary>How a Job ended: one JSON document in the container's termination message.</summary>
public sealed record JobReport
{
    /// <summary>The kubelet cuts a termination message here; the writer shortens <see cref="Message"/> until the document fits.</summary>
    public const int MaxBytes = 4096;

    /// <summary>The backup's UID, so that a report is never taken for another's.</summary>
    public required string Uid { get; init; }

    /// <summary>The attempt that reports.</summary>
    public required int Attempt { get; init; }

    /// <summary>Null when the work was done; otherwise why it was not.</summary>
    public JobFault? Fault { get; init; }

    /// <summary>One sentence for people: what happened and what may be done about it. Never a secret.</summary>
    public string Message { get; init; } = "";

    /// <summary>What was stored; present when a backup was committed.</summary>
    public BackupSummary? Summary { get; init; }

    /// <summary>Of <see cref="JobFault.ObjectLocked"/>: when the lock ends; null where it has no end or the store does not say.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>How many objects a Delete, a Sweep or a Prune removed.</summary>
    public long? ObjectsRemoved { get; init; }

    /// <summary>What a SweepCluster found.</summary>
    public SweepSummary? Sweep { get; init; }

    /// <summary>Which of its backups a Prune could not remove; present when it came to its end, with or without a <see cref="Fault"/>.</summary>
    public PruneSummary? Prune { get; init; }

    /// <summary>What a PlanRestore found.</summary>
    public RestorePlan? Plan { get; init; }

    /// <summary>How a RestoreVolume, EmptyVolume, UndoRestore or ConfirmRestore left its volume; with a <see cref="Fault"/> as far as that is known.</summary>
    public VolumeSummary? Volume { get; init; }

    /// <summary>What a Drill found; with a <see cref="Fault"/> as far as it came.</summary>
    public DrillSummary? Drill { get; init; }

    /// <summary>What an Import read beside the <see cref="Summary"/>.</summary>
    public ImportSummary? Import { get; init; }
}

/// <summary>Of a manifest, what the control plane knows by itself of a backup that it took, and has to be told of one that it imports.</summary>
public sealed record ImportSummary
{
    /// <summary>When the stream began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the last segment was stored.</summary>
    public required DateTimeOffset Completed { get; init; }

    /// <summary>The Pod it was taken from.</summary>
    public string SourcePod { get; init; } = "";
}

/// <summary>Why a Job failed; decides what the plane does next.</summary>
public enum JobFault
{
    /// <summary>The agent or its server could not be reached, or said it is busy. Tried again, from another Pod where there is one.</summary>
    SourceUnavailable,

    /// <summary>The stream ended before the agent said it was complete. Tried again.</summary>
    StreamBroken,

    /// <summary>The store did not answer, or answered that it cannot now. Tried again.</summary>
    StorageUnavailable,

    /// <summary>The Secret that the storage names is absent or lacks a key. Tried again: it may just not have been applied yet.</summary>
    SecretMissing,

    /// <summary>The store refused the credentials. Not tried again.</summary>
    StorageDenied,

    /// <summary>The bucket or volume does not exist. Not tried again.</summary>
    StorageMissing,

    /// <summary>A retention rule or a hold of the store keeps an object that is to be removed. Not tried again before it ends.</summary>
    ObjectLocked,

    /// <summary>The backup tool failed. Tried once more, from another Pod.</summary>
    ToolFailed,

    /// <summary>The encryption key does not fit, or is no key. Not tried again.</summary>
    WrongKey,

    /// <summary>What was read back is not what was written. Not tried again: somebody must look at the store.</summary>
    ManifestMismatch,

    /// <summary>The request itself is wrong. Not tried again.</summary>
    InvalidRequest,

    /// <summary>The attempt's time was over. Ends the backup.</summary>
    DeadlineExceeded,

    /// <summary>The runner was told to stop. Ends the backup, or the attempt when nobody asked for it.</summary>
    Cancelled,

    /// <summary>The runner itself broke: a fault of ours. Tried again.</summary>
    Internal,

    /// <summary>The backup is of an engine or a version that the tool or the server cannot read. Not tried again.</summary>
    VersionMismatch,

    /// <summary>There is too little room on the data volume. Not tried again before there is more.</summary>
    VolumeFull,

    /// <summary>Something else uses the data volume: a server still runs on it, or wrote to it in between. Tried again: it may just be ending.</summary>
    VolumeBusy,

    /// <summary>What another restore left lies on the data volume. Not tried again before that one is confirmed or undone.</summary>
    VolumeTaken,

    /// <summary>There are no previous data to put back: they were deleted as the request said, or the restore was confirmed. Not tried again.</summary>
    PreviousMissing,

    /// <summary>The backup was restored, and what came up is not what it has to be. Not tried again: somebody must look.</summary>
    DrillFailed,
}

/// <summary>What a committed backup holds; the part of the manifest that status shows.</summary>
public sealed record BackupSummary
{
    /// <summary>SHA-256 of the manifest's bytes, <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public required string ManifestDigest { get; init; }

    /// <summary>Bytes that the tool produced.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Bytes in the store, manifest included.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Number of segments.</summary>
    public required int Segments { get; init; }

    /// <summary>Which tool was used.</summary>
    public required BackupEngine Engine { get; init; }

    /// <summary>The tool's and the server's versions and positions.</summary>
    public required BackupPositions Positions { get; init; }

    /// <summary>The id of the owner's key that it is sealed with; null for a backup that is not sealed.</summary>
    public string? EncryptionKeyId { get; init; }
}

namespace ControlPlane.Protocol;

/// <summary>
/// What a Job of a restore, or of a drill, is about. <see cref="JobRequest.Backup"/> then names the restore's (or the drill's) own resource, and its report bears
/// that resource's UID; which backup is restored stands here. What a Job does on a volume is told in <c>docs/restore.md</c>.
/// </summary>
public sealed record RestoreRequest
{
    /// <summary>Which backup; absent only for what reads none: an undo, a confirmation, an emptying.</summary>
    public RestoreSource? Source { get; init; }

    /// <summary>The data volume. Absent for a drill, and for a plan that is not to look at one.</summary>
    public VolumeRequest? Volume { get; init; }

    /// <summary>What it is restored into; empty where nothing is known of it.</summary>
    public RestoreTarget Target { get; init; } = new();

    /// <summary>What a drill does beyond restoring; only of a <see cref="JobOperation.Drill"/>.</summary>
    public DrillRequest? Drill { get; init; }
}

/// <summary>A backup as it lies in the request's storage. Exactly one of the two is given.</summary>
public sealed record RestoreSource
{
    /// <summary>A backup of ours, also another cluster's or one whose resource is gone: its folder says all of this.</summary>
    public BackupIdentity? Backup { get; init; }

    /// <summary>The name of a backup that <c>xbcloud</c> stored, below the storage's prefix; it may have slashes.</summary>
    public string? XbCloud { get; init; }
}

/// <summary>A data volume, mounted at <see cref="JobFiles.DataVolume"/>. No server may run on it.</summary>
public sealed record VolumeRequest
{
    /// <summary>The claim's name: the key of its entry in <c>status.volumes</c>, and for messages.</summary>
    public required string Name { get; init; }

    /// <summary>The data directory within the volume, without slashes at its ends; empty when the volume's root is it.</summary>
    public string DataDirectory { get; init; } = "";

    /// <summary>Of a <see cref="JobOperation.PlanRestore"/>: what the owner wants to become of the data that are there.</summary>
    public KeepPrevious Keep { get; init; }

    /// <summary>Of a <see cref="JobOperation.RestoreVolume"/> or an <see cref="JobOperation.EmptyVolume"/>: what becomes of them, as the plan's <see cref="VolumePlan.Previous"/> says.</summary>
    public PreviousData Previous { get; init; }
}

/// <summary>What an owner wants to become of the data that a volume holds.</summary>
public enum KeepPrevious
{
    /// <summary>They are kept where there is room for both.</summary>
    IfSpace,

    /// <summary>They are kept, and where there is no room for both nothing is restored.</summary>
    Always,

    /// <summary>They are not kept.</summary>
    Never,
}

/// <summary>What becomes of the data that a volume holds when a restore begins.</summary>
public enum PreviousData
{
    /// <summary>It is moved aside once the backup is downloaded and prepared, and stays until a confirmation or an undo.</summary>
    Keep,

    /// <summary>It is moved aside likewise, and removed right after the switch: there is room for both, but it is not wanted.</summary>
    DropAfterwards,

    /// <summary>It is removed before anything is downloaded, since there is no room for both. There is no way back from here.</summary>
    DeleteFirst,
}

/// <summary>What is restored into.</summary>
public sealed record RestoreTarget
{
    /// <summary>The target's tool; <see cref="BackupEngine.Auto"/> where it is not known.</summary>
    public BackupEngine Engine { get; init; }

    /// <summary>The version of the target's server, for example <c>10.11.19-MariaDB</c>; null where it is not known: then what lies on the volume may say it.</summary>
    public string? ServerVersion { get; init; }
}

/// <summary>What the plan of a restore found. Everything at once: a plan is refused by all its blockers, not by the first.</summary>
public sealed record RestorePlan
{
    /// <summary>The most blockers and the most warnings that are told.</summary>
    public const int MaximumFindings = 8;

    /// <summary>The longest sentence of a finding, in characters; a longer one is cut.</summary>
    public const int MaximumSentence = 200;

    /// <summary>The tool that made the backup; null when that is not known.</summary>
    public BackupEngine? Engine { get; init; }

    /// <summary>The backup's versions and positions; null when they are not known.</summary>
    public BackupPositions? Positions { get; init; }

    /// <summary>The id of the key that the backup is sealed with; it was seen to open it, unless there is a blocker <see cref="JobFault.WrongKey"/>.</summary>
    public string? EncryptionKeyId { get; init; }

    /// <summary>The tool in the Job's image, which is the one that prepares; null where it has none.</summary>
    public string? ToolVersion { get; init; }

    /// <summary>Bytes that come from the store.</summary>
    public long BytesToDownload { get; init; }

    /// <summary>Bytes that the new data take on the volume, with what preparing needs besides.</summary>
    public long BytesNeeded { get; init; }

    /// <summary>What was seen of the volume; null when none was looked at.</summary>
    public VolumePlan? Volume { get; init; }

    /// <summary>What the restore fails by, as far as that can be known before; empty for a restore that may begin.</summary>
    public IReadOnlyList<PlanBlocker> Blockers { get; init; } = [];

    /// <summary>What an owner should know before.</summary>
    public IReadOnlyList<PlanWarning> Warnings { get; init; } = [];
}

/// <summary>What a plan saw of a volume.</summary>
public sealed record VolumePlan
{
    /// <summary>Bytes that are free on it.</summary>
    public required long BytesAvailable { get; init; }

    /// <summary>Bytes that the present data take; they become free when these are deleted first.</summary>
    public required long BytesOfData { get; init; }

    /// <summary>What becomes of the present data, given what the owner wants; null when the new ones do not fit. A RestoreVolume is asked with this.</summary>
    public PreviousData? Previous { get; init; }

    /// <summary>The numeric owner of the data directory; new files get the same where the Job may give files away.</summary>
    public required long OwnerId { get; init; }

    /// <summary>Its numeric group.</summary>
    public required long GroupId { get; init; }

    /// <summary>Its mode, four octal digits.</summary>
    public required string Mode { get; init; }

    /// <summary>The server's version by what a server left there; null when nothing tells.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The UID of a restore whose remains lie on the volume; null when there are none.</summary>
    public string? RemainsOf { get; init; }
}

/// <summary>Something that a restore would fail by.</summary>
/// <param name="Fault">The class.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record PlanBlocker(JobFault Fault, string Message);

/// <summary>Something that an owner should know.</summary>
/// <param name="Warning">Which.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record PlanWarning(RestoreWarning Warning, string Message);

/// <summary>What a plan may warn of.</summary>
public enum RestoreWarning
{
    /// <summary>Accounts and their passwords will be those of the backup. Always told.</summary>
    AccountsOfBackup,

    /// <summary>There is not room for both: the present data are deleted before the download, and there is no way back.</summary>
    PreviousDeletedFirst,

    /// <summary>The present data are removed after the switch, as asked.</summary>
    PreviousNotKept,

    /// <summary>The server is of another version than the backup's, which it reads.</summary>
    ServerVersionDiffers,

    /// <summary>The server is of a later series: its own upgrade runs on the restored data.</summary>
    UpgradeFollows,

    /// <summary>The tool is of another version than the one that made the backup, of the same series.</summary>
    ToolVersionDiffers,

    /// <summary>A version could not be found out, so that nothing was compared.</summary>
    VersionUnknown,

    /// <summary>The backup has no GTID set: that the server came back at the right place cannot be compared.</summary>
    NoGtid,

    /// <summary>Objects lie in the backup's place that are none of its own; they are passed over.</summary>
    StrangersPassedOver,
}

/// <summary>How a Job left a volume; present whenever it came to an end that it can answer for, with or without a <see cref="JobReport.Fault"/>.</summary>
public sealed record VolumeSummary
{
    /// <summary>The claim's name.</summary>
    public required string Volume { get; init; }

    /// <summary>What the data directory holds now.</summary>
    public required VolumeHolds Holds { get; init; }

    /// <summary>Whether the previous data lie aside, so that an undo has something to put back.</summary>
    public bool PreviousKept { get; init; }

    /// <summary>Bytes that came from the store, in this attempt.</summary>
    public long BytesDownloaded { get; init; }

    /// <summary>Bytes that were written to the volume by the download, in this attempt.</summary>
    public long BytesWritten { get; init; }

    /// <summary>How long the download took, in seconds.</summary>
    public double DownloadSeconds { get; init; }

    /// <summary>How long preparing took, in seconds.</summary>
    public double PrepareSeconds { get; init; }

    /// <summary>Versions and positions of the restored data; null when nothing was restored.</summary>
    public BackupPositions? Positions { get; init; }
}

/// <summary>What a data directory holds, as the Job that reports left it.</summary>
public enum VolumeHolds
{
    /// <summary>What it held before the restore; nothing of it was moved, or all of it was put back.</summary>
    Previous,

    /// <summary>The restored data, whole.</summary>
    Restored,

    /// <summary>Nothing: it was emptied, as asked.</summary>
    Nothing,

    /// <summary>Neither: a switch or an undo is unfinished, or the previous data were deleted first. No server may be started on it; the same request again goes on.</summary>
    Unfinished,

    /// <summary>Nothing of this restore is on the volume: it was never begun there, or it was undone or confirmed before.</summary>
    Unknown,
}

/// <summary>What a runner applies to its volume's entry in <c>status.volumes</c> every few seconds, under a field manager of that volume's own.</summary>
public sealed record RestoreProgress
{
    /// <summary>The claim's name, the key of the entry.</summary>
    public required string Name { get; init; }

    /// <summary>The attempt that reports.</summary>
    public required int Attempt { get; init; }

    /// <summary>What is being done.</summary>
    public required RestoreStage Stage { get; init; }

    /// <summary>Bytes of the backup's stream that were written to the volume.</summary>
    public required long BytesDone { get; init; }

    /// <summary>The stream's length; null while it is not known.</summary>
    public long? BytesExpected { get; init; }

    /// <summary>Bytes written a second over the last report's interval.</summary>
    public required long BytesPerSecond { get; init; }

    /// <summary>Share of the download that is done, 0 to 100; null when the size is not known. Below 100 until the stage ends.</summary>
    public int? Percent { get; init; }

    /// <summary>When the download is expected to end; null when not known.</summary>
    public DateTimeOffset? EstimatedCompletion { get; init; }

    /// <summary>For the printer column, for example <c>63% 412MiB/s 4m</c>, or the stage.</summary>
    public required string Summary { get; init; }

    /// <summary>The field manager of a volume's entry: Jobs of several volumes write to one status at the same time. Never longer than the 128 characters that are allowed.</summary>
    public static string FieldManager(string volume)
    {
        const int longest = 100;
        return $"{BackupProgress.FieldManager}-{(volume.Length <= longest ? volume : volume[^longest..])}";
    }
}

/// <summary>What a runner is doing with a volume.</summary>
public enum RestoreStage
{
    /// <summary>The previous data are being deleted, since there is no room for both.</summary>
    Deleting,

    /// <summary>The backup is coming from the store.</summary>
    Downloading,

    /// <summary>The tool makes consistent data of it.</summary>
    Preparing,

    /// <summary>The data directories are being switched.</summary>
    Switching,

    /// <summary>A drill's server is looking at the data.</summary>
    Checking,
}

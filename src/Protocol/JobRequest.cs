using System.Text.Json.Serialization;

namespace ControlPlane.Protocol;

/// <summary>
/// What one Job is asked to do: one document, handed to the runner as the file <see cref="JobFiles.Request"/>. It holds no secret:
/// whoever may read Jobs may read this.
/// </summary>
public sealed record JobRequest
{
    /// <summary>The newest version of this document that this code reads.</summary>
    public const int CurrentVersion = 7;

    /// <summary>Since this version a request may ask for sealing; an older runner would leave that out and store in the clear.</summary>
    public const int SealingVersion = 2;

    /// <summary>Since this version a request may limit the bandwidth; an older runner would take all there is.</summary>
    public const int BandwidthVersion = 3;

    /// <summary>Since this version a request may be about a whole cluster; an older runner knows no such operation, and refuses it.</summary>
    public const int ClusterSweepVersion = 4;

    /// <summary>Since this version a request may prune; an older runner knows no such operation, and refuses it.</summary>
    public const int PruneVersion = 5;

    /// <summary>Since this version a request may be about a restore or a drill; an older runner knows no such operation, and refuses it.</summary>
    public const int RestoreVersion = 6;

    /// <summary>Since this version a backup may lie under another name than its own, and may be imported; an older runner would look in the wrong place.</summary>
    public const int ImportVersion = 7;

    /// <summary>The document's version; a runner refuses one it does not know, so the least one that no runner gets wrong is written.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What to do.</summary>
    public required JobOperation Operation { get; init; }

    /// <summary>
    /// The backup it is about. A <see cref="JobOperation.SweepCluster"/> is about a cluster's whole prefix, and a <see cref="JobOperation.Prune"/>
    /// about some of its backups: then its name is the cluster's, and its UID that of the cluster's resource.
    /// What has a <see cref="Restore"/> is about a restore or a drill: then namespace and cluster are the target's, name and UID that of its resource.
    /// </summary>
    public required BackupIdentity Backup { get; init; }

    /// <summary>The folder that the backup lies in, where that is not the one of <see cref="Backup"/>: of one that was imported. Null for any other.</summary>
    public BackupFolder? Folder { get; init; }

    /// <summary>Whose name the backup's objects bear: its own, or that of the resource it was taken for.</summary>
    [JsonIgnore]
    public BackupIdentity Stored => Folder is { } folder ? Backup with { Name = folder.Name, Uid = folder.Uid } : Backup;

    /// <summary>Which attempt this is, from 1. An attempt writes its segments under a prefix of its own.</summary>
    public required int Attempt { get; init; }

    /// <summary>Where the objects lie.</summary>
    public required StorageRequest Storage { get; init; }

    /// <summary>Where the bytes come from; present if and only if <see cref="Operation"/> is <see cref="JobOperation.Backup"/>.</summary>
    public SourceRequest? Source { get; init; }

    /// <summary>How segments are compressed.</summary>
    public CompressionRequest Compression { get; init; } = new();

    /// <summary>With which key of the owner's the backup is sealed; null for one that is stored as it is coded.</summary>
    public SealingRequest? Sealing { get; init; }

    /// <summary>
    /// The most bytes a second that go to the store, over all connections of the Job; null for no limit. What the backup resource's
    /// <c>status.uploadBytesPerSecond</c> says later counts from then on: the runner sees it in the answer to each report of progress.
    /// </summary>
    public long? UploadBytesPerSecond { get; init; }

    /// <summary>How it is seen, before the manifest is written, that the store holds what was sent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ReadBack ReadBack { get; init; }

    /// <summary>What may be taken for remains; present if and only if <see cref="Operation"/> is <see cref="JobOperation.SweepCluster"/>.</summary>
    public SweepRequest? Sweep { get; init; }

    /// <summary>Which backups go; present if and only if <see cref="Operation"/> is <see cref="JobOperation.Prune"/>.</summary>
    public PruneRequest? Prune { get; init; }

    /// <summary>What is restored, where to and how; present if and only if <see cref="Operation"/> is one of a restore or a drill.</summary>
    public RestoreRequest? Restore { get; init; }

    /// <summary>The schedule that asked for the backup, for its manifest; null where somebody did.</summary>
    public string? Schedule { get; init; }

    /// <summary>When it was due by that schedule.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>The end of the attempt. The runner ends itself a little earlier, so that it can still report.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>What a Job does.</summary>
public enum JobOperation
{
    /// <summary>Takes a backup and commits it by its manifest.</summary>
    Backup,

    /// <summary>Removes everything under the backup's prefix: the manifest first, so that no half backup looks whole.</summary>
    Delete,

    /// <summary>Removes what ended attempts left behind; a committed backup (one with a manifest) is read back and reported, and left untouched.</summary>
    Sweep,

    /// <summary>Wraps the data key of a committed, sealed backup anew, with the key that <see cref="JobRequest.Sealing"/> names. No segment is touched.</summary>
    Rewrap,

    /// <summary>
    /// Looks through all that lies under a cluster's prefix, and removes what belongs to no backup, is older than a safe age and is not known
    /// to the plane. Backups stay, and so does what is none of ours.
    /// </summary>
    SweepCluster,

    /// <summary>
    /// Removes some backups of a cluster, each as by <see cref="Delete"/>. What the store does not let go of one does not keep the others;
    /// asked again, it goes on where it was.
    /// </summary>
    Prune,

    /// <summary>Says whether and how a backup can be restored, and touches nothing. The report has a <see cref="RestorePlan"/>, with or without blockers.</summary>
    PlanRestore,

    /// <summary>
    /// Restores a backup onto a data volume: downloads and prepares it beside the present data, and then puts it into their place. Asked again, it goes on where it was;
    /// once it is done, it says so again and touches nothing.
    /// </summary>
    RestoreVolume,

    /// <summary>Moves the present data of a volume aside, or removes them, and puts nothing into their place. Asked again, it goes on.</summary>
    EmptyVolume,

    /// <summary>
    /// Puts the previous data of a volume back, in whatever state a <see cref="RestoreVolume"/> or an <see cref="EmptyVolume"/> of the same UID is. Asked again, it goes on;
    /// where there is nothing to put back, it says so. Without its previous data it fails as <see cref="JobFault.PreviousMissing"/>.
    /// </summary>
    UndoRestore,

    /// <summary>Removes the previous data of a volume and all that a restore of that UID left on it. Asked again, it goes on.</summary>
    ConfirmRestore,

    /// <summary>Restores a backup onto a volume of the Job's own, starts a server on it, and looks at what it holds.</summary>
    Drill,

    /// <summary>Reads the manifest of a committed backup, checks that all its data is there, and reports what it holds. Nothing is written.</summary>
    Import,
}

/// <summary>How it is seen that a store holds what was sent to it.</summary>
public enum ReadBack
{
    /// <summary>Every byte is read back and compared.</summary>
    Full,

    /// <summary>The store's list and the checksum that it keeps of each object are compared; only objects of which it keeps none are read back.</summary>
    Listing,
}

/// <summary>Names one backup for ever: the name may be used again, the UID never.</summary>
public sealed record BackupIdentity
{
    /// <summary>The namespace of the resource and of its cluster.</summary>
    public required string Namespace { get; init; }

    /// <summary>The database cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>The backup resource's name.</summary>
    public required string Name { get; init; }

    /// <summary>The backup resource's UID.</summary>
    public required string Uid { get; init; }
}

/// <summary>Where and how the source instance's agent is reached.</summary>
public sealed record SourceRequest
{
    /// <summary>The agent's address, for example <c>https://10.0.3.7:6450</c>.</summary>
    public required Uri Agent { get; init; }

    /// <summary>The name that the agent's certificate must carry: see <see cref="AgentApi.ServerName"/>.</summary>
    public required string ServerName { get; init; }

    /// <summary>The plane's authority, as PEM; the only one the runner trusts for this connection.</summary>
    public required string Authority { get; init; }

    /// <summary>The source Pod's name.</summary>
    public required string Pod { get; init; }

    /// <summary>Which tool to use; <see cref="BackupEngine.Auto"/> lets the agent ask the server.</summary>
    public BackupEngine Engine { get; init; }

    /// <summary>Further arguments for the backup tool, as the owner wrote them in <c>containerOptions.args.xtrabackup</c>.</summary>
    public IReadOnlyList<string> ToolArguments { get; init; } = [];
}

/// <summary>The XtraBackup family: one stream format, two programs.</summary>
public enum BackupEngine
{
    /// <summary>Detected from the server.</summary>
    Auto,

    /// <summary><c>xtrabackup</c>, for MySQL and Percona Server.</summary>
    XtraBackup,

    /// <summary><c>mariadb-backup</c>, for MariaDB.</summary>
    MariaDbBackup,
}

/// <summary>How segments are compressed.</summary>
public sealed record CompressionRequest
{
    /// <summary>The codec; default zstd.</summary>
    public Codec Codec { get; init; } = Codec.Zstd;

    /// <summary>The codec's level; for zstd 1 to 19, default 1: the fastest that still halves InnoDB pages; for lz4 1 to 12, of which 1 and 2 are the same.</summary>
    public int Level { get; init; } = 1;
}

/// <summary>How a segment's bytes are coded.</summary>
public enum Codec
{
    /// <summary>As they came from the tool.</summary>
    None,

    /// <summary>Zstandard frames, one after another; <c>zstd -d</c> reads a segment as a file.</summary>
    Zstd,

    /// <summary>LZ4 frames, one after another; <c>lz4 -d</c> reads a segment as a file.</summary>
    Lz4,
}

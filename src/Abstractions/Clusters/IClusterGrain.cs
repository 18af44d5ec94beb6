using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;
using Orleans.Concurrency;

namespace ControlPlane.Abstractions.Clusters;

/// <summary>One database cluster: what its owner asked for, and which of its backups may run now. Key: <see cref="ClusterKey"/>.</summary>
[Alias("IClusterGrain")]
public interface IClusterGrain : IGrainWithStringKey
{
    /// <summary>Takes the spec of a resource. One of an older generation of the same UID is left out of account.</summary>
    [Alias("Apply")]
    Task ApplyAsync(ClusterSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Takes the faults of a resource that could not be read. The last good spec stays in force, and status says both.</summary>
    [Alias("Refuse")]
    Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken = default);

    /// <summary>The resource is gone. Backups stay; new ones are refused.</summary>
    [Alias("Forget")]
    Task ForgetAsync(string uid, CancellationToken cancellationToken = default);

    /// <summary>How the workload was seen to stand after the edge made sure of the sidecar.</summary>
    [Alias("ObserveWorkload")]
    Task ObserveWorkloadAsync(WorkloadSighting sighting, CancellationToken cancellationToken = default);

    /// <summary>
    /// News from a backup that waits to begin; said again at each of its ticks. The answer is a call down:
    /// <see cref="IBackupGrain.AdmitAsync"/> or <see cref="IBackupGrain.WaitAsync"/>.
    /// </summary>
    [OneWay, Alias("BackupWaits")]
    Task BackupWaitsAsync(BackupWish wish);

    /// <summary>News from a backup that ended, or went.</summary>
    [OneWay, Alias("BackupEnded")]
    Task BackupEndedAsync(BackupEnd end);

    /// <summary>
    /// News from a restore that waits to begin; said again at each of its ticks. The answer is a call down:
    /// <see cref="IRestoreGrain.AdmitAsync"/> or <see cref="IRestoreGrain.WaitAsync"/>.
    /// </summary>
    [OneWay, Alias("RestoreWaits")]
    Task RestoreWaitsAsync(RestoreWish wish);

    /// <summary>News from a restore that ended, went, or gave the slot back.</summary>
    [OneWay, Alias("RestoreEnded")]
    Task RestoreEndedAsync(RestoreEnd end);

    /// <summary>
    /// News from a drill that waits to begin a round; said again at each of its ticks. The answer is a call down:
    /// <see cref="IDrillGrain.AdmitAsync"/> or <see cref="IDrillGrain.WaitAsync"/>.
    /// </summary>
    [OneWay, Alias("DrillWaits")]
    Task DrillWaitsAsync(DrillWish wish);

    /// <summary>News from a drill whose round ended, or that went.</summary>
    [OneWay, Alias("DrillEnded")]
    Task DrillEndedAsync(DrillEnd end);

    /// <summary>News of the fleet's ledger: these, by UID, have a place now. Each is to be asked for again, and then begins.</summary>
    [OneWay, Alias("PlacesFree")]
    Task PlacesFreeAsync(IReadOnlyList<string> uids);

    /// <summary>How the Job of a sweep or of a prune was seen to stand.</summary>
    [Alias("ObserveSweep")]
    Task ObserveSweepAsync(JobSighting sighting, CancellationToken cancellationToken = default);

    /// <summary>The owner wants all storages swept now. The same word again is the same wish.</summary>
    [Alias("AskForSweep")]
    Task AskForSweepAsync(SweepWish wish, CancellationToken cancellationToken = default);

    /// <summary>The owner wants what lies in the storages without a resource to have one. The same word again is the same wish.</summary>
    [Alias("AskForImport")]
    Task AskForImportAsync(ImportWish wish, CancellationToken cancellationToken = default);

    /// <summary>News of what the cluster's retention plans and does.</summary>
    [OneWay, Alias("RetentionTells")]
    Task RetentionTellsAsync(RetentionNews news);

    /// <summary>For display.</summary>
    [ReadOnly, Alias("GetView")]
    Task<ClusterView> GetViewAsync(CancellationToken cancellationToken = default);
}

/// <summary>The faults of a resource, all at once.</summary>
[GenerateSerializer, Immutable, Alias("ResourceFaults")]
public sealed record ResourceFaults
{
    /// <summary>The resource's UID.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The generation they were found in.</summary>
    [Id(1)]
    public required long Generation { get; init; }

    /// <summary>Each names the field, the value and what would be right.</summary>
    [Id(2)]
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>Whether the resource is being deleted: also one that cannot be read must come to be gone.</summary>
    [Id(3)]
    public bool Deleting { get; init; }

    /// <summary>Whether the finalizer stands that waits for the data's removal.</summary>
    [Id(4)]
    public bool DeletesData { get; init; }
}

/// <summary>A backup that wants to begin.</summary>
[GenerateSerializer, Immutable, Alias("BackupWish")]
public sealed record BackupWish
{
    /// <summary>Which.</summary>
    [Id(0)]
    public required BackupKey Backup { get; init; }

    /// <summary>Its UID.</summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>The storage it names.</summary>
    [Id(2)]
    public required string StorageName { get; init; }

    /// <summary>When its resource was made: the order of the queue.</summary>
    [Id(3)]
    public required DateTimeOffset Created { get; init; }

    /// <summary>Whether it runs already: said by a backup that was adopted with a Job at work, after the plane lost its state.</summary>
    [Id(4)]
    public bool Runs { get; init; }

    /// <summary>The folder that it is to be imported from; null for one that is to be taken.</summary>
    [Id(5)]
    public BackupFolder? ImportFrom { get; init; }

    /// <summary>Whether a schedule asked for it.</summary>
    [Id(6)]
    public bool Scheduled { get; init; }

    /// <summary>The node of the source Pod, as it was last chosen; null before.</summary>
    [Id(7)]
    public string? Node { get; init; }
}

/// <summary>A backup that ended or went, and how.</summary>
[GenerateSerializer, Immutable, Alias("BackupEnd")]
public sealed record BackupEnd
{
    /// <summary>Which.</summary>
    [Id(0)]
    public required BackupKey Backup { get; init; }

    /// <summary>Its UID.</summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>How it ended.</summary>
    [Id(2)]
    public required BackupPhase Phase { get; init; }

    /// <summary>When.</summary>
    [Id(3)]
    public required DateTimeOffset Completed { get; init; }

    /// <summary>Its length, when it succeeded.</summary>
    [Id(4)]
    public long? SizeBytes { get; init; }

    /// <summary>Whether its data is gone.</summary>
    [Id(5)]
    public bool Removed { get; init; }

    /// <summary>One word from <see cref="Reasons"/>: why it ended so.</summary>
    [Id(6)]
    public string Reason { get; init; } = "";

    /// <summary>One sentence for people.</summary>
    [Id(7)]
    public string Message { get; init; } = "";

    /// <summary>Whether any attempt began.</summary>
    [Id(8)]
    public bool Began { get; init; }

    /// <summary>What retention goes by; null for news of a plane that did not know of it.</summary>
    [Id(9)]
    public BackupFacts? Facts { get; init; }

    /// <summary>Whether its resource is gone.</summary>
    [Id(10)]
    public bool Gone { get; init; }
}

/// <summary>What retention goes by in a backup that has ended.</summary>
[GenerateSerializer, Immutable, Alias("BackupFacts")]
public sealed record BackupFacts
{
    /// <summary>The storage that it names.</summary>
    [Id(0)]
    public required string StorageName { get; init; }

    /// <summary>Where that was when it was taken, see <see cref="StoragePlaces"/>; empty where it is not known.</summary>
    [Id(1)]
    public string Place { get; init; } = "";

    /// <summary>Whether anything was or may have been stored.</summary>
    [Id(2)]
    public bool Stored { get; init; }

    /// <inheritdoc cref="BackupSpec.Schedule"/>
    [Id(3)]
    public string? Schedule { get; init; }

    /// <inheritdoc cref="BackupSpec.Due"/>
    [Id(4)]
    public DateTimeOffset? Due { get; init; }

    /// <inheritdoc cref="BackupSpec.Held"/>
    [Id(5)]
    public bool Held { get; init; }

    /// <inheritdoc cref="BackupSpec.DeletesData"/>
    [Id(6)]
    public bool DeletesData { get; init; }

    /// <inheritdoc cref="BackupSpec.KeepFor"/>
    [Id(7)]
    public TimeSpan? KeepFor { get; init; }

    /// <summary>Whether it has agreed that it goes: see <see cref="IBackupGrain.ExpireAsync"/>.</summary>
    [Id(8)]
    public bool Expired { get; init; }

    /// <summary>The folder of one that was imported; null for one that lies under its own name and UID.</summary>
    [Id(9)]
    public BackupFolder? ImportedFrom { get; init; }

    /// <summary>When the resource of one that was imported was made; null for any other.</summary>
    [Id(10)]
    public DateTimeOffset? Imported { get; init; }

    /// <summary>Whether its data was looked for in vain.</summary>
    [Id(11)]
    public bool Missing { get; init; }

    /// <summary>Whether a restore reads it.</summary>
    [Id(12)]
    public bool Restoring { get; init; }

    /// <summary>What lies in the store, when it succeeded.</summary>
    [Id(13)]
    public long? StoredBytes { get; init; }

    /// <summary>How long the attempt took that succeeded.</summary>
    [Id(14)]
    public TimeSpan? Duration { get; init; }
}

/// <summary>An owner's wish for a sweep, as the annotation <c>backup.controlplane/sweep</c> of the cluster has it.</summary>
[GenerateSerializer, Immutable, Alias("SweepWish")]
public sealed record SweepWish
{
    /// <summary>The longest word that is told from another, in characters.</summary>
    public const int LongestWord = 63;

    /// <summary>What a word begins with that asks only to see what would be removed.</summary>
    public const string OnlyReports = "report";

    /// <summary>The cluster resource's UID.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>Any word that was not there before, at most <see cref="LongestWord"/> characters.</summary>
    [Id(1)]
    public required string Word { get; init; }
}

/// <summary>An owner's wish for an import of everything, as the annotation <c>backup.controlplane/import</c> of the cluster has it.</summary>
[GenerateSerializer, Immutable, Alias("ImportWish")]
public sealed record ImportWish
{
    /// <summary>What a word begins with that asks for resources to be made; any other word only asks for a report of what there is.</summary>
    public const string Acts = "now";

    /// <summary>The cluster resource's UID.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>Any word that was not there before, at most <see cref="SweepWish.LongestWord"/> characters.</summary>
    [Id(1)]
    public required string Word { get; init; }

    /// <summary>The word of the last import that came to its end, as the resource's status has it: a plane that lost its state does not begin it anew.</summary>
    [Id(2)]
    public string Done { get; init; } = "";
}

/// <summary>How the workload of a cluster was seen to stand.</summary>
[GenerateSerializer, Immutable, Alias("WorkloadSighting")]
public sealed record WorkloadSighting
{
    /// <summary>The generation of the cluster that the edge acted on.</summary>
    [Id(0)]
    public required long Generation { get; init; }

    /// <summary>Null when all is as it should be; otherwise what is wrong, a sentence for people.</summary>
    [Id(1)]
    public string? Trouble { get; init; }

    /// <summary>Pods of the workload that have a ready sidecar.</summary>
    [Id(2)]
    public int ReadyAgents { get; init; }

    /// <summary>Pods that the workload should have.</summary>
    [Id(3)]
    public int Replicas { get; init; }
}

/// <summary>A cluster for display.</summary>
[GenerateSerializer, Immutable, Alias("ClusterView")]
public sealed record ClusterView
{
    /// <summary>The last good spec; null when there is none.</summary>
    [Id(0)]
    public ClusterSpec? Spec { get; init; }

    /// <summary>The backup that runs now.</summary>
    [Id(1)]
    public BackupKey? Running { get; init; }

    /// <summary>The backups that wait, first first.</summary>
    [Id(2)]
    public IReadOnlyList<BackupKey> Waiting { get; init; } = [];

    /// <summary>The restore that is under way now.</summary>
    [Id(3)]
    public RestoreKey? Restoring { get; init; }

    /// <summary>The drill that is at work now.</summary>
    [Id(4)]
    public DrillKey? Drilling { get; init; }
}

using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;
using Orleans.Concurrency;

namespace ControlPlane.Abstractions.Clusters;

/// <summary>
/// The catalogue of one cluster's backups that have ended, and which of them go. Key: <see cref="ClusterKey"/>. It is spoken to by its
/// cluster alone, and needs no alarm clock of its own: it says when it wants to be asked next.
/// </summary>
[Alias("IRetentionGrain")]
public interface IRetentionGrain : IGrainWithStringKey
{
    /// <summary>Goes by a spec: plans, and begins what is due. The news comes back as <see cref="IClusterGrain.RetentionTellsAsync"/>.</summary>
    [Alias("Follow")]
    Task FollowAsync(ClusterSpec spec, CancellationToken cancellationToken = default);

    /// <summary>A backup ended, changed since, or went. A repeat is harmless.</summary>
    [Alias("Record")]
    Task RecordAsync(BackupEnd end, CancellationToken cancellationToken = default);

    /// <summary>The name of a good backup that a folder's UID belongs to, other than the one of the resource that asks; null when there is none.</summary>
    [ReadOnly, Alias("FindOwner")]
    Task<string?> FindOwnerAsync(string folderUid, string askingUid, CancellationToken cancellationToken = default);

    /// <summary>The good backup that a drill is to take; null when there is none.</summary>
    [ReadOnly, Alias("Choose")]
    Task<string?> ChooseAsync(BackupChoice choice, CancellationToken cancellationToken = default);

    /// <summary>What resources describe of a storage, for a Job that compares it with what is there.</summary>
    [ReadOnly, Alias("Describe")]
    Task<StockRequest> DescribeAsync(StockInquiry inquiry, CancellationToken cancellationToken = default);

    /// <summary>What that Job found: each backup whose standing it changes is told. A repeat is harmless.</summary>
    [Alias("Compare")]
    Task CompareAsync(StockFindings findings, CancellationToken cancellationToken = default);

    /// <summary>A Job of the cluster was seen; one that is none of retention's is left out of account.</summary>
    [Alias("Observe")]
    Task ObserveAsync(JobSighting sighting, CancellationToken cancellationToken = default);
}

/// <summary>Which part of a cluster's catalogue is to be compared with a storage.</summary>
[GenerateSerializer, Immutable, Alias("StockInquiry")]
public sealed record StockInquiry
{
    /// <summary>The storage's name.</summary>
    [Id(0)]
    public required string Storage { get; init; }

    /// <summary>Where it is, see <see cref="StoragePlaces"/>: what was stored elsewhere under its name is not expected there.</summary>
    [Id(1)]
    public required string Place { get; init; }

    /// <summary>The folder after which to begin; empty for the first.</summary>
    [Id(2)]
    public string After { get; init; } = "";

    /// <summary>Only what was complete before this instant is expected: a listing does not show what is younger than it.</summary>
    [Id(3)]
    public required DateTimeOffset Before { get; init; }
}

/// <summary>What a comparison said of the backups that were expected.</summary>
[GenerateSerializer, Immutable, Alias("StockFindings")]
public sealed record StockFindings
{
    /// <summary>What was compared.</summary>
    [Id(0)]
    public required StockInquiry Inquiry { get; init; }

    /// <summary>The last folder that was compared; null for all after the first.</summary>
    [Id(1)]
    public string? Until { get; init; }

    /// <summary>The folders that were looked for in vain.</summary>
    [Id(2)]
    public IReadOnlyList<string> Missing { get; init; } = [];
}

/// <summary>How a cluster's retention stands.</summary>
[GenerateSerializer, Immutable, Alias("RetentionNews")]
public sealed record RetentionNews
{
    /// <summary>The UID of the cluster's resource.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>For the owner.</summary>
    [Id(1)]
    public required RetentionStatus Status { get; init; }

    /// <summary>When it wants to be asked next; null for each tick, while a removal is at work.</summary>
    [Id(2)]
    public DateTimeOffset? Next { get; init; }
}

/// <summary>What stays and what goes of a cluster's backups, and why.</summary>
[GenerateSerializer, Immutable, Alias("RetentionStatus")]
public sealed record RetentionStatus
{
    /// <summary>The most backups that are named.</summary>
    public const int MaximumNames = 10;

    /// <summary>How many backups stay.</summary>
    [Id(0)]
    public int Kept { get; init; }

    /// <summary>The same by what keeps them; each backup is counted once, under what is said of it first.</summary>
    [Id(1)]
    public IReadOnlyList<RetentionCount> KeptBy { get; init; } = [];

    /// <summary>How many are to go.</summary>
    [Id(2)]
    public int Expiring { get; init; }

    /// <summary>The first of them to go, at most <see cref="MaximumNames"/>.</summary>
    [Id(3)]
    public IReadOnlyList<ExpiringBackup> Next { get; init; } = [];

    /// <summary>Of how many the removal has begun.</summary>
    [Id(4)]
    public int Removing { get; init; }

    /// <summary>How many were removed since the cluster's resource is known.</summary>
    [Id(5)]
    public long Pruned { get; init; }

    /// <summary>One word where a removal failed: <see cref="Reasons.PruneFailed"/>; empty otherwise.</summary>
    [Id(6)]
    public string Reason { get; init; } = "";

    /// <summary>One sentence for people: why a removal failed, or why nothing is removed now; empty where all goes its way.</summary>
    [Id(7)]
    public string Message { get; init; } = "";
}

/// <summary>How many backups one thing keeps.</summary>
/// <param name="Why">What keeps them.</param>
/// <param name="Count">How many.</param>
[GenerateSerializer, Immutable, Alias("RetentionCount")]
public sealed record RetentionCount([property: Id(0)] string Why, [property: Id(1)] int Count);

/// <summary>A backup that is to go.</summary>
/// <param name="Name">Its resource.</param>
/// <param name="NotBefore">Until then it stays in any case, and a change of the rules or a hold still keeps it.</param>
/// <param name="Message">Why it goes.</param>
[GenerateSerializer, Immutable, Alias("ExpiringBackup")]
public sealed record ExpiringBackup([property: Id(0)] string Name, [property: Id(1)] DateTimeOffset NotBefore, [property: Id(2)] string Message);

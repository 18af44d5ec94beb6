using Orleans.Concurrency;

namespace ControlPlane.Abstractions.Fleet;

/// <summary>
/// The fleet's ledger: who has a place in the budgets, and who waits for one. There is one, with the key <see cref="Key"/>. It is asked only where the fleet has
/// a budget. Calls go down: it asks who has a place whether that still runs, and tells clusters one way.
/// </summary>
[Alias("IBudgetGrain")]
public interface IBudgetGrain : IGrainWithStringKey
{
    /// <summary>The key of the one ledger.</summary>
    const string Key = "fleet/budgets";

    /// <summary>Asks for a place, or asks again: the answer is remembered before it is given. Whoever waits asks each minute, and is forgotten once it does not.</summary>
    /// <param name="wish">What wants a place.</param>
    /// <param name="sent">When it was asked: what was on its way while a place was given is about an earlier one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("Ask")]
    Task<PlaceAnswer> AskAsync(PlaceWish wish, DateTimeOffset sent, CancellationToken cancellationToken = default);

    /// <summary>
    /// News from one that is at work, when it begins and at each of its ticks: it goes on. One that began when there was no budget, or of which the ledger lost its memory, is counted
    /// from now on, also above what is allowed.
    /// </summary>
    /// <param name="holder">Who, and what it loads.</param>
    /// <param name="number">The number of the place that it began with; 0 where it was given none.</param>
    [OneWay, Alias("Renew")]
    Task RenewAsync(PlaceWish holder, long number);

    /// <summary>News of one that ended, went, or does not wait any more.</summary>
    /// <param name="uid">The resource's UID.</param>
    /// <param name="number">The number of its place; 0 where it was given none. News of an earlier place than the present one counts for nothing.</param>
    [OneWay, Alias("GiveBack")]
    Task GiveBackAsync(string uid, long number);

    /// <summary>The budgets changed: what waits is judged by them at once.</summary>
    [OneWay, Alias("Follow")]
    Task FollowAsync();

    /// <summary>For display.</summary>
    [ReadOnly, Alias("GetView")]
    Task<LedgerView> GetViewAsync(CancellationToken cancellationToken = default);
}

/// <summary>Work that wants a place, or has one.</summary>
[GenerateSerializer, Immutable, Alias("PlaceWish")]
public sealed record PlaceWish
{
    /// <summary>What it is.</summary>
    [Id(0)]
    public required WorkKind Kind { get; init; }

    /// <summary>The member it is in.</summary>
    [Id(1)]
    public required string Member { get; init; }

    /// <summary>Its namespace.</summary>
    [Id(2)]
    public required string Namespace { get; init; }

    /// <summary>The resource's name.</summary>
    [Id(3)]
    public required string Name { get; init; }

    /// <summary>The resource's UID.</summary>
    [Id(4)]
    public required string Uid { get; init; }

    /// <summary>The database cluster: of its backups and restores one runs at a time, and one of its drills.</summary>
    [Id(5)]
    public required string Cluster { get; init; }

    /// <summary>Since when it waits.</summary>
    [Id(6)]
    public required DateTimeOffset Since { get; init; }

    /// <summary>Where it reads or writes; null where that is not known.</summary>
    [Id(7)]
    public BucketPlace? Place { get; init; }

    /// <summary>The node that it loads; null where that is not known.</summary>
    [Id(8)]
    public string? Node { get; init; }

    /// <summary>How long it may take at most, once begun: who has been silent for so long has ended by its own deadline.</summary>
    [Id(9)]
    public required TimeSpan Longest { get; init; }
}

/// <summary>A place, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("PlaceAnswer")]
public sealed record PlaceAnswer
{
    /// <summary>The place; null for none.</summary>
    [Id(0)]
    public Place? Place { get; init; }

    /// <summary>Why it waits; null when it has a place.</summary>
    [Id(1)]
    public PlaceWait? Wait { get; init; }
}

/// <summary>A place in all budgets that count the work.</summary>
[GenerateSerializer, Immutable, Alias("Place")]
public sealed record Place
{
    /// <summary>Tells it from every other place that ever was.</summary>
    [Id(0)]
    public required long Number { get; init; }

    /// <summary>Until when the work has to have begun: after that the place may be somebody else's.</summary>
    [Id(1)]
    public required DateTimeOffset BeginsBy { get; init; }

    /// <summary>The most bytes a second that it may send; null for no limit.</summary>
    [Id(2)]
    public long? UploadBytesPerSecond { get; init; }

    /// <summary>The node that the place is for; null where none was known.</summary>
    [Id(3)]
    public string? Node { get; init; }

    /// <summary>Whether nodes are counted: work on another node needs another place.</summary>
    [Id(4)]
    public bool CountsNodes { get; init; }
}

/// <summary>How it stands in the queue.</summary>
[GenerateSerializer, Immutable, Alias("PlaceWait")]
public sealed record PlaceWait
{
    /// <summary>One word from <see cref="Reasons"/>.</summary>
    [Id(0)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(1)]
    public required string Message { get; init; }

    /// <summary>The budget that has no place; null where it is none.</summary>
    [Id(2)]
    public string? Budget { get; init; }

    /// <summary>The place in the queue of those whom the same budget keeps waiting, from 1; null where it waits for none.</summary>
    [Id(3)]
    public int? Position { get; init; }

    /// <summary>When it may be expected to begin; null where that is not known.</summary>
    [Id(4)]
    public DateTimeOffset? ExpectedStart { get; init; }
}

/// <summary>The ledger for display.</summary>
[GenerateSerializer, Immutable, Alias("LedgerView")]
public sealed record LedgerView
{
    /// <summary>Who has a place, those that began first first.</summary>
    [Id(0)]
    public IReadOnlyList<PlaceWish> Holders { get; init; } = [];

    /// <summary>Who waits, in the order in which places are given.</summary>
    [Id(1)]
    public IReadOnlyList<PlaceWish> Waiting { get; init; } = [];
}

namespace ControlPlane.Abstractions.Fleet;

/// <summary>What the owner of a budget is shown.</summary>
[GenerateSerializer, Immutable, Alias("FleetBudgetStatus")]
public sealed record FleetBudgetStatus
{
    /// <summary>So many groups are listed, those with the longest line first.</summary>
    public const int MostGroups = 10;

    /// <summary>So many holders are listed, those that began first.</summary>
    public const int MostHolders = 20;

    /// <summary>The resource's UID.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The generation that was last read.</summary>
    [Id(1)]
    public required long ObservedGeneration { get; init; }

    /// <summary>What has a place in it now.</summary>
    [Id(2)]
    public BudgetCount InUse { get; init; } = new();

    /// <summary>What it keeps waiting.</summary>
    [Id(3)]
    public BudgetCount Waiting { get; init; } = new();

    /// <summary>The same by what it counts apart; empty where that is nothing.</summary>
    [Id(4)]
    public IReadOnlyList<BudgetGroup> Groups { get; init; } = [];

    /// <summary>Who has a place.</summary>
    [Id(5)]
    public IReadOnlyList<BudgetHolder> Holders { get; init; } = [];

    /// <summary>Accepted and Exceeded.</summary>
    [Id(6)]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}

/// <summary>How many of what.</summary>
[GenerateSerializer, Immutable, Alias("BudgetCount")]
public sealed record BudgetCount
{
    /// <summary>All together.</summary>
    [Id(0)]
    public int Total { get; init; }

    /// <summary>Backups.</summary>
    [Id(1)]
    public int Backups { get; init; }

    /// <summary>Restores.</summary>
    [Id(2)]
    public int Restores { get; init; }

    /// <summary>Rounds of drills.</summary>
    [Id(3)]
    public int Drills { get; init; }
}

/// <summary>One thing that is counted apart.</summary>
/// <param name="Name">The member, namespace, bucket or node.</param>
/// <param name="InUse">How many have a place in it.</param>
/// <param name="Waiting">How many it keeps waiting.</param>
[GenerateSerializer, Immutable, Alias("BudgetGroup")]
public sealed record BudgetGroup([property: Id(0)] string Name, [property: Id(1)] int InUse, [property: Id(2)] int Waiting);

/// <summary>Who has a place.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Member">The member it is in.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Since">Since when.</param>
[GenerateSerializer, Immutable, Alias("BudgetHolder")]
public sealed record BudgetHolder(
    [property: Id(0)] WorkKind Kind, [property: Id(1)] string Member, [property: Id(2)] string Namespace, [property: Id(3)] string Name, [property: Id(4)] DateTimeOffset Since);

using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Fleet;

/// <summary>How much may run at once of what a selector selects. Read from a <c>FleetBudget</c>; complete and free of faults.</summary>
[GenerateSerializer, Immutable, Alias("FleetBudgetSpec")]
public sealed record FleetBudgetSpec
{
    /// <summary>The resource's name.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>Its UID.</summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>The generation that this was read from.</summary>
    [Id(2)]
    public required long Generation { get; init; }

    /// <summary>The members whose work it counts; empty for all.</summary>
    [Id(3)]
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>The namespaces; empty for all.</summary>
    [Id(4)]
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>The buckets; empty for all.</summary>
    [Id(5)]
    public IReadOnlyList<BucketSelector> Storages { get; init; } = [];

    /// <summary>What is counted apart.</summary>
    [Id(6)]
    public BudgetEach Each { get; init; }

    /// <summary>How many of all kinds together; null for no limit.</summary>
    [Id(7)]
    public int? Total { get; init; }

    /// <summary>How many backups.</summary>
    [Id(8)]
    public int? Backups { get; init; }

    /// <summary>How many restores.</summary>
    [Id(9)]
    public int? Restores { get; init; }

    /// <summary>How many rounds of drills.</summary>
    [Id(10)]
    public int? Drills { get; init; }

    /// <summary>The most bytes a second that backups send, divided among those that run; null for no limit.</summary>
    [Id(11)]
    public long? UploadBytesPerSecond { get; init; }

    /// <summary>When what it counts may begin.</summary>
    [Id(12)]
    public TimeRules Times { get; init; } = TimeRules.None;

    /// <summary>How many of a kind alone; null for no limit.</summary>
    public int? Most(WorkKind kind) => kind switch
    {
        WorkKind.Restore => Restores,
        WorkKind.Drill => Drills,
        _ => Backups,
    };
}

/// <summary>A bucket that is meant by type and name, and by its endpoint where that is given.</summary>
/// <param name="Type">The kind of storage.</param>
/// <param name="Bucket">The bucket, container or claim.</param>
/// <param name="Endpoint">The endpoint; null for any.</param>
[GenerateSerializer, Immutable, Alias("BucketSelector")]
public sealed record BucketSelector([property: Id(0)] StorageType Type, [property: Id(1)] string Bucket, [property: Id(2)] Uri? Endpoint)
{
    /// <summary>Whether a place is meant.</summary>
    public bool Selects(BucketPlace? place) => place is not null && place.Type == Type && place.Bucket == Bucket && (Endpoint is null || place.Endpoint == Endpoint);
}

/// <summary>What a budget counts apart.</summary>
[GenerateSerializer, Alias("BudgetEach")]
public enum BudgetEach
{
    /// <summary>Nothing: all that it selects shares its places.</summary>
    Together,

    /// <summary>Each member.</summary>
    Member,

    /// <summary>Each namespace of each member.</summary>
    Namespace,

    /// <summary>Each bucket.</summary>
    Storage,

    /// <summary>Each node of each member.</summary>
    Node,
}

/// <summary>A budget as its resource was read: in force, or with its faults.</summary>
/// <param name="Name">The resource's name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Generation">The generation that was read.</param>
/// <param name="Spec">What it says; null when it has faults.</param>
/// <param name="Faults">What is wrong with it.</param>
[GenerateSerializer, Immutable, Alias("FleetBudget")]
public sealed record FleetBudget(
    [property: Id(0)] string Name, [property: Id(1)] string Uid, [property: Id(2)] long Generation, [property: Id(3)] FleetBudgetSpec? Spec, [property: Id(4)] IReadOnlyList<string> Faults);

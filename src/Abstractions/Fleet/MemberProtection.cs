namespace ControlPlane.Abstractions.Fleet;

/// <summary>What one member's watches know of what is protected there, at one instant. Kept in memory where the member is watched; never stored.</summary>
[GenerateSerializer, Immutable, Alias("MemberProtection")]
public sealed record MemberProtection
{
    /// <summary>Clusters that are described.</summary>
    [Id(0)]
    public int Clusters { get; init; }

    /// <summary>Those of them for which nothing falls due.</summary>
    [Id(1)]
    public int ClustersWithout { get; init; }

    /// <summary>Workloads that look like databases.</summary>
    [Id(2)]
    public int Databases { get; init; }

    /// <summary>Those of them that no cluster describes.</summary>
    [Id(3)]
    public int DatabasesWithout { get; init; }

    /// <summary>What each policy comes to in this member.</summary>
    [Id(4)]
    public IReadOnlyList<PolicyTally> Policies { get; init; } = [];

    /// <summary>By which policies all clusters of the last complete list were judged, a word that changes with them; null until there was such a list.</summary>
    [Id(5)]
    public string? Judged { get; init; }
}

/// <summary>What a policy comes to in one member.</summary>
[GenerateSerializer, Immutable, Alias("PolicyTally")]
public sealed record PolicyTally
{
    /// <summary>The most conflicts that are named.</summary>
    public const int MostNamed = 20;

    /// <summary>The most parts that are named.</summary>
    public const int MostParts = 100;

    /// <summary>The policy.</summary>
    [Id(0)]
    public required string Policy { get; init; }

    /// <summary>How many clusters it selects.</summary>
    [Id(1)]
    public int Matched { get; init; }

    /// <summary>For how many of them it and another one do not agree on something.</summary>
    [Id(2)]
    public int Conflicting { get; init; }

    /// <summary>The first of these; <see cref="MostNamed"/> at most.</summary>
    [Id(3)]
    public IReadOnlyList<PolicyDispute> Named { get; init; } = [];

    /// <summary>How many of them have faults, so that what was in force there stays.</summary>
    [Id(4)]
    public int Faulty { get; init; }

    /// <summary>How many take what from it, by name; <see cref="MostParts"/> at most.</summary>
    [Id(5)]
    public IReadOnlyList<PartTally> Parts { get; init; } = [];
}

/// <summary>How many clusters take a part of a policy.</summary>
/// <param name="Part">A field of <c>spec.backup</c>, or an entry of one of its lists: <c>schedule.nightly</c>.</param>
/// <param name="Clusters">How many take all or some of it.</param>
[GenerateSerializer, Immutable, Alias("PartTally")]
public sealed record PartTally([property: Id(0)] string Part, [property: Id(1)] int Clusters);

/// <summary>What policies do not agree on for one cluster.</summary>
/// <param name="Cluster">The cluster: <c>member/namespace/name</c>.</param>
/// <param name="Field">The field.</param>
/// <param name="Policies">The policies, by name.</param>
[GenerateSerializer, Immutable, Alias("PolicyDispute")]
public sealed record PolicyDispute([property: Id(0)] string Cluster, [property: Id(1)] string Field, [property: Id(2)] IReadOnlyList<string> Policies);

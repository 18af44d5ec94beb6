namespace ControlPlane.Abstractions.Clusters;

/// <summary>What came of a cluster's own settings and the policies that select it, and where each value is from. Holds names and numbers, never a secret.</summary>
[GenerateSerializer, Immutable, Alias("EffectiveSettings")]
public sealed record EffectiveSettings
{
    /// <summary>The most values that are shown.</summary>
    public const int MaximumValues = 150;

    /// <summary>The most conflicts that are shown.</summary>
    public const int MaximumConflicts = 10;

    /// <summary>The policies that select the cluster: the higher priority first, then by name.</summary>
    [Id(0)]
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>Changes with whatever of the whole changes: the resource's generation does not tell of its policies.</summary>
    [Id(1)]
    public required string Digest { get; init; }

    /// <summary>The settings in force; <see cref="MaximumValues"/> at most.</summary>
    [Id(2)]
    public IReadOnlyList<EffectiveValue> Values { get; init; } = [];

    /// <summary>What policies do not agree on; <see cref="MaximumConflicts"/> at most.</summary>
    [Id(3)]
    public IReadOnlyList<PolicyConflict> Conflicts { get; init; } = [];

    /// <summary>How many conflicts there are.</summary>
    [Id(4)]
    public int ConflictCount { get; init; }
}

/// <summary>One setting in force.</summary>
/// <param name="Field">Its place below <c>spec.backup</c>, entries of lists by name: <c>schedule.nightly.keep</c>.</param>
/// <param name="Value">What it is, as text.</param>
/// <param name="Origin">Where it is from: <c>spec</c>, <c>policy/NAME</c> or <c>default</c>.</param>
[GenerateSerializer, Immutable, Alias("EffectiveValue")]
public sealed record EffectiveValue([property: Id(0)] string Field, [property: Id(1)] string Value, [property: Id(2)] string Origin);

/// <summary>One field for which policies of the same priority give different values.</summary>
[GenerateSerializer, Immutable, Alias("PolicyConflict")]
public sealed record PolicyConflict
{
    /// <summary>Its place, as in <see cref="EffectiveValue.Field"/>.</summary>
    [Id(0)]
    public required string Field { get; init; }

    /// <summary>Those that do not agree, by name.</summary>
    [Id(1)]
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>One sentence for people: what is taken instead.</summary>
    [Id(2)]
    public required string Message { get; init; }
}

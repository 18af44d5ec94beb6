using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>What is in force for a cluster that policies select, and where each value is from.</summary>
internal sealed record EffectiveDocument
{
    /// <summary>The policies, as one text for a table.</summary>
    public string? Policies { get; init; }

    public string? Digest { get; init; }

    public IReadOnlyList<EffectiveValueDocument>? Values { get; init; }

    public int? ConflictCount { get; init; }

    public IReadOnlyList<PolicyConflictDocument>? Conflicts { get; init; }

    public static EffectiveDocument From(EffectiveSettings settings) => new()
    {
        Policies = StatusText.Cut(string.Join(',', settings.Policies), StatusText.MessageLimit),
        Digest = settings.Digest,
        Values = [.. settings.Values.Take(EffectiveSettings.MaximumValues).Select(value => new EffectiveValueDocument { Field = value.Field, Value = StatusText.Shown(value.Value), Origin = value.Origin })],
        ConflictCount = settings.ConflictCount > 0 ? settings.ConflictCount : null,
        Conflicts = settings.Conflicts.Count > 0
            ? [.. settings.Conflicts.Take(EffectiveSettings.MaximumConflicts).Select(conflict => new PolicyConflictDocument { Field = conflict.Field, Policies = string.Join(',', conflict.Policies), Message = StatusText.Shown(conflict.Message) })]
            : null,
    };

    public EffectiveSettings ToSettings() => new()
    {
        Policies = Names(Policies),
        Digest = Digest ?? "",
        Values = [.. (Values ?? []).Where(value => value is { Field: not null, Origin: not null }).Select(value => new EffectiveValue(value.Field!, value.Value ?? "", value.Origin!))],
        ConflictCount = ConflictCount ?? 0,
        Conflicts = [.. (Conflicts ?? []).Where(conflict => conflict.Field is not null).Select(conflict => new PolicyConflict { Field = conflict.Field!, Policies = Names(conflict.Policies), Message = conflict.Message ?? "" })],
    };

    private static string[] Names(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
}

/// <summary>One value in force.</summary>
internal sealed record EffectiveValueDocument
{
    public string? Field { get; init; }

    public string? Value { get; init; }

    public string? Origin { get; init; }
}

/// <summary>What policies do not agree on.</summary>
internal sealed record PolicyConflictDocument
{
    public string? Field { get; init; }

    /// <summary>By name, as one text.</summary>
    public string? Policies { get; init; }

    public string? Message { get; init; }
}

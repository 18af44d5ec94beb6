using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Operator.Resources;

/// <summary>The status of a <c>FleetBudget</c> as it stands in the API server.</summary>
internal sealed record FleetBudgetStatusDocument
{
    public long? ObservedGeneration { get; init; }

    public BudgetCountDocument? InUse { get; init; }

    public BudgetCountDocument? Waiting { get; init; }

    public IReadOnlyList<BudgetGroupDocument>? Groups { get; init; }

    public IReadOnlyList<BudgetHolderDocument>? Holders { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }

    public static FleetBudgetStatusDocument Write(FleetBudgetStatus status) => new()
    {
        ObservedGeneration = status.ObservedGeneration,
        InUse = BudgetCountDocument.From(status.InUse),
        Waiting = BudgetCountDocument.From(status.Waiting),
        Groups = status.Groups.Count == 0 ? null : [.. status.Groups.Select(group => new BudgetGroupDocument { Name = StatusText.Shown(group.Name), InUse = group.InUse, Waiting = group.Waiting })],
        Holders = status.Holders.Count == 0 ? null : [.. status.Holders.Select(BudgetHolderDocument.From)],
        Conditions = [.. status.Conditions.Select(ConditionDocument.From)],
    };
}

/// <summary>How many of what.</summary>
internal sealed record BudgetCountDocument
{
    public int? Total { get; init; }

    public int? Backups { get; init; }

    public int? Restores { get; init; }

    public int? Drills { get; init; }

    public static BudgetCountDocument From(BudgetCount count) => new() { Total = count.Total, Backups = count.Backups, Restores = count.Restores, Drills = count.Drills };
}

/// <summary>One thing that is counted apart.</summary>
internal sealed record BudgetGroupDocument
{
    public string? Name { get; init; }

    public int? InUse { get; init; }

    public int? Waiting { get; init; }
}

/// <summary>Who has a place.</summary>
internal sealed record BudgetHolderDocument
{
    public string? Kind { get; init; }

    public string? Member { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }

    public string? Since { get; init; }

    public static BudgetHolderDocument From(BudgetHolder holder) => new()
    {
        Kind = holder.Kind.ToString(),
        Member = holder.Member,
        Namespace = holder.Namespace,
        Name = holder.Name,
        Since = KubernetesTime.Write(holder.Since),
    };
}

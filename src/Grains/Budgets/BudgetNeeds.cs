using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>Where work is counted: one group of one budget, or the slot of its own cluster.</summary>
/// <param name="Budget">The budget; null for the slot.</param>
/// <param name="Group">What is counted apart: a member's name, a bucket; empty where nothing is.</param>
internal readonly record struct BudgetNeed(FleetBudgetSpec? Budget, string Group);

/// <summary>One limit of a budget.</summary>
/// <param name="Most">How many there may be.</param>
/// <param name="Kind">Of what; empty for all together.</param>
internal readonly record struct BudgetLimit(int Most, string Kind);

/// <summary>Which budgets count a piece of work, and how far they are taken.</summary>
internal sealed class BudgetCounts
{
    private readonly FleetBudgetSpec[][] scarceFirst;
    private readonly Dictionary<(string Budget, string Group), Taken> taken = [];

    /// <param name="budgets">The budgets in force.</param>
    public BudgetCounts(IReadOnlyList<FleetBudgetSpec> budgets) => scarceFirst =
        [.. Enum.GetValues<WorkKind>().Select(kind => budgets.OrderBy(budget => Limit(budget, kind)).ThenBy(Width).ThenBy(budget => budget.Name, StringComparer.Ordinal).ToArray())];

    /// <summary>
    /// All that count it, the scarcest first, and the same order for all work of a kind: who waits holds on to what is free before the first that is not, and to
    /// nothing behind it. So who waits for one of few places keeps nobody from the many, as three of a member from the eight of a store that all members share; and who
    /// is first gets all that it needs in the end.
    /// </summary>
    public IReadOnlyList<BudgetNeed> Of(PlaceWish wish)
    {
        var needs = new List<BudgetNeed>(scarceFirst[(int)wish.Kind].Length + 1) { new(null, $"{wish.Member}/{wish.Namespace}/{wish.Cluster}{(wish.Kind == WorkKind.Drill ? "#drill" : "")}") };
        foreach (var budget in scarceFirst[(int)wish.Kind])
        {
            if (Group(budget, wish) is { } group)
                needs.Add(new(budget, group));
        }

        return needs;
    }

    /// <summary>Whether a budget is about work.</summary>
    public static bool Selects(FleetBudgetSpec budget, PlaceWish wish) =>
        (budget.Members.Count == 0 || budget.Members.Contains(wish.Member))
        && (budget.Namespaces.Count == 0 || budget.Namespaces.Contains(wish.Namespace))
        && (budget.Storages.Count == 0 || budget.Storages.Any(storage => storage.Selects(wish.Place)));

    /// <summary>The group in which a budget counts work; null when it does not count it.</summary>
    public static string? Group(FleetBudgetSpec budget, PlaceWish wish)
    {
        if (!Selects(budget, wish))
            return null;
        return budget.Each switch
        {
            BudgetEach.Member => wish.Member,
            BudgetEach.Namespace => $"{wish.Member}/{wish.Namespace}",
            BudgetEach.Storage => wish.Place?.ToString(),
            BudgetEach.Node => wish.Node is { } node ? $"{wish.Member}/{node}" : null,
            _ => "",
        };
    }

    /// <summary>Counts work.</summary>
    public void Take(PlaceWish wish)
    {
        foreach (var need in Of(wish))
            Take(need, wish.Kind);
    }

    /// <summary>Counts work in one group.</summary>
    public void Take(BudgetNeed need, WorkKind kind) => At(need).Add(kind);

    /// <summary>The limit that leaves no place for a kind; null where there is one.</summary>
    public BudgetLimit? Full(BudgetNeed need, WorkKind kind)
    {
        var now = At(need);
        if (need.Budget is not { } budget)
            return now.Total > 0 ? new(1, "") : null;
        if (now.Total >= budget.Total)
            return new(budget.Total.Value, "");
        return now.Of(kind) >= budget.Most(kind) ? new(budget.Most(kind)!.Value, kind.Plural()) : null;
    }

    /// <summary>How many are counted.</summary>
    public Taken At(BudgetNeed need)
    {
        var key = (need.Budget?.Name ?? "", need.Group);
        if (!taken.TryGetValue(key, out var found))
            taken[key] = found = new();
        return found;
    }

    private static int Limit(FleetBudgetSpec budget, WorkKind kind) => Math.Min(budget.Total ?? int.MaxValue, budget.Most(kind) ?? int.MaxValue);

    private static int Width(FleetBudgetSpec budget) => budget.Each switch
    {
        BudgetEach.Node => 0,
        BudgetEach.Namespace => 1,
        BudgetEach.Storage => 2,
        BudgetEach.Member => 3,
        _ => 4,
    };

    /// <summary>How many of what are counted.</summary>
    internal sealed class Taken
    {
        private readonly int[] kinds = new int[Enum.GetValues<WorkKind>().Length];

        public int Total { get; private set; }

        public int Backups => kinds[(int)WorkKind.OnDemand] + kinds[(int)WorkKind.Scheduled];

        public int Restores => kinds[(int)WorkKind.Restore];

        public int Drills => kinds[(int)WorkKind.Drill];

        public void Add(WorkKind kind)
        {
            kinds[(int)kind]++;
            Total++;
        }

        public int Of(WorkKind kind) => kind switch
        {
            WorkKind.Restore => Restores,
            WorkKind.Drill => Drills,
            _ => Backups,
        };
    }
}

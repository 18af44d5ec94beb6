using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>All lines, and who holds places in them while it waits in another.</summary>
/// <param name="draft">The ledger.</param>
/// <param name="now">The time.</param>
internal sealed class BudgetLines(BudgetDraft draft, DateTimeOffset now)
{
    private readonly Dictionary<(string Budget, string Group, string Kind), BudgetLine> lines = [];
    private readonly Dictionary<(string Budget, string Group), List<(PlaceWish Wish, DateTimeOffset? Start)>> held = [];

    /// <summary>One more comes to the end of the line of a limit.</summary>
    /// <param name="budget">Whose limit.</param>
    /// <param name="group">Of what.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="wish">Who comes.</param>
    /// <returns>Its number in the line, and when it may be expected to begin.</returns>
    public (int Position, DateTimeOffset? Start) Join(FleetBudgetSpec budget, string group, BudgetLimit limit, PlaceWish wish)
    {
        var key = (budget.Name, group, limit.Kind);
        if (!lines.TryGetValue(key, out var line))
        {
            var running = draft.Leases.Values.Where(lease => BudgetCounts.Group(budget, lease.Wish) == group && Counts(limit.Kind, lease.Wish));
            lines[key] = line = new(draft, running, limit.Most, now);
            foreach (var (holder, begins) in held.GetValueOrDefault((budget.Name, group)) ?? [])
            {
                if (Counts(limit.Kind, holder))
                    line.Hold(holder, begins);
            }
        }

        var start = line.Join(wish);
        return (line.Length, start);
    }

    /// <summary>Somebody holds a place in a group, and waits for another.</summary>
    /// <param name="need">Where it holds one.</param>
    /// <param name="wish">Who.</param>
    /// <param name="start">When it may be expected to begin; null where that is not known.</param>
    public void Hold(BudgetNeed need, PlaceWish wish, DateTimeOffset? start)
    {
        if (need.Budget is not { } budget)
            return;
        var key = (budget.Name, need.Group);
        if (!held.TryGetValue(key, out var holders))
            held[key] = holders = [];
        holders.Add((wish, start));
        foreach (var (name, line) in lines.Where(line => (line.Key.Budget, line.Key.Group) == key))
        {
            if (Counts(name.Kind, wish))
                line.Hold(wish, start);
        }
    }

    private static bool Counts(string kind, PlaceWish wish) => kind.Length == 0 || wish.Kind.Plural() == kind;
}

/// <summary>
/// One line of those who wait for the same limit of a budget, and when they may be expected to begin: by how long the like took of late. An estimate, and none
/// where nothing is known.
/// </summary>
internal sealed class BudgetLine
{
    private readonly BudgetDraft draft;
    private readonly PriorityQueue<DateTimeOffset, DateTimeOffset>? ends = new();

    /// <param name="draft">The ledger.</param>
    /// <param name="running">Who has the limit's places.</param>
    /// <param name="most">How many places there are.</param>
    /// <param name="now">The time.</param>
    public BudgetLine(BudgetDraft draft, IEnumerable<PlaceLease> running, int most, DateTimeOffset now)
    {
        this.draft = draft;
        foreach (var lease in running)
        {
            if (Typical(lease.Wish) is not { } typical)
            {
                ends = null;
                return;
            }

            var end = lease.Given + typical;
            end = end < now ? now : end;
            ends.Enqueue(end, end);
        }

        // What runs above the limit has to end before any place is free.
        for (var above = ends.Count - most; above > 0; above--)
            ends.Dequeue();
    }

    /// <summary>How many wait in it so far, those included who have a place in it and wait for another.</summary>
    public int Length { get; private set; }

    /// <summary>One more comes to its end; answers when that one may be expected to begin.</summary>
    public DateTimeOffset? Join(PlaceWish wish)
    {
        Length++;
        if (ends is null || !ends.TryDequeue(out var start, out _))
            return null;
        if (Typical(wish) is { } typical)
            ends.Enqueue(start + typical, start + typical);
        return start;
    }

    /// <summary>Somebody before it in the queue has one of its places, and begins later.</summary>
    public void Hold(PlaceWish wish, DateTimeOffset? start)
    {
        Length++;
        if (start is { } begins && Typical(wish) is { } typical)
            ends?.Enqueue(begins + typical, begins + typical);
    }

    private TimeSpan? Typical(PlaceWish wish) => draft.TypicalOf(wish) is { } known ? TimeSpan.FromSeconds(known.Seconds) : null;
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>From what the ledger remembers to what is shown of each budget. Pure.</summary>
internal static class BudgetStatusBuilder
{
    /// <summary>How a budget stands.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="state">The ledger.</param>
    /// <param name="waits">Why each of those who wait does, by UID.</param>
    /// <param name="before">What was shown last; null for nothing.</param>
    /// <param name="now">The time.</param>
    public static FleetBudgetStatus Build(FleetBudget budget, BudgetState state, IReadOnlyDictionary<string, PlaceWait> waits, FleetBudgetStatus? before, DateTimeOffset now)
    {
        var known = before?.Uid == budget.Uid ? before.Conditions : [];
        if (budget.Spec is not { } spec)
        {
            return new()
            {
                Uid = budget.Uid,
                ObservedGeneration = budget.Generation,
                Conditions = [Conditions.Next(known, "Accepted", false, Reasons.Invalid, string.Join(" ", budget.Faults), budget.Generation, now)],
            };
        }

        var holders = state.Leases.Where(lease => BudgetCounts.Group(spec, lease.Wish) is not null).ToList();
        var waiting = state.Waiting.Select(waiter => waiter.Wish).Where(wish => waits.TryGetValue(wish.Uid, out var wait) && wait.Budget == spec.Name).ToList();
        var over = Over(spec, holders);
        return new()
        {
            Uid = budget.Uid,
            ObservedGeneration = budget.Generation,
            InUse = Count(holders.Select(lease => lease.Wish)),
            Waiting = Count(waiting),
            Groups = spec.Each == BudgetEach.Together ? [] : [.. Groups(spec, holders.Select(lease => lease.Wish), waiting)],
            Holders = [.. holders.Take(FleetBudgetStatus.MostHolders).Select(lease => new BudgetHolder(lease.Wish.Kind, lease.Wish.Member, lease.Wish.Namespace, lease.Wish.Name, lease.Given))],
            Conditions =
            [
                Conditions.Next(known, "Accepted", true, Reasons.Accepted, "The resource was read and is acted on.", budget.Generation, now),
                over.Length > 0
                    ? Conditions.Next(known, "Exceeded", true, Reasons.OverLimit, $"More runs than it allows ({over}): nothing is stopped, and nothing begins until there is room.", budget.Generation, now)
                    : Conditions.Next(known, "Exceeded", false, Reasons.WithinLimit, "No more runs than it allows.", budget.Generation, now),
            ],
        };
    }

    private static BudgetCount Count(IEnumerable<PlaceWish> work)
    {
        var kinds = work.CountBy(wish => wish.Kind.Plural()).ToDictionary();
        return new()
        {
            Total = kinds.Values.Sum(),
            Backups = kinds.GetValueOrDefault(WorkKind.OnDemand.Plural()),
            Restores = kinds.GetValueOrDefault(WorkKind.Restore.Plural()),
            Drills = kinds.GetValueOrDefault(WorkKind.Drill.Plural()),
        };
    }

    private static IEnumerable<BudgetGroup> Groups(FleetBudgetSpec spec, IEnumerable<PlaceWish> holders, IReadOnlyList<PlaceWish> waiting)
    {
        var (used, wanted) = (holders.CountBy(wish => BudgetCounts.Group(spec, wish) ?? "").ToDictionary(), waiting.CountBy(wish => BudgetCounts.Group(spec, wish) ?? "").ToDictionary());
        return used.Keys.Union(wanted.Keys).Where(name => name.Length > 0).Select(name => new BudgetGroup(name, used.GetValueOrDefault(name), wanted.GetValueOrDefault(name)))
            .OrderByDescending(group => group.Waiting).ThenByDescending(group => group.InUse).ThenBy(group => group.Name, StringComparer.Ordinal).Take(FleetBudgetStatus.MostGroups);
    }

    private static string Over(FleetBudgetSpec spec, IReadOnlyList<PlaceLease> holders)
    {
        var over = new List<string>();
        foreach (var group in holders.GroupBy(lease => BudgetCounts.Group(spec, lease.Wish)!))
        {
            var count = Count(group.Select(lease => lease.Wish));
            foreach (var (runs, most, what) in new[] { (count.Total, spec.Total, "in all"), (count.Backups, spec.Backups, "backups"), (count.Restores, spec.Restores, "restores"), (count.Drills, spec.Drills, "drills") })
            {
                if (runs > most)
                    over.Add(FormattableString.Invariant($"{(group.Key.Length > 0 ? group.Key + ": " : "")}{runs} of {most} {what}"));
            }
        }

        return string.Join(", ", over.Take(FleetBudgetStatus.MostGroups));
    }
}

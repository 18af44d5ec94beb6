using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>Gives every place that may be given, in the order of the queue, and says of all others why not. Pure.</summary>
internal static class BudgetJudge
{
    // Whose cluster wants to begin something else has most likely ended; but not the moment it was heard of.
    private static readonly TimeSpan Suspicion = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    public static BudgetTurn Judge(BudgetDraft draft, IReadOnlyList<FleetBudgetSpec> budgets, DateTimeOffset now)
    {
        var counts = new BudgetCounts(budgets);
        foreach (var lease in draft.Leases.Values)
            counts.Take(lease.Wish);
        var granted = new List<PlaceWish>();
        var waits = new Dictionary<string, PlaceWait>();
        var suspects = new List<PlaceLease>();
        var lines = new BudgetLines(draft, now);
        var counting = draft.CountsSince!.Value + BudgetMachine.Counting;
        foreach (var wish in draft.Waiting.Values.Select(waiter => waiter.Wish).Order(PlaceOrder.Instance).ToList())
        {
            if (Objection(budgets, wish, now) is var (budget, objection))
            {
                waits[wish.Uid] = new() { Reason = objection.Reason, Message = $"{objection.Message} (budget '{budget.Name}')", Budget = budget.Name, ExpectedStart = objection.Until };
                continue;
            }

            if (now < counting)
            {
                waits[wish.Uid] = new() { Reason = Reasons.WaitingForPlace, Message = $"What runs already is being counted until {Clock(counting)}.", ExpectedStart = counting };
                continue;
            }

            if (FirstFull(counts, wish, out var held) is not { } full)
            {
                counts.Take(wish);
                draft.Waiting.Remove(wish.Uid);
                draft.Put(new() { Wish = wish, Number = draft.NewNumber(now), Given = now, BeginsBy = now + BudgetMachine.ToBegin, Heard = now });
                granted.Add(wish);
                continue;
            }

            if (full.Budget is null)
                suspects.AddRange(draft.Leases.Values.Where(lease => lease.Begun && lease.Heard < now - Suspicion && SlotOf(counts, lease.Wish) == full));
            var wait = waits[wish.Uid] = Wait(counts, lines, wish, full);
            foreach (var need in held)
                lines.Hold(need, wish, wait.ExpectedStart);
        }

        Share(draft, budgets);
        return draft.Turn(granted, waits, suspects, HoldsUntil(draft, budgets, counting, now));
    }

    // What is said of the time to come grows old.
    private static DateTimeOffset HoldsUntil(BudgetDraft draft, IReadOnlyList<FleetBudgetSpec> budgets, DateTimeOffset counting, DateTimeOffset now)
    {
        var leaving = draft.Leases.Values.Where(lease => lease.Leaving).Select(lease => (DateTimeOffset?)(lease.BeginsBy + BudgetMachine.Margin)).Min();
        if (draft.Waiting.Count == 0)
            return leaving ?? DateTimeOffset.MaxValue;
        DateTimeOffset?[] instants = [now + Fresh, counting > now ? counting : null, leaving, .. budgets.Select(budget => budget.Times.NextChange(now))];
        return instants.OfType<DateTimeOffset>().Where(instant => instant > now).Min();
    }

    private static BudgetNeed SlotOf(BudgetCounts counts, PlaceWish wish) => counts.Of(wish)[0];

    private static (FleetBudgetSpec Budget, TimeObjection Objection)? Objection(IReadOnlyList<FleetBudgetSpec> budgets, PlaceWish wish, DateTimeOffset now)
    {
        foreach (var budget in budgets)
        {
            if (BudgetCounts.Selects(budget, wish) && budget.Times.Judge(wish.Kind, now) is { } objection)
                return (budget, objection);
        }

        return null;
    }

    // What is free before the first that is not is held on to.
    private static BudgetNeed? FirstFull(BudgetCounts counts, PlaceWish wish, out IReadOnlyList<BudgetNeed> held)
    {
        var needs = counts.Of(wish);
        held = [.. needs.TakeWhile(need => counts.Full(need, wish.Kind) is null)];
        if (held.Count == needs.Count)
            return null;
        foreach (var need in held)
            counts.Take(need, wish.Kind);
        return needs[held.Count];
    }

    private static PlaceWait Wait(BudgetCounts counts, BudgetLines lines, PlaceWish wish, BudgetNeed full)
    {
        if (full.Budget is not { } budget)
            return new() { Reason = Reasons.WaitingForPlace, Message = $"Other work of cluster '{wish.Cluster}' is before it." };
        var limit = counts.Full(full, wish.Kind)!.Value;
        var (position, start) = lines.Join(budget, full.Group, limit, wish);
        return new()
        {
            Reason = Reasons.WaitingForPlace,
            Message = FormattableString.Invariant(
                $"Budget '{budget.Name}' lets {limit.Most} {(limit.Kind.Length == 0 ? "" : limit.Kind + " ")}run at once{(full.Group.Length > 0 ? $" ({full.Group})" : "")}, and no place is free; it is number {position} in the line."),
            Budget = budget.Name,
            Position = position,
            ExpectedStart = start,
        };
    }

    private static void Share(BudgetDraft draft, IReadOnlyList<FleetBudgetSpec> budgets)
    {
        var limited = budgets.Where(budget => budget.UploadBytesPerSecond is not null).ToList();
        var senders = draft.Leases.Values.Where(lease => lease.Wish.Kind is WorkKind.OnDemand or WorkKind.Scheduled).ToList();
        var shares = new Dictionary<string, long>();
        foreach (var budget in limited)
        {
            foreach (var group in senders.Where(lease => BudgetCounts.Group(budget, lease.Wish) is not null).GroupBy(lease => BudgetCounts.Group(budget, lease.Wish)).Select(group => group.ToList()))
            {
                var share = Math.Max(1, budget.UploadBytesPerSecond!.Value / group.Count);
                foreach (var lease in group)
                    shares[lease.Wish.Uid] = shares.TryGetValue(lease.Wish.Uid, out var least) ? Math.Min(least, share) : share;
            }
        }

        foreach (var lease in senders)
        {
            var share = shares.TryGetValue(lease.Wish.Uid, out var least) ? least : default(long?);
            if (share != lease.UploadBytesPerSecond)
                draft.Put(lease with { UploadBytesPerSecond = share }, heard: true);
        }
    }

    internal static string Clock(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture);
}

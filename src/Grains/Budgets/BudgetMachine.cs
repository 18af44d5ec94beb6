using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>
/// What the ledger makes of what it hears, as pure functions. A place is given with an instant by which its holder has to have begun, and is never taken back by
/// time alone: the holder is asked first, and by then it cannot begin any more. So no more runs than is counted.
/// </summary>
internal static class BudgetMachine
{
    /// <summary>How long a place waits for its holder to begin.</summary>
    public static readonly TimeSpan ToBegin = TimeSpan.FromMinutes(1);

    /// <summary>By how much the clocks of silos may differ, and then some.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>Holders and waiters say each minute that they are there; who has been silent for so long is asked, or forgotten.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(4);

    /// <summary>So long after the first budget nothing is given: what runs already says so within a minute.</summary>
    public static readonly TimeSpan Counting = TimeSpan.FromSeconds(90);

    /// <summary>What could not be asked for so long after the longest time that it may take has ended.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>So many wait in the ledger; who comes after asks again.</summary>
    public const int MostWaiting = 5000;

    private const int MostTypical = 200;
    private const double Weight = 0.3;

    /// <summary>The ledger after all of these, and after every place was given that may be.</summary>
    /// <param name="state">What is remembered.</param>
    /// <param name="seen">What was heard since.</param>
    /// <param name="budgets">The budgets in force.</param>
    /// <param name="now">The time.</param>
    /// <param name="last">What came of the last turn under the same budgets, whose judgement stands where nothing changed; null to judge in any case.</param>
    public static BudgetTurn Next(BudgetState state, IReadOnlyList<BudgetEvent> seen, IReadOnlyList<FleetBudgetSpec> budgets, DateTimeOffset now, BudgetTurn? last = null)
    {
        if (budgets.Count == 0)
        {
            var free = Released(state);
            return new(free, [.. state.Waiting.Select(waiter => waiter.Wish)], new Dictionary<string, PlaceWait>(), [], DateTimeOffset.MaxValue) { MustStore = free != state };
        }

        var draft = new BudgetDraft(state);
        draft.CountsSince ??= now;
        foreach (var one in seen)
            Hear(draft, one, now);
        foreach (var silent in draft.Waiting.Values.Where(waiter => waiter.Heard < now - Silence).ToList())
            draft.Leave(silent.Wish.Uid);
        foreach (var left in draft.Leases.Values.Where(lease => lease.Leaving && !MayStillBegin(lease, now)).ToList())
            draft.Remove(left);
        return !draft.Changed && now < last?.HoldsUntil ? draft.Turn([], last.Waits, [], last.HoldsUntil) : BudgetJudge.Judge(draft, budgets, now);
    }

    /// <summary>Who has a place, and has to be asked whether it still needs it.</summary>
    public static IEnumerable<PlaceLease> Silent(BudgetState state, DateTimeOffset now) =>
        state.Leases.Where(lease => lease.Begun ? lease.Heard < now - Silence : lease.BeginsBy + ToBegin < now);

    /// <summary>The place that somebody was given; null when it has none.</summary>
    public static Place? PlaceOf(BudgetState state, string uid, IReadOnlyList<FleetBudgetSpec> budgets) =>
        state.Leases.FirstOrDefault(lease => lease.Wish.Uid == uid && lease is { Begun: false, Leaving: false }) is not { } lease ? null : new()
        {
            Number = lease.Number,
            BeginsBy = lease.BeginsBy,
            UploadBytesPerSecond = lease.UploadBytesPerSecond,
            Node = lease.Wish.Node,
            CountsNodes = budgets.Any(budget => budget.Each == BudgetEach.Node),
        };

    private static BudgetState Released(BudgetState state) =>
        state is { CountsSince: null, Leases.Count: 0, Waiting.Count: 0 } ? state : new() { LastNumber = state.LastNumber, Typical = state.Typical };

    private static void Hear(BudgetDraft draft, BudgetEvent seen, DateTimeOffset now)
    {
        switch (seen)
        {
            case BudgetEvent.Asked asked:
                Ask(draft, asked.Wish, asked.Sent, now);
                break;
            case BudgetEvent.Renewed renewed:
                Renew(draft, renewed.Wish, renewed.Number, now);
                break;
            case BudgetEvent.GivenBack back:
                GiveBack(draft, back, now);
                break;
            case BudgetEvent.Answered answered:
                HearAnswer(draft, answered, now);
                break;
            case BudgetEvent.Unanswered unanswered when Find(draft, unanswered.Uid, unanswered.Number) is { } lost && lost.Heard + lost.Wish.Longest + Grace < now:
                draft.Remove(lost);
                break;
            case BudgetEvent.Woken:
                foreach (var waiter in draft.Waiting.Values.ToList())
                    draft.Waiting[waiter.Wish.Uid] = waiter with { Heard = now };
                foreach (var lease in draft.Leases.Values.ToList())
                    draft.Leases[lease.Wish.Uid] = lease with { Heard = now };
                break;
        }
    }

    // Whoever asks is not at work. A place that it may still begin with stays its place: the word of it may be on its way. Any other is no place for a new beginning,
    // nor is what was only counted: the judgement that follows gives it one, if it is its turn, under a new number. A question that was sent before says nothing.
    private static void Ask(BudgetDraft draft, PlaceWish wish, DateTimeOffset sent, DateTimeOffset now)
    {
        if (draft.Leases.TryGetValue(wish.Uid, out var lease))
        {
            if (MayStillBegin(lease, now))
            {
                draft.Put(lease with { Leaving = lease.Wish.Node != wish.Node, Heard = now }, heard: !lease.Leaving);
                return;
            }

            // It may have been sent before the work began, and come after.
            if (sent <= lease.BeginsBy + Margin)
                return;
            draft.Remove(lease);
        }

        if (draft.Waiting.Count < MostWaiting || draft.Waiting.ContainsKey(wish.Uid))
        {
            draft.Wait(wish, now);
        }
        else if (draft.Waiting.Values.MaxBy(waiter => waiter.Wish, PlaceOrder.Instance)!.Wish is var last && PlaceOrder.Instance.Compare(wish, last) < 0)
        {
            draft.Leave(last.Uid);
            draft.Wait(wish, now);
        }
    }

    private static void Renew(BudgetDraft draft, PlaceWish wish, long number, DateTimeOffset now)
    {
        if (!draft.Leases.TryGetValue(wish.Uid, out var lease))
            draft.Put(new() { Wish = wish, Number = number, Given = now, BeginsBy = now, Begun = true, Heard = now });
        else if (lease.Number == number)
            draft.Put(lease with { Wish = lease.Begun ? lease.Wish : wish, Begun = true, Leaving = false, Heard = now }, heard: lease.Begun);
        else
            return;
        draft.Leave(wish.Uid);
    }

    private static void GiveBack(BudgetDraft draft, BudgetEvent.GivenBack back, DateTimeOffset now)
    {
        if (back.Number == 0)
            draft.Leave(back.Uid);
        if (Find(draft, back.Uid, back.Number) is not { } lease)
            return;
        if (MayStillBegin(lease, now))
        {
            draft.Put(lease with { Leaving = true });
            return;
        }

        if (lease.Begun)
            Learn(draft, lease, now);
        draft.Remove(lease);
    }

    private static bool MayStillBegin(PlaceLease lease, DateTimeOffset now) => !lease.Begun && now <= lease.BeginsBy + Margin;

    private static void HearAnswer(BudgetDraft draft, BudgetEvent.Answered answered, DateTimeOffset now)
    {
        if (Find(draft, answered.Uid, answered.Number) is not { } lease)
            return;
        if (answered.Holds)
            draft.Put(lease with { Begun = true, Heard = now }, heard: lease.Begun);
        else
            draft.Remove(lease);
    }

    private static PlaceLease? Find(BudgetDraft draft, string uid, long number) =>
        draft.Leases.TryGetValue(uid, out var lease) && lease.Number == number ? lease : null;

    private static void Learn(BudgetDraft draft, PlaceLease lease, DateTimeOffset now)
    {
        var (kind, seconds) = (BudgetDraft.KindOf(lease.Wish), (now - lease.Given).TotalSeconds);
        var known = draft.TypicalOf(lease.Wish);
        draft.Typical.RemoveAll(one => one == known);
        draft.Typical.Insert(0, new(kind, lease.Wish.Place, known is null ? seconds : (known.Seconds * (1 - Weight)) + (seconds * Weight)));
        if (draft.Typical.Count > MostTypical)
            draft.Typical.RemoveAt(MostTypical);
    }
}

/// <summary>What came of one turn.</summary>
/// <param name="State">What is to be remembered.</param>
/// <param name="Granted">Who has a place now and did not before, and has to hear of it.</param>
/// <param name="Waits">Why each of those who wait does, by UID.</param>
/// <param name="Suspects">Who has a place, though its cluster wants to begin something else.</param>
/// <param name="HoldsUntil">Until when nothing else would come of it, if nothing is heard.</param>
internal sealed record BudgetTurn(
    BudgetState State, IReadOnlyList<PlaceWish> Granted, IReadOnlyDictionary<string, PlaceWait> Waits, IReadOnlyList<PlaceLease> Suspects, DateTimeOffset HoldsUntil)
{
    /// <summary>Whether nothing may be answered before it is stored.</summary>
    public bool MustStore { get; init; }
}

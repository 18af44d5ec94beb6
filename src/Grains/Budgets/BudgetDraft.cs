using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>The ledger while one turn changes it.</summary>
internal sealed class BudgetDraft(BudgetState before)
{
    private long lastNumber = before.LastNumber;
    private bool mustStore;

    public DateTimeOffset? CountsSince { get; set; } = before.CountsSince;

    public Dictionary<string, PlaceLease> Leases { get; } = before.Leases.ToDictionary(lease => lease.Wish.Uid);

    public Dictionary<string, PlaceWaiter> Waiting { get; } = before.Waiting.ToDictionary(waiter => waiter.Wish.Uid);

    public List<TypicalRun> Typical { get; } = [.. before.Typical];

    /// <summary>Whether anything changed by which places are given.</summary>
    public bool Changed { get; private set; } = before.CountsSince is null;

    /// <summary>How long the like took; null when none has ended.</summary>
    public TypicalRun? TypicalOf(PlaceWish wish) => Typical.Find(one => one.Kind == KindOf(wish) && one.Place == wish.Place);

    /// <summary>The kind by which work is likened.</summary>
    public static WorkKind KindOf(PlaceWish wish) => wish.Kind == WorkKind.Scheduled ? WorkKind.OnDemand : wish.Kind;

    /// <summary>Somebody waits, or goes on waiting.</summary>
    public void Wait(PlaceWish wish, DateTimeOffset now)
    {
        Changed |= !Waiting.TryGetValue(wish.Uid, out var known) || known.Wish != wish;
        Waiting[wish.Uid] = new(wish, now);
    }

    /// <summary>Somebody waits no longer.</summary>
    public void Leave(string uid) => Changed |= Waiting.Remove(uid);

    /// <summary>One that no place ever had, not even before the ledger lost its memory.</summary>
    public long NewNumber(DateTimeOffset now) => lastNumber = Math.Max(lastNumber + 1, now.UtcTicks);

    /// <summary>Remembers a place.</summary>
    /// <param name="lease">The place.</param>
    /// <param name="heard">Whether only the time changed at which its holder was heard of: that need not be stored.</param>
    public void Put(PlaceLease lease, bool heard = false)
    {
        mustStore |= !heard;
        Changed |= !heard;
        Leases[lease.Wish.Uid] = lease;
    }

    public void Remove(PlaceLease lease)
    {
        mustStore = Changed = true;
        Leases.Remove(lease.Wish.Uid);
    }

    /// <summary>What came of the turn.</summary>
    public BudgetTurn Turn(IReadOnlyList<PlaceWish> granted, IReadOnlyDictionary<string, PlaceWait> waits, IReadOnlyList<PlaceLease> suspects, DateTimeOffset holdsUntil) => new(
        new()
        {
            CountsSince = CountsSince,
            LastNumber = lastNumber,
            Leases = [.. Leases.Values.OrderBy(lease => lease.Given).ThenBy(lease => lease.Wish.Uid, StringComparer.Ordinal)],
            Waiting = [.. Waiting.Values.OrderBy(waiter => waiter.Wish, PlaceOrder.Instance)],
            Typical = Typical,
        },
        granted, waits, suspects, holdsUntil)
    {
        MustStore = mustStore || CountsSince != before.CountsSince,
    };
}

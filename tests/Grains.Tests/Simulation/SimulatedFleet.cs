using ControlPlane.Abstractions.Fleet;
using ControlPlane.Grains.Budgets;
using ControlPlane.Grains.Tests.Budgets;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// Work of several members, and one ledger: what is said between them is lost, doubled, late and out of order; the ledger crashes between remembering and acting, and
/// lives twice for a moment; work begins, gives up, begins again and ends; budgets change.
/// </summary>
internal sealed class SimulatedFleet
{
    private readonly Random luck;
    private readonly List<(DateTimeOffset At, Action Arrive)> underWay = [];
    private readonly List<BudgetEvent> heard = [];
    private DateTimeOffset changed = Samples.Start.AddDays(-1);
    private DateTimeOffset checkedAt;
    private BudgetState stored;
    private BudgetState state;
    private BudgetState? other;
    private int made;

    public SimulatedFleet(Random luck)
    {
        this.luck = luck;
        Budgets = SomeBudgets();
        stored = state = new() { CountsSince = Now.AddDays(-1) };
    }

    public bool Rough { get; set; } = true;

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public FleetBudgetSpec[] Budgets { get; private set; }

    public List<SimulatedWork> Works { get; } = [];

    public int LeaseCount => state.Leases.Count;

    public void Add()
    {
        var kind = (WorkKind)luck.Next(4);
        var name = $"{kind}{made++}";
        Works.Add(new(Ledger.Wish(name, kind, $"m{luck.Next(3)}", $"ns{luck.Next(2)}", node: luck.Next(2) == 0 ? $"n{luck.Next(2)}" : null) with { Since = Now, Cluster = $"c{luck.Next(12)}" }));
    }

    public void ChangeBudgets()
    {
        changed = Now;
        Budgets = SomeBudgets();
    }

    public void Pass(TimeSpan time)
    {
        var until = Now + time;
        while (Now < until)
        {
            Now += TimeSpan.FromSeconds(5);
            foreach (var (at, arrive) in underWay.Where(message => message.At <= Now).ToList())
            {
                underWay.Remove((at, arrive));
                arrive();
            }

            if (heard.Count > 0 || luck.Next(12) == 0)
                Turn();
        }
    }

    /// <summary>Each minute: who waits asks, who is at work says so, and the ledger looks after the silent.</summary>
    public void Tick()
    {
        foreach (var work in Works.Where(work => !work.Over).ToList())
        {
            if (work.Runs)
                Renew(work);
            else
                Ask(work);
        }

        foreach (var lease in BudgetMachine.Silent(state, Now).ToList())
        {
            if (Rough && luck.Next(4) == 0)
            {
                heard.Add(new BudgetEvent.Unanswered(lease.Wish.Uid, lease.Number));
                continue;
            }

            // What is answered now is heard a moment later.
            var holds = Works.Any(work => work.Wish.Uid == lease.Wish.Uid && work.Runs);
            underWay.Add((Now.AddSeconds(luck.Next(30)), () => heard.Add(new BudgetEvent.Answered(lease.Wish.Uid, lease.Number, holds))));
        }
    }

    /// <summary>Some of what runs ends, or gives up to begin again.</summary>
    public void Move()
    {
        foreach (var work in Works.Where(work => work.Runs).ToList())
        {
            if (luck.Next(3) != 0)
                continue;
            work.Runs = false;
            work.Over = luck.Next(5) != 0;
            var number = work.Used;
            Send(() => heard.Add(new BudgetEvent.GivenBack(work.Wish.Uid, number)));
        }

        foreach (var cancelled in Works.Where(work => work is { Over: false, Runs: false } && luck.Next(200) == 0))
        {
            cancelled.Over = true;
            Send(() => heard.Add(new BudgetEvent.GivenBack(cancelled.Wish.Uid, 0)));
        }
    }

    public void Crash()
    {
        state = stored;
        heard.Clear();
        heard.Add(new BudgetEvent.Woken());
    }

    /// <summary>An activation that was taken for dead goes on for a while with what it knows.</summary>
    public void Split() => other = state;

    /// <summary>No more of a cluster runs than one, and no more begins than is allowed. What was given just before the budgets changed may begin for a minute.</summary>
    public void Check()
    {
        foreach (var group in Works.Where(work => work.Runs).GroupBy(work => (work.Wish.Member, work.Wish.Namespace, work.Wish.Cluster, work.Wish.Kind == WorkKind.Drill)))
            Assert.True(group.Count() == 1, $"Of cluster {group.Key} run at once: {string.Join(", ", group.Select(work => work.Wish.Name))}");
        foreach (var work in Works.Where(work => work.Runs && work.Began >= checkedAt && work.Began > changed + BudgetMachine.ToBegin))
        {
            foreach (var budget in Budgets)
                Assert.True(Fits(budget, work.Wish), $"{work.Wish.Name} began although {budget} has no place.");
        }

        checkedAt = Now;
    }

    private bool Fits(FleetBudgetSpec budget, PlaceWish wish)
    {
        if (BudgetCounts.Group(budget, wish) is not { } group)
            return true;
        var running = Works.Where(work => work.Runs && BudgetCounts.Group(budget, work.Wish) == group).Select(work => work.Wish).ToList();
        return !(running.Count > budget.Total) && !(running.Count(one => one.Kind.Plural() == wish.Kind.Plural()) > budget.Most(wish.Kind));
    }

    private void Turn()
    {
        if (other is { } stale)
        {
            // It may store nothing: the document is not the one that it read.
            other = BudgetMachine.Next(stale, [.. heard.Where(_ => luck.Next(2) == 0)], Budgets, Now) is { MustStore: false } turn ? turn.State : null;
        }

        var asked = heard.OfType<BudgetEvent.Asked>().Select(one => one.Wish.Uid).ToHashSet();
        var next = BudgetMachine.Next(state, [.. heard], Budgets, Now);
        heard.Clear();
        if (next.MustStore && Rough && luck.Next(40) == 0)
        {
            Crash();
            return;
        }

        state = next.State;
        if (next.MustStore)
            stored = state;
        if (Rough && luck.Next(40) == 0)
        {
            // After storing, before a word was said.
            Crash();
            return;
        }

        foreach (var uid in asked)
        {
            if (BudgetMachine.PlaceOf(state, uid, Budgets) is { } place)
                Send(() => Begin(uid, place));
        }

        foreach (var wish in next.Granted.Where(wish => !asked.Contains(wish.Uid)))
            Send(() => AskNow(wish.Uid));
    }

    private void Begin(string uid, Place place)
    {
        if (Works.FirstOrDefault(work => work.Wish.Uid == uid) is { } work && work.Begin(place, Now))
            Renew(work);
    }

    private void Renew(SimulatedWork work)
    {
        var number = work.Used;
        Send(() => heard.Add(new BudgetEvent.Renewed(work.Wish, number)));
    }

    private void AskNow(string uid)
    {
        if (Works.FirstOrDefault(work => work.Wish.Uid == uid) is { Over: false, Runs: false } work)
            Ask(work);
    }

    private void Ask(SimulatedWork work)
    {
        var sent = Now;
        Send(() => heard.Add(new BudgetEvent.Asked(work.Wish, sent)));
    }

    private void Send(Action arrive)
    {
        if (Rough && luck.Next(8) == 0)
            return;
        var late = Rough && luck.Next(6) == 0 ? luck.Next(200) : luck.Next(4);
        underWay.Add((Now.AddSeconds(late), arrive));
        if (Rough && luck.Next(8) == 0)
            underWay.Add((Now.AddSeconds(late + luck.Next(120)), arrive));
    }

    private FleetBudgetSpec[] SomeBudgets() => [.. Enumerable.Range(0, luck.Next(1, 5)).Select(number => Ledger.Budget($"budget{number}", luck.Next(3) == 0 ? null : luck.Next(1, 6), (BudgetEach)luck.Next(5)) with
    {
        Backups = luck.Next(3) == 0 ? luck.Next(1, 4) : null,
        Drills = luck.Next(3) == 0 ? luck.Next(1, 3) : null,
        Members = luck.Next(4) == 0 ? [$"m{luck.Next(3)}"] : [],
        Namespaces = luck.Next(4) == 0 ? [$"ns{luck.Next(2)}"] : [],
    })];
}

/// <summary>A piece of work.</summary>
internal sealed class SimulatedWork(PlaceWish wish)
{
    public PlaceWish Wish { get; } = wish;

    public bool Runs { get; set; }

    public bool Over { get; set; }

    /// <summary>The number of the last place that it began with.</summary>
    public long Used { get; private set; }

    public DateTimeOffset Began { get; private set; }

    /// <summary>As the machines have it: in time only, and with no place twice.</summary>
    public bool Begin(Place place, DateTimeOffset now)
    {
        if (Runs || Over || now > place.BeginsBy || place.Number <= Used)
            return false;
        (Runs, Used, Began) = (true, place.Number, now);
        return true;
    }
}

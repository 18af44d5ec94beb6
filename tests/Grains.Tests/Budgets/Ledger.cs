using ControlPlane.Abstractions.Fleet;
using ControlPlane.Grains.Budgets;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Budgets;

/// <summary>A ledger, told one event after another. It has counted all that runs already.</summary>
internal sealed class Ledger(params FleetBudgetSpec[] budgets)
{
    public static readonly BucketPlace Store = new() { Type = StorageType.S3, Endpoint = new("https://store:9000"), Bucket = "backups" };

    public BudgetState State { get; private set; } = new() { CountsSince = Samples.Start.AddDays(-1) };

    public FleetBudgetSpec[] Budgets { get; set; } = budgets;

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public BudgetTurn Turn { get; private set; } = new(new(), [], new Dictionary<string, PlaceWait>(), [], default);

    public IEnumerable<string> Holders => State.Leases.Select(lease => lease.Wish.Name);

    public IEnumerable<string> Waiting => State.Waiting.Select(waiter => waiter.Wish.Name);

    public static FleetBudgetSpec Budget(string name = "fleet", int? total = null, BudgetEach each = BudgetEach.Together) => new() { Name = name, Uid = name, Generation = 1, Total = total, Each = each };

    public static PlaceWish Wish(string name, WorkKind kind = WorkKind.OnDemand, string member = "local", string space = "shop", int minutes = 0, string? node = null) => new()
    {
        Kind = kind,
        Member = member,
        Namespace = space,
        Name = name,
        Uid = $"uid-{name}",
        Cluster = $"cluster-of-{name}",
        Since = Samples.Start.AddMinutes(minutes),
        Place = Store,
        Node = node,
        Longest = TimeSpan.FromHours(12),
    };

    public Ledger Hear(params BudgetEvent[] seen)
    {
        Turn = BudgetMachine.Next(State, seen, Budgets, Now);
        State = Turn.State;
        return this;
    }

    public Ledger Ask(params PlaceWish[] wishes) => Hear([.. wishes.Select(wish => new BudgetEvent.Asked(wish, Now))]);

    public Ledger Begin(string name)
    {
        var lease = State.Leases.First(lease => lease.Wish.Name == name);
        return Hear(new BudgetEvent.Renewed(lease.Wish, lease.Number));
    }

    public Ledger End(string name) => Hear(new BudgetEvent.GivenBack($"uid-{name}", State.Leases.First(lease => lease.Wish.Name == name).Number));

    public Ledger After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public PlaceWait Wait(string name) => Turn.Waits[$"uid-{name}"];
}

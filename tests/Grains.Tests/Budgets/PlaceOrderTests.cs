using ControlPlane.Abstractions.Fleet;
using ControlPlane.Grains.Budgets;
using CsCheck;

namespace ControlPlane.Grains.Tests.Budgets;

/// <summary>The order in which places are given, and that nobody starves in it.</summary>
public sealed class PlaceOrderTests
{
    [Theory]
    [InlineData(WorkKind.Restore, 30, WorkKind.OnDemand, 0)]
    [InlineData(WorkKind.OnDemand, 59, WorkKind.Scheduled, 0)]
    [InlineData(WorkKind.Scheduled, 59, WorkKind.Drill, 0)]
    [InlineData(WorkKind.Restore, 179, WorkKind.Drill, 0)]
    [InlineData(WorkKind.OnDemand, 0, WorkKind.OnDemand, 1)]
    [InlineData(WorkKind.Scheduled, 0, WorkKind.OnDemand, 61)]
    [InlineData(WorkKind.Drill, 0, WorkKind.Restore, 181)]
    public void Compare_OfTwo_GoesByTheKindAndByAnHourOfWaitingForEachStep(WorkKind first, int since, WorkKind second, int after) =>
        Assert.True(PlaceOrder.Instance.Compare(Ledger.Wish("a", first, minutes: since), Ledger.Wish("b", second, minutes: after)) < 0);

    /// <summary>However much comes, and whatever budgets it needs: each begins after no more than what was there before it, and what came within the hours of its kind.</summary>
    [Fact]
    public void Queue_UnderAnEndlessStreamOfTheFirstKinds_StarvesNobody() => Gen.Int.Sample(seed =>
    {
        var luck = new Random(seed);
        var ledger = new Ledger(Ledger.Budget("fleet", 3), Ledger.Budget("member", 2, BudgetEach.Member), Ledger.Budget("space", 1, BudgetEach.Namespace));
        for (var minute = 0; minute < 700; minute++)
        {
            // As much as can run, and more: mostly of the first kinds.
            var kind = luck.Next(20) switch { 0 => WorkKind.Drill, 1 or 2 => WorkKind.Scheduled, < 8 => WorkKind.OnDemand, _ => WorkKind.Restore };
            var wishes = ledger.State.Waiting.Select(waiter => waiter.Wish).ToList();
            if (minute < 400 && wishes.Count < 60)
                wishes.Add(Ledger.Wish($"{kind}-{minute}", kind, $"m{luck.Next(2)}", $"ns{luck.Next(2)}", minute));
            ledger.Hear([.. wishes.Select(wish => new BudgetEvent.Asked(wish, ledger.Now)), .. ledger.State.Leases.Select(lease => new BudgetEvent.Renewed(lease.Wish, lease.Number))]);
            foreach (var ended in ledger.State.Leases.Where(_ => luck.Next(3) == 0).ToList())
                ledger.End(ended.Wish.Name);
            ledger.After(TimeSpan.FromMinutes(1));
            Assert.All(ledger.State.Waiting, waiter => Assert.True(
                ledger.Now - waiter.Wish.Since < (PlaceOrder.Step * (int)waiter.Wish.Kind) + TimeSpan.FromHours(4), $"{waiter.Wish.Name} waits since {waiter.Wish.Since}."));
        }

        Assert.Empty(ledger.State.Waiting);
    }, iter: 100);
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Grains.Budgets;
using static ControlPlane.Grains.Tests.Budgets.Ledger;

namespace ControlPlane.Grains.Tests.Budgets;

/// <summary>Who gets a place, who waits and why, and when a place is free again.</summary>
public sealed class BudgetMachineTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Ask_WhereThereIsRoom_GivesPlacesInTheOrderOfTheKinds()
    {
        var ledger = new Ledger(Budget(total: 3)).Ask(
            Wish("drill", WorkKind.Drill), Wish("nightly", WorkKind.Scheduled), Wish("now2", minutes: 1), Wish("now1"), Wish("back", WorkKind.Restore, minutes: 2));

        Assert.Equal(["back", "now1", "now2"], ledger.Turn.Granted.Select(wish => wish.Name));
        Assert.Equal(["nightly", "drill"], ledger.Waiting);
        Assert.Equal((1, 2), (ledger.Wait("nightly").Position, ledger.Wait("drill").Position));
        Assert.Equal((Reasons.WaitingForPlace, "fleet"), (ledger.Wait("nightly").Reason, ledger.Wait("nightly").Budget));
        Assert.True(ledger.Turn.MustStore);
    }

    [Fact]
    public void GiveBack_OfAPlace_GivesItToTheFirstInLine()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a"), Wish("b", minutes: 1), Wish("c", minutes: 2)).Begin("a").End("a");

        Assert.Equal(["b"], ledger.Holders);
        Assert.Equal(["c"], ledger.Waiting);
    }

    [Theory]
    [InlineData(BudgetEach.Together, 1)]
    [InlineData(BudgetEach.Member, 2)]
    [InlineData(BudgetEach.Namespace, 3)]
    [InlineData(BudgetEach.Node, 3)]
    [InlineData(BudgetEach.Storage, 1)]
    public void Ask_UnderOnePlaceForEach_RunsAsManyAsThereAre(BudgetEach each, int running)
    {
        var ledger = new Ledger(Budget(total: 1, each: each)).Ask(Wish("a", node: "n1"), Wish("b", space: "bar", node: "n2"), Wish("c", member: "eu", space: "bar", node: "n1"), Wish("d", member: "eu", space: "bar", node: "n1"));

        Assert.Equal(running, ledger.State.Leases.Count);
    }

    [Fact]
    public void Ask_UnderLimitsOfKinds_CountsEachApart()
    {
        var ledger = new Ledger(Budget() with { Backups = 1, Drills = 0 }).Ask(
            Wish("now"), Wish("nightly", WorkKind.Scheduled), Wish("back1", WorkKind.Restore), Wish("back2", WorkKind.Restore), Wish("drill", WorkKind.Drill));

        Assert.Equal(["back1", "back2", "now"], ledger.Holders.Order());
        Assert.Contains("lets 1 backups run at once", ledger.Wait("nightly").Message, StringComparison.Ordinal);
        Assert.Contains("lets 0 drills run at once", ledger.Wait("drill").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_OfWhatASelectorDoesNotName_IsNotBound()
    {
        var elsewhere = Store with { Bucket = "other" };
        var ledger = new Ledger(Budget(total: 0) with { Members = ["eu"], Namespaces = ["shop"], Storages = [new(Store.Type, Store.Bucket, null)] })
            .Ask(Wish("a"), Wish("b", member: "eu", space: "bar"), Wish("c", member: "eu") with { Place = elsewhere }, Wish("d", member: "eu"));

        Assert.Equal(["d"], ledger.Waiting);
    }

    [Fact]
    public void Ask_UnderSeveralBudgets_NeedsAPlaceInAllOfThem()
    {
        var ledger = new Ledger(Budget("store", 8, BudgetEach.Storage), Budget("member", 3, BudgetEach.Member))
            .Ask([.. Enumerable.Range(0, 30).Select(number => Wish($"b{number:00}", member: $"m{number % 3}", minutes: number))]);

        Assert.Equal(8, ledger.State.Leases.Count);
        Assert.All(ledger.State.Leases.CountBy(lease => lease.Wish.Member), member => Assert.InRange(member.Value, 2, 3));
    }

    // The narrower budget is full: whoever waits for it must not hold what others need.
    [Fact]
    public void Ask_BehindOneWhoseNarrowBudgetIsFull_IsNotBlocked()
    {
        var ledger = new Ledger(Budget("fleet", 2), Budget("shop", 1) with { Namespaces = ["shop"] }).Ask(Wish("a")).Ask(Wish("b", minutes: 1), Wish("c", space: "bar", minutes: 2));

        Assert.Equal(["a", "c"], ledger.Holders);
        Assert.Equal("shop", ledger.Wait("b").Budget);
    }

    // One bucket, and members with fewer places than it has: what waits for its own member leaves the bucket to the others.
    [Fact]
    public void Ask_OfManyOfOneMember_LeavesTheSharedStoreToTheOthers()
    {
        var ledger = new Ledger(Budget("store", 8, BudgetEach.Storage), Budget("member", 3, BudgetEach.Member))
            .Ask([.. Enumerable.Range(0, 20).Select(number => Wish($"a{number:00}", member: "a", minutes: number)), .. Enumerable.Range(0, 5).Select(number => Wish($"b{number}", member: "b", minutes: 20 + number))]);

        Assert.Equal(["a00", "a01", "a02", "b0", "b1", "b2"], ledger.Holders);
        Assert.Equal(("member", 17), (ledger.Wait("a19").Budget, ledger.Wait("a19").Position));
    }

    // Two run in the member and one holds its third place while it waits for the store: who comes after is number 2, and expected behind it.
    [Fact]
    public void Position_BehindOneThatHoldsAPlaceAndWaitsForAnother_CountsIt()
    {
        var ledger = new Ledger(Budget("member", 2, BudgetEach.Member), Budget("store", 3, BudgetEach.Storage)).Ask(Wish("first")).Begin("first").After(Minute).End("first");
        ledger.Ask(Wish("a"), Wish("b", member: "eu"), Wish("c", member: "eu"), Wish("waits", minutes: 1), Wish("after", minutes: 2));

        Assert.Equal(("store", 1, ledger.Now + Minute), (ledger.Wait("waits").Budget, ledger.Wait("waits").Position, ledger.Wait("waits").ExpectedStart));
        Assert.Equal(("member", 2, ledger.Now + Minute), (ledger.Wait("after").Budget, ledger.Wait("after").Position, ledger.Wait("after").ExpectedStart));
    }

    // The wide one is full: whoever is first keeps what is free in the narrow one, else both would never be free together.
    [Fact]
    public void Ask_ForTheNarrowWhileTheFirstWaitsForTheWide_ComesAfterIt()
    {
        var (bar, store) = (Store with { Bucket = "bar" }, Budget("store", 1, BudgetEach.Storage));
        var ledger = new Ledger(store, Budget("fleet", 1) with { Namespaces = ["shop"] }).Ask(Wish("a") with { Place = bar });
        ledger.Ask(Wish("first", minutes: 1), Wish("later", space: "bar", minutes: 2));

        Assert.Equal(["a"], ledger.Holders);
        Assert.Equal(["first"], ledger.Begin("a").End("a").Holders);
    }

    [Fact]
    public void Ask_OfTwoOfOneCluster_GivesOneAfterTheOther()
    {
        PlaceWish first = Wish("a") with { Cluster = "orders" }, second = Wish("b", minutes: 1) with { Cluster = "orders" }, drill = Wish("d", WorkKind.Drill) with { Cluster = "orders" };
        var ledger = new Ledger(Budget(total: 9)).Ask(first, second, drill);

        Assert.Equal(["a", "d"], ledger.Holders.Order());
        Assert.Contains("cluster 'orders'", ledger.Wait("b").Message, StringComparison.Ordinal);
        Assert.Empty(ledger.Turn.Suspects);

        // Its cluster asks for another although it is said to run: it has most likely ended.
        ledger.Begin("a").After(Minute).Ask(second);
        Assert.Equal(["a"], ledger.Turn.Suspects.Select(lease => lease.Wish.Name));
    }

    [Fact]
    public void Ask_AgainByOneWhoHasAPlace_GetsItUnderANewNumber()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a"));
        var earlier = ledger.State.Leases[0].Number;
        ledger.After(Minute * 5).Ask(Wish("a"));

        Assert.Equal(ledger.Now + BudgetMachine.ToBegin, BudgetMachine.PlaceOf(ledger.State, "uid-a", ledger.Budgets)!.BeginsBy);
        Assert.True(ledger.State.Leases[0].Number > earlier);

        // What was on its way about the earlier place counts for nothing.
        ledger.Hear(new BudgetEvent.GivenBack("uid-a", earlier), new BudgetEvent.Answered("uid-a", earlier, Holds: false));
        ledger.Hear(new BudgetEvent.Asked(Wish("a"), ledger.Now.AddSeconds(-1)));
        Assert.Equal(["a"], ledger.Holders);
    }

    // The word of it may still be on its way: it must not be somebody else's place meanwhile.
    [Fact]
    public void GiveBack_OfAPlaceThatMayStillBeBegunWith_FreesItOnceItMayNot()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a"), Wish("b", minutes: 1));
        var number = ledger.State.Leases[0].Number;
        ledger.After(TimeSpan.FromSeconds(10)).Ask(Wish("a"));
        Assert.Equal(number, BudgetMachine.PlaceOf(ledger.State, "uid-a", ledger.Budgets)!.Number);

        ledger.End("a");
        Assert.Equal(["a"], ledger.Holders);
        Assert.Null(BudgetMachine.PlaceOf(ledger.State, "uid-a", ledger.Budgets));
        Assert.True(ledger.Turn.HoldsUntil <= ledger.Now + BudgetMachine.ToBegin);
        Assert.Equal(["b"], ledger.After(BudgetMachine.ToBegin + BudgetMachine.Margin).Hear().Holders);
    }

    [Fact]
    public void Ask_AgainOnceTheNodeIsKnown_WaitsForThatNode()
    {
        var ledger = new Ledger(Budget(total: 1, each: BudgetEach.Node)).Ask(Wish("a", node: "n1")).Begin("a").Ask(Wish("b")).Begin("b");
        Assert.Equal(["a", "b"], ledger.Holders);
        Assert.True(BudgetMachine.PlaceOf(ledger.Ask(Wish("c")).State, "uid-c", ledger.Budgets)!.CountsNodes);

        ledger.End("b").Ask(Wish("b", node: "n1"));
        Assert.Equal(["b"], ledger.Waiting);
    }

    [Fact]
    public void Renew_OfOneThatIsNotKnown_IsCountedAlsoAboveTheLimit()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a")).Begin("a").Hear(new BudgetEvent.Renewed(Wish("b"), 0));

        Assert.Equal(["a", "b"], ledger.Holders);
        ledger.End("a").Ask(Wish("c"));
        Assert.Equal(["b"], ledger.Holders);
        Assert.Equal(["c"], ledger.Waiting);
        Assert.Equal(["c"], ledger.Hear(new BudgetEvent.GivenBack("uid-b", 0)).Holders);
    }

    [Fact]
    public void Next_AfterTheFirstBudgetCame_GivesNothingUntilWhatRunsHasBeenCounted()
    {
        var state = BudgetMachine.Next(new(), [new BudgetEvent.Asked(Wish("a"), Now)], [Budget(total: 1)], Now).State;
        Assert.Empty(state.Leases);

        state = BudgetMachine.Next(state, [new BudgetEvent.Renewed(Wish("runs"), 0)], [Budget(total: 1)], Now + Minute).State;
        state = BudgetMachine.Next(state, [new BudgetEvent.Asked(Wish("a"), Now)], [Budget(total: 1)], Now + BudgetMachine.Counting).State;
        Assert.Equal(["runs"], state.Leases.Select(lease => lease.Wish.Name));
    }

    [Fact]
    public void Next_OnceThereIsNoBudget_LetsAllGo()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a"), Wish("b"));
        ledger.Budgets = [];
        ledger.Hear();

        Assert.Equal(["b"], ledger.Turn.Granted.Select(wish => wish.Name));
        Assert.Equal((0, 0, null), (ledger.State.Leases.Count, ledger.State.Waiting.Count, ledger.State.CountsSince));
        Assert.Same(ledger.State, ledger.Hear().State);
    }

    [Fact]
    public void Next_AfterABudgetWasTightened_TakesNothingAwayAndGivesNothing()
    {
        var ledger = new Ledger(Budget(total: 3)).Ask(Wish("a"), Wish("b"), Wish("c"), Wish("d")).Begin("a").Begin("b").Begin("c");
        ledger.Budgets = [Budget(total: 1)];

        Assert.Equal(3, ledger.Hear().State.Leases.Count);
        Assert.Equal(["c"], ledger.End("a").End("b").Holders);
        var status = BudgetStatusBuilder.Build(new("fleet", "fleet", 1, Budget(total: 0), []), ledger.State, ledger.Turn.Waits, null, ledger.Now);
        Assert.Contains(status.Conditions, condition => condition is { Type: "Exceeded", Status: true, Reason: Reasons.OverLimit } && condition.Message.Contains("1 of 0 in all", StringComparison.Ordinal));
        ledger.Budgets = [Budget(total: 2)];
        Assert.Equal(["c", "d"], ledger.Hear().Holders);
    }

    [Fact]
    public void Silent_HoldersAndWaiters_AreAskedOrForgotten()
    {
        var ledger = new Ledger(Budget(total: 2)).Ask(Wish("begun"), Wish("never"), Wish("waits")).Begin("begun").After(BudgetMachine.ToBegin + Minute + TimeSpan.FromSeconds(1));
        Assert.Equal(["never"], BudgetMachine.Silent(ledger.State, ledger.Now).Select(lease => lease.Wish.Name));

        ledger.After(BudgetMachine.Silence);
        Assert.Equal(["begun", "never"], BudgetMachine.Silent(ledger.State, ledger.Now).Select(lease => lease.Wish.Name).Order());
        ledger.Hear([.. BudgetMachine.Silent(ledger.State, ledger.Now).Select(lease => new BudgetEvent.Answered(lease.Wish.Uid, lease.Number, lease.Wish.Name == "begun"))]);
        Assert.Equal(["begun"], ledger.Holders);
        Assert.Empty(ledger.Waiting);
        Assert.Empty(BudgetMachine.Silent(ledger.State, ledger.Now));
    }

    // Whoever cannot be asked may be at work: it keeps its place until its own deadline is long over.
    [Fact]
    public void Unanswered_ByASilentHolder_KeepsThePlaceWhileItMayRun()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a")).Begin("a");
        var number = ledger.State.Leases[0].Number;

        Assert.Equal(["a"], ledger.After(TimeSpan.FromHours(12)).Hear(new BudgetEvent.Unanswered("uid-a", number)).Holders);
        Assert.Empty(ledger.After(BudgetMachine.Grace + Minute).Hear(new BudgetEvent.Unanswered("uid-a", number)).Holders);
    }

    [Fact]
    public void Woken_AfterASilence_ForgetsNobodyBeforeHeHadHisChance()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a"), Wish("b")).Begin("a").After(TimeSpan.FromHours(1)).Hear(new BudgetEvent.Woken());

        Assert.Empty(BudgetMachine.Silent(ledger.State, ledger.Now));
        Assert.Equal(["b"], ledger.Waiting);
    }

    [Fact]
    public void Ask_OutsideOfABudgetsWindow_WaitsUntilItOpensAndBlocksNobody()
    {
        var opens = Now.AddMinutes(30);
        var ledger = new Ledger(Budget(total: 1) with { Times = new() { Windows = [new() { From = opens.TimeOfDay, To = opens.TimeOfDay.Add(Minute * 60) }] } })
            .Ask(Wish("nightly", WorkKind.Scheduled, minutes: -300), Wish("now"));

        Assert.Equal(["now"], ledger.Holders);
        Assert.Equal((Reasons.OutsideWindow, opens, "fleet"), (ledger.Wait("nightly").Reason, ledger.Wait("nightly").ExpectedStart, ledger.Wait("nightly").Budget));
        ledger.Begin("now").End("now");
        Assert.True(ledger.Turn.HoldsUntil <= opens);
        ledger.After(opens - ledger.Now - Minute).Ask(Wish("nightly", WorkKind.Scheduled, minutes: -300)).After(Minute).Hear();
        Assert.Equal(["nightly"], ledger.Holders);
    }

    [Fact]
    public void Share_OfABandwidth_IsEqualForThoseWhoSend()
    {
        var ledger = new Ledger(Budget() with { Each = BudgetEach.Storage, UploadBytesPerSecond = 300 }).Ask(Wish("a"), Wish("b"), Wish("back", WorkKind.Restore));
        Assert.Equal([150L, 150L, null], ledger.State.Leases.OrderBy(lease => lease.Wish.Name).Select(lease => lease.UploadBytesPerSecond));

        ledger.Begin("a").End("a");
        Assert.Equal(300, BudgetMachine.PlaceOf(ledger.State, "uid-b", ledger.Budgets)!.UploadBytesPerSecond);
    }

    [Fact]
    public void ExpectedStart_OnceTheLikeHasEnded_FollowsFromHowLongItTook()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a"), Wish("b", minutes: 1), Wish("c", minutes: 2), Wish("d", minutes: 3)).Begin("a");
        Assert.Null(ledger.Wait("b").ExpectedStart);

        ledger.After(Minute * 3).End("a").Begin("b");
        Assert.Equal((ledger.Now + (Minute * 3), ledger.Now + (Minute * 6)), (ledger.Wait("c").ExpectedStart, ledger.Wait("d").ExpectedStart));
    }

    [Fact]
    public void Ask_OfMoreThanTheLedgerHolds_LetsTheFirstWait()
    {
        var ledger = new Ledger(Budget(total: 0)).Ask([.. Enumerable.Range(0, BudgetMachine.MostWaiting).Select(number => Wish($"b{number}", WorkKind.Scheduled, minutes: number))]);
        ledger.Ask(Wish("late", WorkKind.Drill), Wish("back", WorkKind.Restore));

        Assert.Equal(BudgetMachine.MostWaiting, ledger.State.Waiting.Count);
        Assert.Equal("back", ledger.Waiting.First());
        Assert.DoesNotContain(ledger.Waiting, name => name == $"b{BudgetMachine.MostWaiting - 1}");
        ledger.Ask(Wish("last", WorkKind.Drill, minutes: BudgetMachine.MostWaiting));
        Assert.DoesNotContain("last", ledger.Waiting);
    }

    [Fact]
    public void Next_WhereNothingChanged_JudgesNobodyAnew()
    {
        var ledger = new Ledger(Budget(total: 1)).Ask(Wish("a"), Wish("b"));
        var again = BudgetMachine.Next(ledger.State, [new BudgetEvent.Asked(Wish("b"), Now)], ledger.Budgets, ledger.Now.AddSeconds(30), ledger.Turn);

        Assert.Same(ledger.Turn.Waits, again.Waits);
        Assert.False(again.MustStore);
        Assert.Equal(ledger.Now.AddSeconds(30), again.State.Waiting[0].Heard);
    }

    [Theory]
    [InlineData(100, 95, false)]
    [InlineData(100, 80, true)]
    [InlineData(3, 2, true)]
    [InlineData(2, 1, true)]
    public void Words_AtAStepInTheLine_AreNewOnlyWhereItMatters(int told, int now, bool anew)
    {
        PlaceWait before = new() { Reason = Reasons.WaitingForPlace, Message = "m", Budget = "fleet", Position = told }, fresh = before with { Position = now, Message = "n" };

        Assert.Same(anew ? fresh : before, BudgetWords.Next(before, fresh, Now));
        var other = before with { Budget = "store" };
        Assert.Same(other, BudgetWords.Next(before, other, Now));
    }

    private static DateTimeOffset Now => Fixtures.Samples.Start;
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Budgets;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Budgets;

/// <summary>The ledger in one silo: clusters ask it, backups begin by what it says, and the edge is looked into.</summary>
public sealed class BudgetGrainTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly SiloFixture silo = new();

    private IBudgetGrain TheLedger => silo.Client.GetGrain<IBudgetGrain>(IBudgetGrain.Key);

    public ValueTask InitializeAsync() => silo.InitializeAsync();

    public ValueTask DisposeAsync() => silo.DisposeAsync();

    [Fact]
    public async Task Apply_WithoutABudget_AsksNobody()
    {
        var backup = await BeginAsync("free", "b");
        await RunningAsync(backup);

        Assert.Equal((0, 0), ((await TheLedger.GetViewAsync()).Holders.Count, (await TheLedger.GetViewAsync()).Waiting.Count));
    }

    [Fact]
    public async Task Apply_UnderABudget_WaitsInLineAndBeginsWhenAPlaceIsFree()
    {
        await LimitAsync(Ledger.Budget(total: 1));
        var first = await BeginAsync("one", "b");
        await RunningAsync(first);
        var second = await BeginAsync("two", "b");
        await silo.UntilAsync(() => silo.Edge.Last(second) is { Reason: Reasons.WaitingForPlace, Line: { Budget: "fleet", Position: 1 } });
        await silo.UntilAsync(() => silo.Edge.BudgetStatuses.TryGetValue("fleet", out var shown) && shown is { InUse.Backups: 1, Waiting.Total: 1, Holders: [{ Namespace: "one", Kind: WorkKind.OnDemand }] });

        await EndAsync(first);
        await RunningAsync(second);
        await silo.UntilAsync(() => silo.Edge.Last(second) is { Line: null });
        await EndAsync(second);
        await silo.UntilAsync(() => silo.Edge.BudgetStatuses["fleet"] is { InUse.Total: 0, Waiting.Total: 0 });
    }

    [Fact]
    public async Task Follow_OfAWiderBudget_BeginsWhatWaitsAtOnce()
    {
        await LimitAsync(Ledger.Budget(total: 0));
        var backup = await BeginAsync("wide", "b");
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Reason == Reasons.WaitingForPlace);

        await SetAsync(Ledger.Budget(total: 1));
        await RunningAsync(backup, TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Follow_OfNoBudgetAnyMore_BeginsWhatWaits()
    {
        await LimitAsync(Ledger.Budget(total: 0));
        var backup = await BeginAsync("gone", "b");
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Reason == Reasons.WaitingForPlace);

        await SetAsync();
        await RunningAsync(backup);
    }

    [Fact]
    public async Task Limit_OfAFleetThatRunsAlready_CountsWhatRuns()
    {
        var first = await BeginAsync("early", "b");
        await RunningAsync(first);
        await SetAsync(Ledger.Budget(total: 1));
        var second = await BeginAsync("late", "b");
        await silo.UntilAsync(() => silo.Edge.Last(second)?.Message.Contains("is being counted", StringComparison.Ordinal) is true);

        await silo.UntilAsync(() => silo.Edge.Last(second)?.Line?.Position == 1, TimeSpan.FromSeconds(5));
        Assert.Equal([first.Name], (await TheLedger.GetViewAsync()).Holders.Select(holder => holder.Name));
        await EndAsync(first);
        await RunningAsync(second);
    }

    [Fact]
    public async Task Apply_WhileTheBudgetsAreNotRead_WaitsForThem()
    {
        silo.Edge.Current = null;
        var backup = await BeginAsync("blind", "b");
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Message.Contains("have not been read", StringComparison.Ordinal) is true);

        silo.Edge.Current = [];
        await RunningAsync(backup);
    }

    // The ledger's silo dies: what is stored is what was told, and the line is as it was.
    [Fact]
    public async Task Ledger_PutAwayAndBackAgain_KnowsPlacesAndLine()
    {
        await LimitAsync(Ledger.Budget(total: 1));
        var first = await BeginAsync("before", "b");
        await RunningAsync(first);
        var second = await BeginAsync("after", "b");
        await silo.UntilAsync(() => silo.Edge.Last(second)?.Line?.Position == 1);
        await silo.DeactivateAsync(TheLedger);

        await silo.UntilAsync(() => TheLedger.GetViewAsync().Result is { Holders: [{ Namespace: "before" }], Waiting: [{ Namespace: "after" }] }, TimeSpan.FromSeconds(5));
        await EndAsync(first);
        await RunningAsync(second);
    }

    // The word that it ended never came, and neither did any other: it is asked, and says so.
    [Fact]
    public async Task Holder_ThatIsNoMore_GivesItsPlaceBackByItself()
    {
        await LimitAsync(Ledger.Budget(total: 1));
        await TheLedger.RenewAsync(Ledger.Wish("ghost"), 0);
        var backup = await BeginAsync("heir", "b");
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Reason == Reasons.WaitingForPlace);

        await RunningAsync(backup, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Share_OfABandwidth_FollowsWhoRuns()
    {
        await LimitAsync(Ledger.Budget() with { Each = BudgetEach.Storage, UploadBytesPerSecond = 8 << 20 });
        var first = await BeginAsync("share1", "b");
        await RunningAsync(first);
        Assert.Equal(8 << 20, silo.Edge.Jobs[Job(first)!].Request.UploadBytesPerSecond);
        var second = await BeginAsync("share2", "b");
        await RunningAsync(second);

        Assert.Equal(4 << 20, silo.Edge.Jobs[Job(second)!].Request.UploadBytesPerSecond);
        await silo.UntilAsync(() => silo.Edge.Last(first)?.UploadBytesPerSecond == 4 << 20);
        await EndAsync(first);
        await silo.UntilAsync(() => silo.Edge.Last(second)?.UploadBytesPerSecond == 8 << 20);
    }

    [Fact]
    public async Task Apply_WhereNodesAreCounted_WaitsForTheNodeOfItsSource()
    {
        await LimitAsync(Ledger.Budget(total: 1, each: BudgetEach.Node));
        var first = await BeginAsync("node1", "b");
        await RunningAsync(first);
        Assert.Equal("node-a", (await TheLedger.GetViewAsync()).Holders.Single().Node);
        var second = await BeginAsync("node2", "b");
        await SurveyAsync(second);
        await silo.UntilAsync(() => silo.Edge.Last(second)?.Line is { Budget: "fleet", Position: 1 });

        await EndAsync(first);
        await RunningAsync(second);
    }

    [Fact]
    public async Task Ask_ByManyAtOnce_IsOneWrite()
    {
        await LimitAsync(Ledger.Budget(total: 100));
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async number =>
        {
            var asked = TheLedger.AskAsync(Ledger.Wish($"many{number}"), silo.Clock.GetUtcNow());
            while (!asked.IsCompleted)
            {
                silo.Clock.Advance(TimeSpan.FromMilliseconds(1));
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }

            return await asked;
        }));

        Assert.All(answers, answer => Assert.NotNull(answer.Place));
        Assert.Equal(50, answers.Select(answer => answer.Place!.Number).Distinct().Count());
    }

    private async Task LimitAsync(params FleetBudgetSpec[] budgets)
    {
        await SetAsync(budgets);
        await TheLedger.RenewAsync(Ledger.Wish("counted"), 0);
        await silo.UntilAsync(() => TheLedger.GetViewAsync().Result.Holders.Count == 1);
        await TheLedger.GiveBackAsync("uid-counted", 0);
        silo.Clock.Advance(BudgetMachine.Counting);
        await silo.UntilAsync(() => TheLedger.GetViewAsync().Result.Holders.Count == 0);
    }

    private async Task SetAsync(params FleetBudgetSpec[] budgets)
    {
        silo.Edge.Current = [.. budgets.Select(budget => new FleetBudget(budget.Name, budget.Uid, 1, budget, []))];
        await TheLedger.FollowAsync();
    }

    private async Task<BackupKey> BeginAsync(string space, string name)
    {
        var backup = new BackupKey(Samples.Member, space, name);
        await silo.Cluster(new(Samples.Member, space, "orders")).ApplyAsync(Samples.ClusterSpec());
        await silo.Backup(backup).ApplyAsync(Samples.Spec(Uid(backup)) with { Created = silo.Clock.GetUtcNow() });
        return backup;
    }

    private async Task SurveyAsync(BackupKey backup)
    {
        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == backup));
        await silo.Backup(backup).ChooseSourceAsync(Samples.GoodSurvey(Uid(backup)));
    }

    private async Task RunningAsync(BackupKey backup, TimeSpan? step = null)
    {
        await silo.UntilAsync(() =>
        {
            if (silo.Edge.Surveys.Any(order => order.Backup == backup))
                silo.Backup(backup).ChooseSourceAsync(Samples.GoodSurvey(Uid(backup))).Wait();
            return Job(backup) is not null;
        }, step, $"{backup} runs; last shown: {silo.Edge.Last(backup)}");
    }

    private async Task EndAsync(BackupKey backup)
    {
        await silo.Backup(backup).ObserveJobAsync(new() { Uid = Uid(backup), Job = Job(backup)!, State = JobState.Complete, Report = Samples.Success(uid: Uid(backup)) });
        await silo.UntilPhaseAsync(backup, BackupPhase.Succeeded);
    }

    private string? Job(BackupKey backup) => silo.Edge.JobOf(backup, JobOperation.Backup);

    private static string Uid(BackupKey backup) => $"uid-{backup.Namespace}-{backup.Name}";
}

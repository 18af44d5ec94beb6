using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Budgets;

/// <summary>A cluster's own windows and blackouts, which bind it whether the fleet has budgets or not.</summary>
public sealed class ClusterTimesTests : IAsyncLifetime
{
    private readonly SiloFixture silo = new();

    public ValueTask InitializeAsync() => silo.InitializeAsync();

    public ValueTask DisposeAsync() => silo.DisposeAsync();

    [Fact]
    public async Task Backup_OfASchedule_WaitsForTheWindowAndSaysWhenItOpens()
    {
        var opens = Soon(20);
        var backup = await BeginAsync("window", new() { Windows = [Window(opens)] }, scheduled: true);
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Reason == Reasons.OutsideWindow);

        Assert.Equal(opens, silo.Edge.Last(backup)!.Line!.ExpectedStart);
        Assert.EndsWith("(spec.backup of the cluster)", silo.Edge.Last(backup)!.Message, StringComparison.Ordinal);
        Assert.True(silo.Clock.GetUtcNow() < opens);
        await RunningAsync(backup);
        Assert.InRange(silo.Clock.GetUtcNow(), opens, opens.AddMinutes(5));
        await silo.UntilAsync(() => silo.Edge.Last(backup) is { Line: null });
    }

    [Fact]
    public async Task Backup_ThatSomebodyAskedFor_DoesNotWaitForAWindow()
    {
        var opens = Soon(120);
        var backup = await BeginAsync("demand", new() { Windows = [Window(opens)] }, scheduled: false);

        await RunningAsync(backup);
        Assert.True(silo.Clock.GetUtcNow() < opens);
    }

    [Fact]
    public async Task Backup_InABlackoutThatBindsAll_WaitsForItsEnd()
    {
        var end = Soon(20);
        var backup = await BeginAsync("blackout", new() { Blackouts = [new() { When = new() { End = end }, BindsAll = true, Reason = "sales" }] }, scheduled: false);
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Reason == Reasons.Blackout);

        Assert.Equal(end, silo.Edge.Last(backup)!.Line!.ExpectedStart);
        await RunningAsync(backup);
        Assert.True(silo.Clock.GetUtcNow() >= end);
    }

    [Fact]
    public async Task Window_ThatIsTakenAway_LetsGoWhatWaits()
    {
        var backup = await BeginAsync("changed", new() { Windows = [Window(Soon(600))] }, scheduled: true);
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Reason == Reasons.OutsideWindow);

        await silo.Cluster(new(Samples.Member, "changed", "orders")).ApplyAsync(Samples.ClusterSpec(generation: 2));
        await RunningAsync(backup);
    }

    // To the minute, as windows are.
    private DateTimeOffset Soon(int minutes)
    {
        var now = silo.Clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)).AddMinutes(minutes);
    }

    private static TimeWindow Window(DateTimeOffset opens) => new() { From = opens.TimeOfDay, To = opens.AddHours(1).TimeOfDay };

    private async Task<BackupKey> BeginAsync(string space, TimeRules times, bool scheduled)
    {
        var backup = new BackupKey(Samples.Member, space, "b");
        await silo.Cluster(new(Samples.Member, space, "orders")).ApplyAsync(Samples.ClusterSpec() with { Times = times });
        await silo.Backup(backup).ApplyAsync(Samples.Spec(Uid(backup)) with { Created = silo.Clock.GetUtcNow(), Schedule = scheduled ? "nightly" : null });
        return backup;
    }

    private Task RunningAsync(BackupKey backup) => silo.UntilAsync(() =>
    {
        if (silo.Edge.Surveys.Any(order => order.Backup == backup))
            silo.Backup(backup).ChooseSourceAsync(Samples.GoodSurvey(Uid(backup))).Wait();
        return silo.Edge.JobOf(backup, JobOperation.Backup) is not null;
    }, TimeSpan.FromSeconds(10), $"{backup} runs; last shown: {silo.Edge.Last(backup)}");

    private static string Uid(BackupKey backup) => $"uid-{backup.Namespace}-{backup.Name}";
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Scheduling;

/// <summary>The alarm clock and the hand that asks for backups, in a real silo whose clock the test moves.</summary>
public sealed class ScheduleGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    // Time goes by in small steps: a busy machine, which hears of a reminder some steps late, must not miss a whole due time.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Reminder_WhenASchedulesTimeComes_AsksForItsBackupOnce()
    {
        var key = await AppliedAsync("due", "0 * * * *");
        var due = Shown(key).NextDue!.Value;
        await silo.DeactivateAsync(silo.Cluster(key));

        await silo.UntilAsync(() => Orders(key).Count == 1, Step);
        Assert.Equal((due, "nightly", "s3-main"), (Orders(key)[0].Due, Orders(key)[0].Schedule, Orders(key)[0].StorageName));
        await silo.UntilAsync(() => Shown(key) is { LastOutcome: ScheduleOutcomes.Started } shown && shown.NextDue == due.AddHours(1));

        await silo.DeactivateAsync(silo.Cluster(key));
        await silo.UntilAsync(() => silo.Clock.GetUtcNow() > due.AddMinutes(40), Step);
        Assert.Single(Orders(key));
    }

    [Fact]
    public async Task Request_ThatTheApiServerRefuses_IsSaidAgainAndHoldsNothingElseUp()
    {
        var failures = 0;
        silo.Edge.Trouble = (method, name) =>
        {
            if (method == nameof(IBackupRequester.RequestAsync) && name.StartsWith("refused-", StringComparison.Ordinal) && failures++ < 3)
                throw new InvalidOperationException("exceeded quota: backups.");
        };
        var key = await AppliedAsync("refusing", "0 * * * *", "refused");

        await silo.UntilAsync(() => Shown(key).Message.Contains("exceeded quota: backups.", StringComparison.Ordinal), Step);
        await silo.UntilAsync(() => Orders(key).Count == 1);

        Assert.Equal(4, failures);
        await silo.UntilAsync(() => Shown(key).Message.Length == 0);
    }

    [Fact]
    public async Task End_OfAScheduledBackup_IsShownAsTheOutcome()
    {
        var key = await AppliedAsync("ending", "0 * * * *");
        await silo.UntilAsync(() => Orders(key).Count == 1, Step);
        var order = Orders(key)[0];

        await silo.Cluster(key).BackupEndedAsync(new() { Backup = order.Backup, Uid = "b1", Phase = BackupPhase.Succeeded, Completed = silo.Clock.GetUtcNow(), Began = true });

        await silo.UntilAsync(() => Shown(key) is { LastOutcome: ScheduleOutcomes.Succeeded } shown && shown.LastDue == order.Due);
    }

    [Fact]
    public async Task Tick_WhereTheNewsOfTheEndWasLost_AsksTheBackup()
    {
        var key = await AppliedAsync("lost-news", "0 * * * *");
        await silo.UntilAsync(() => Orders(key).Count == 1, Step);
        var backup = Orders(key)[0].Backup;

        // Another cluster's name in the spec: its news goes elsewhere, as if it had been lost.
        await silo.Backup(backup).ApplyAsync(Samples.Spec("u-lost") with { Created = silo.Clock.GetUtcNow(), ClusterName = "elsewhere", Cancelled = true });
        await silo.UntilPhaseAsync(backup, BackupPhase.Cancelled);

        await silo.UntilAsync(() => Shown(key).LastOutcome == ScheduleOutcomes.Cancelled, Step);
    }

    [Fact]
    public async Task Reminder_WhereTheNewsOfTheEarlierEndWasLost_IsNotTakenForStillRunning()
    {
        var key = await AppliedAsync("unheard-end", "* * * * *");
        await silo.UntilAsync(() => Orders(key).Count == 1, TimeSpan.FromMilliseconds(500));
        var backup = Orders(key)[0].Backup;
        await silo.Backup(backup).ApplyAsync(Samples.Spec("u-unheard") with { Created = silo.Clock.GetUtcNow(), ClusterName = "elsewhere", Cancelled = true });
        await silo.UntilPhaseAsync(backup, BackupPhase.Cancelled);

        await silo.UntilAsync(() => Orders(key).Count == 2, TimeSpan.FromMilliseconds(500));

        Assert.Equal(0, Shown(key).Missed);
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec(generation: 2));
    }

    [Fact]
    public async Task Tick_WhereTheResourceNeverCame_FreesTheSchedule()
    {
        var key = await AppliedAsync("deleted", "0 * * * *");
        await silo.UntilAsync(() => Orders(key).Count == 1, Step);

        await silo.UntilAsync(() => Shown(key).LastOutcome == ScheduleOutcomes.Deleted, Step);
        await silo.UntilAsync(() => Orders(key).Count == 2, Step);
    }

    [Fact]
    public async Task Reminder_AfterHoursWithoutAnybody_MakesUpForTheNewestAndCountsTheOthers()
    {
        var key = await AppliedAsync("outage", "0 * * * *");
        var due = Shown(key).NextDue!.Value;

        silo.Clock.Advance(due.AddHours(4).AddMinutes(10) - silo.Clock.GetUtcNow());

        await silo.UntilAsync(() => Shown(key).LastOutcome == ScheduleOutcomes.CatchingUp, TimeSpan.FromSeconds(1));
        Assert.Equal((due.AddHours(4), 4L, Reasons.PlaneAway), (Shown(key).LastDue, Shown(key).Missed, Shown(key).MissedReason));
        Assert.Empty(Orders(key));
        await silo.UntilAsync(() => Orders(key).Count == 1, Step);
        Assert.Equal(due.AddHours(4), Orders(key)[0].Due);
        await silo.UntilAsync(() => silo.Edge.Events.Any(happened => happened is { Namespace: "outage", Reason: Reasons.PlaneAway, Warning: true }));
    }

    [Fact]
    public async Task Apply_ASchedule_TakesEffectAtOnceAndSoDoesTakingItAway()
    {
        var key = await AppliedAsync("changing", "0 0 1 1 *");
        await silo.Cluster(key).ApplyAsync(Spec("0 * * * *") with { Generation = 2 });
        await silo.UntilAsync(() => Orders(key).Count == 1, Step);

        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec(generation: 3));
        await silo.UntilAsync(() => silo.Edge.Last(key)!.Schedules.Count == 0);
        var until = silo.Clock.GetUtcNow().AddMinutes(30);
        await silo.UntilAsync(() => silo.Clock.GetUtcNow() > until, Step);

        Assert.Single(Orders(key));
    }

    private async Task<ClusterKey> AppliedAsync(string @namespace, string cron, string cluster = "orders")
    {
        var key = new ClusterKey(Samples.Member, @namespace, cluster);
        await silo.Cluster(key).ApplyAsync(Spec(cron));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Schedules is [{ NextDue: not null }]);
        return key;
    }

    private static ClusterSpec Spec(string cron) => Almanac.Spec(cron);

    private ScheduleStatus Shown(ClusterKey key) => silo.Edge.Last(key)!.Schedules[0];

    private List<BackupOrder> Orders(ClusterKey key) => [.. silo.Edge.Orders.Where(order => order.Backup.Namespace == key.Namespace)];
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Scheduling;

/// <summary>A schedule by day: what is due is asked for once, and what is not is accounted for. The samples' clock begins on 2026-11-22 at 02:30 UTC.</summary>
public sealed class ScheduleMachineTests
{
    private const string Daily = "0 3 * * *";

    private static readonly DateTimeOffset First = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Tick_BeforeTheDueTime_ChangesNothing()
    {
        var almanac = Almanac.Of(Daily);
        var before = almanac.State;

        Assert.Equal(First, almanac.Schedule.Due);
        Assert.Equal(First, ScheduleMachine.NextWake(Samples.Cluster, before));
        Assert.Same(before, almanac.At(First.AddTicks(-1)).Tick().State);
    }

    [Fact]
    public void Tick_AtTheDueTime_AsksForOneBackupByItsName()
    {
        var almanac = Almanac.Of(Daily).At(First).Tick();

        var order = Assert.Single(ScheduleMachine.Orders(Samples.Cluster, almanac.State));
        Assert.Equal(("local/shop/orders-nightly-202611220300", "orders", "s3-main", "nightly", First), (order.Backup.ToString(), order.ClusterName, order.StorageName, order.Schedule, order.Due));
        Assert.Equal((First.AddDays(1), First, ScheduleOutcomes.Started, 0L), (almanac.Schedule.Due, almanac.Schedule.LastDue, almanac.Schedule.LastOutcome, almanac.Schedule.Missed));
        Assert.Equal([Reasons.BackupDue], almanac.Reasons);
    }

    [Fact]
    public void Tick_TwiceForOneDueTime_AsksOnce()
    {
        var almanac = Almanac.Of(Daily).At(First).Tick();
        var once = almanac.State;

        Assert.Same(once, almanac.After(TimeSpan.FromSeconds(1)).Tick().State);
    }

    [Theory]
    [InlineData(BackupPhase.Succeeded, true, ScheduleOutcomes.Succeeded, 0)]
    [InlineData(BackupPhase.Failed, true, ScheduleOutcomes.Failed, 0)]
    [InlineData(BackupPhase.Cancelled, false, ScheduleOutcomes.Cancelled, 0)]
    [InlineData(BackupPhase.Failed, false, ScheduleOutcomes.Missed, 1)]
    public void Record_TheEndOfABackup_IsTheOutcomeOfItsDueTime(BackupPhase phase, bool began, string outcome, long missed)
    {
        var almanac = Almanac.Of(Daily).At(First).Tick().Make().After(TimeSpan.FromHours(1)).End(phase, began, Reasons.DeadlineExceeded);

        Assert.Empty(almanac.Schedule.Runs);
        Assert.Equal((outcome, missed), (almanac.Schedule.LastOutcome, almanac.Schedule.Missed));
        Assert.Equal(missed > 0 ? Reasons.DeadlineExceeded : null, almanac.Schedule.LastMiss?.Reason);
    }

    [Fact]
    public void Record_OfABackupThatNoScheduleAskedFor_ChangesNothing()
    {
        var almanac = Almanac.Of(Daily).At(First).Tick().Make();
        var before = almanac.State;

        Assert.Same(before, almanac.End(backup: "backup1").State);
    }

    [Fact]
    public void Tick_WhileTheEarlierBackupRuns_CountsTheDueTimeAsMissed()
    {
        var almanac = Almanac.Of(Daily).At(First).Tick().Make().At(First.AddDays(1)).Tick();

        Assert.Single(almanac.Schedule.Runs);
        Assert.Equal((1L, Reasons.BackupRunning, ScheduleOutcomes.Missed), (almanac.Schedule.Missed, almanac.Schedule.LastMiss!.Reason, almanac.Schedule.LastOutcome));
        Assert.Contains("orders-nightly-202611220300", ScheduleTurn.Said(almanac.Schedule.LastMiss), StringComparison.Ordinal);
        Assert.Equal(First.AddDays(2), almanac.Schedule.Due);
    }

    [Fact]
    public void Tick_WhileTheEarlierBackupRunsAndQueueIsWanted_LetsOneWaitAndNoMore()
    {
        var almanac = Almanac.Of(Daily, schedule => schedule with { Concurrency = ConcurrencyPolicy.Queue });
        for (var day = 0; day < 4; day++)
            almanac.At(First.AddDays(day)).Tick().Make();

        Assert.Equal(["orders-nightly-202611220300", "orders-nightly-202611230300"], almanac.Schedule.Runs.Select(run => run.Backup));
        Assert.Equal((2L, First.AddDays(3)), (almanac.Schedule.Missed, almanac.Schedule.LastMiss!.Until));
    }

    [Fact]
    public void Record_OfAnEarlierDueTime_LeavesTheOutcomeOfTheNewest()
    {
        var almanac = Almanac.Of(Daily, schedule => schedule with { Concurrency = ConcurrencyPolicy.Queue }).At(First).Tick().Make().At(First.AddDays(1)).Tick().Make();

        almanac.End(BackupPhase.Failed, backup: "orders-nightly-202611220300");

        Assert.Equal((First.AddDays(1), ScheduleOutcomes.Started), (almanac.Schedule.LastDue, almanac.Schedule.LastOutcome));
    }

    [Fact]
    public void Hindered_ByTheApiServer_IsToldAndOvertakenByTheNextDueTime()
    {
        var almanac = Almanac.Of("0 * * * *").At(First).Tick();
        var told = ScheduleMachine.Hindered(almanac.State, almanac.Schedule.Runs[0].Backup, "exceeded quota.");
        Assert.Contains("exceeded quota.", Assert.Single(ClusterStatusBuilder.Build(told)!.Schedules).Message, StringComparison.Ordinal);

        almanac.At(First.AddHours(1)).Tick();

        Assert.Equal("orders-nightly-202611220400", Assert.Single(ScheduleMachine.Orders(Samples.Cluster, almanac.State)).Backup.Name);
        Assert.Equal((1L, Reasons.NotCreated), (almanac.Schedule.Missed, almanac.Schedule.LastMiss!.Reason));
    }

    [Fact]
    public void Hindered_BeyondTheStartingDeadline_IsMissed()
    {
        var almanac = Almanac.Of(Daily, startingDeadline: TimeSpan.FromHours(2)).At(First).Tick();

        Assert.Single(almanac.At(First.AddHours(2)).Tick().Schedule.Runs);
        Assert.Empty(almanac.At(First.AddHours(2).AddSeconds(1)).Tick().Schedule.Runs);
        Assert.Equal((1L, Reasons.NotCreated), (almanac.Schedule.Missed, almanac.Schedule.LastMiss!.Reason));
    }

    [Fact]
    public void Lose_ABackupWhoseResourceIsGone_FreesTheScheduleUntilItsEndIsHeardAfterAll()
    {
        var almanac = Almanac.Of(Daily).At(First).Tick().Make();
        var name = almanac.Schedule.Runs[0].Backup;
        Assert.Equal([name], ScheduleMachine.Open(almanac.State).Select(run => run.Backup));

        var lost = ScheduleMachine.Lose(Samples.Cluster, almanac.State, name, almanac.Now);
        Assert.Equal((ScheduleOutcomes.Deleted, 0), (lost.Schedules[0].LastOutcome, lost.Schedules[0].Runs.Count));

        var end = new BackupEnd { Backup = new(Samples.Member, "shop", name), Uid = "b1", Phase = BackupPhase.Succeeded, Completed = almanac.Now, Began = true };
        Assert.Equal(ScheduleOutcomes.Succeeded, ScheduleMachine.Record(Samples.Cluster, lost, end, almanac.Now).Schedules[0].LastOutcome);
    }

    [Fact]
    public void Jitter_OfManyClusters_SpreadsThemAndKeepsEachAtItsOwn()
    {
        var schedule = new ScheduleSpec { Name = "nightly", Cron = Daily, StorageName = "s3-main", Jitter = TimeSpan.FromMinutes(10) };
        var shares = Enumerable.Range(0, 1000).Select(number => ScheduleMachine.Jitter(new(Samples.Member, "shop", $"c{number}"), schedule)).ToList();

        Assert.All(shares, share => Assert.InRange(share, TimeSpan.Zero, TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1)));
        Assert.InRange(shares.GroupBy(share => (int)share.TotalMinutes).Max(minute => minute.Count()), 80, 150);
        Assert.Equal(ScheduleMachine.Jitter(Samples.Cluster, schedule), ScheduleMachine.Jitter(Samples.Cluster, schedule with { Cron = "0 4 * * *" }));
    }

    [Fact]
    public void Tick_OfAScheduleWithJitter_StartsLaterUnderTheNameOfTheDueTime()
    {
        var almanac = Almanac.Of(Daily, schedule => schedule with { Jitter = TimeSpan.FromHours(1) });
        var start = ScheduleMachine.NextWake(Samples.Cluster, almanac.State)!.Value;
        Assert.InRange(start, First.AddSeconds(1), First.AddHours(1));

        Assert.Empty(almanac.At(start.AddTicks(-1)).Tick().Schedule.Runs);
        Assert.Equal("orders-nightly-202611220300", almanac.At(start).Tick().Schedule.Runs.Single().Backup);
    }
}

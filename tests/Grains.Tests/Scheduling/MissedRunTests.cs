using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Scheduling;

/// <summary>The plane was away, or an owner changed his mind: each due time is run, or counted with a reason.</summary>
public sealed class MissedRunTests
{
    private const string Hourly = "0 * * * *";

    private static readonly DateTimeOffset First = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public void Tick_AfterDueTimesWithoutAPlane_MakesUpForTheNewestAndCountsTheOthers(int missed)
    {
        var newest = First.AddHours(missed - 1);
        var almanac = Almanac.Of(Hourly).At(newest.AddMinutes(20)).Tick();

        Assert.Equal((missed - 1L, newest, ScheduleOutcomes.CatchingUp), (almanac.Schedule.Missed, almanac.Schedule.LastDue, almanac.Schedule.LastOutcome));
        Assert.Empty(almanac.Schedule.Runs);
        var at = almanac.Schedule.CatchUp!.At;
        Assert.InRange(at, almanac.Now.AddSeconds(30), almanac.Now + ScheduleMachine.CatchUpWindow + TimeSpan.FromSeconds(30));

        almanac.At(at).Tick();

        Assert.Equal(newest, almanac.Schedule.Runs.Single().Due);
        Assert.Equal((missed - 1L, newest.AddHours(1)), (almanac.Schedule.Missed, almanac.Schedule.Due));
        if (missed > 1)
            Assert.Equal((Reasons.PlaneAway, First, newest.AddHours(-1)), (almanac.Schedule.LastMiss!.Reason, almanac.Schedule.LastMiss.From, almanac.Schedule.LastMiss.Until));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public void Tick_AfterDueTimesWithoutAPlaneWhereSkipIsWanted_CountsAllOfThem(int missed)
    {
        var newest = First.AddHours(missed - 1);
        var almanac = Almanac.Of(Hourly, schedule => schedule with { MissedRun = MissedRunPolicy.Skip }).At(newest.AddMinutes(20)).Tick();

        Assert.Equal((missed, ScheduleOutcomes.Missed, newest.AddHours(1)), ((int)almanac.Schedule.Missed, almanac.Schedule.LastOutcome, almanac.Schedule.Due));
        Assert.Null(almanac.Schedule.CatchUp);
        Assert.Empty(almanac.Schedule.Runs);
    }

    [Theory]
    [InlineData(MissedRunPolicy.RunOnce)]
    [InlineData(MissedRunPolicy.Skip)]
    public void Tick_AFewMinutesLate_IsOnTimeUnderEitherPolicy(MissedRunPolicy policy)
    {
        var almanac = Almanac.Of(Hourly, schedule => schedule with { MissedRun = policy }).At(First + ScheduleMachine.OnTime).Tick();

        Assert.Equal(First, almanac.Schedule.Runs.Single().Due);
        Assert.Equal(0, almanac.Schedule.Missed);
    }

    [Fact]
    public void Tick_BeyondTheStartingDeadline_MakesUpForNothing()
    {
        var almanac = Almanac.Of(Hourly, startingDeadline: TimeSpan.FromMinutes(2)).At(First.AddMinutes(3)).Tick();

        Assert.Equal((1L, Reasons.PlaneAway), (almanac.Schedule.Missed, almanac.Schedule.LastMiss!.Reason));
        Assert.Contains("startingDeadlineSeconds", almanac.Schedule.LastMiss.Message, StringComparison.Ordinal);
        Assert.Empty(almanac.Schedule.Runs);
    }

    [Fact]
    public void CatchUpAt_OfAFleet_IsSpreadOverTheWindow()
    {
        var now = First.AddMinutes(20);
        var delays = Enumerable.Range(0, 1000).Select(number => ScheduleMachine.CatchUpAt($"local/shop/c{number}", "nightly", now, First.AddDays(1)) - now).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.FromSeconds(30), ScheduleMachine.CatchUpWindow + TimeSpan.FromSeconds(30)));
        Assert.InRange(delays.GroupBy(delay => (int)delay.TotalMinutes).Max(minute => minute.Count()), 80, 150);
    }

    [Fact]
    public void CatchUpAt_ShortlyBeforeTheNextDueTime_ComesBeforeIt() =>
        Assert.InRange(ScheduleMachine.CatchUpAt(Samples.Cluster.ToString(), "nightly", First, First.AddSeconds(40)), First, First.AddSeconds(20));

    [Fact]
    public void CatchUpAt_OfAFleetWhoseNextDueTimeIsNear_IsSpreadOverWhatIsLeft()
    {
        var delays = Enumerable.Range(0, 1000).Select(number => ScheduleMachine.CatchUpAt($"local/shop/c{number}", "often", First, First.AddMinutes(5)) - First).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(150)));
        Assert.InRange(delays.GroupBy(delay => (int)(delay.TotalSeconds / 10)).Max(moment => moment.Count()), 80, 130);
    }

    [Fact]
    public void Tick_WhenTheNextDueTimeOvertakesWhatIsMadeUpFor_CountsThatOneAsMissed()
    {
        var almanac = Almanac.Of(Hourly).At(First.AddMinutes(30)).Tick();
        Assert.NotNull(almanac.Schedule.CatchUp);

        almanac.At(First.AddHours(1)).Tick();

        Assert.Equal((1L, Reasons.Overtaken, First), (almanac.Schedule.Missed, almanac.Schedule.LastMiss!.Reason, almanac.Schedule.LastMiss.Until));
        Assert.Equal(First.AddHours(1), almanac.Schedule.Runs.Single().Due);
    }

    [Fact]
    public void Apply_ASuspension_StopsItAndResumingMakesUpForNothing()
    {
        var almanac = Almanac.Of(Hourly).Apply(Almanac.Spec(Hourly, schedule => schedule with { Suspended = true }));
        Assert.Null(almanac.Schedule.Due);
        Assert.Null(ScheduleMachine.NextWake(Samples.Cluster, almanac.State));

        almanac.At(First.AddDays(3)).Tick().Apply(Almanac.Spec(Hourly));

        Assert.Equal((First.AddDays(3).AddHours(1), 0L), (almanac.Schedule.Due, almanac.Schedule.Missed));
        Assert.Empty(almanac.Schedule.Runs);
    }

    [Theory]
    [InlineData("cluster suspended")]
    [InlineData("backups off")]
    [InlineData("no times")]
    public void Apply_WhateverStopsASchedule_StopsIt(string how)
    {
        var spec = Almanac.Spec(how == "no times" ? "" : Hourly);
        spec = how switch { "cluster suspended" => spec with { Suspended = true }, "backups off" => spec with { BackupEnabled = false }, _ => spec };

        var almanac = Almanac.Of(Hourly).Apply(spec).At(First.AddDays(1)).Tick();

        Assert.Equal((null, 0L), (almanac.Schedule.Due, almanac.Schedule.Missed));
        Assert.Empty(almanac.Schedule.Runs);
    }

    [Fact]
    public void Apply_ASuspensionWhileSomethingIsMadeUpFor_CountsThat()
    {
        var almanac = Almanac.Of(Hourly).At(First.AddMinutes(20)).Tick().Apply(Almanac.Spec(Hourly, schedule => schedule with { Suspended = true }));

        Assert.Null(almanac.Schedule.CatchUp);
        Assert.Equal((1L, Reasons.Suspended), (almanac.Schedule.Missed, almanac.Schedule.LastMiss!.Reason));
    }

    [Fact]
    public void Apply_AnotherText_CountsFromNowOnAndJudgesWhatWasDueByTheOldOne()
    {
        var almanac = Almanac.Of(Hourly).At(First.AddMinutes(1)).Apply(Almanac.Spec("30 4 * * *"));

        Assert.Equal(First, almanac.Schedule.Runs.Single().Due);
        Assert.Equal(new(2026, 11, 22, 4, 30, 0, TimeSpan.Zero), almanac.Schedule.Due);
    }

    [Fact]
    public void Apply_AnotherTimeZone_TakesEffectAtOnce() =>
        Assert.Equal(new(2026, 11, 22, 23, 0, 0, TimeSpan.Zero), Almanac.Of("0 0 * * *").Apply(Almanac.Spec("0 0 * * *", schedule => schedule with { TimeZone = "Europe/Prague" })).Schedule.Due);

    [Fact]
    public void Apply_WithoutTheSchedule_StopsItAndLeavesItsBackups()
    {
        var almanac = Almanac.Of(Hourly).At(First).Tick().Make();

        almanac.Apply(Samples.ClusterSpec());

        Assert.Empty(almanac.State.Schedules);
        Assert.Null(ScheduleMachine.NextWake(Samples.Cluster, almanac.State));
        Assert.Empty(ScheduleMachine.Orders(Samples.Cluster, almanac.State));
    }

    [Fact]
    public void Tick_OfAPlaneThatLostItsMemory_GoesOnFromWhatTheResourceSays()
    {
        var before = Almanac.Of(Hourly).At(First.AddHours(5)).Tick().Make();
        var shown = ClusterStatusBuilder.Build(before.State)!.Schedules;

        var state = ClusterMachine.Apply(new(), Almanac.Spec(Hourly) with { RecordedSchedules = shown });
        var after = ScheduleMachine.Tick(Samples.Cluster, state, First.AddHours(9).AddMinutes(20));

        var schedule = after.Schedules.Single();
        Assert.Equal((First.AddHours(5), ScheduleOutcomes.Started), (before.Schedule.LastDue, before.Schedule.LastOutcome));
        Assert.Equal((5 + 3L, First.AddHours(9), First.AddHours(10)), (schedule.Missed, schedule.LastDue, schedule.Due));
        Assert.Equal(before.Schedule.Runs.Select(run => run.Backup), ScheduleMachine.Open(after).Select(run => run.Backup));
        Assert.Empty(after.Spec!.RecordedSchedules);
    }

    [Fact]
    public void Tick_OfAPlaneThatLostItsMemoryAndFindsAnotherText_CountsFromNowOn()
    {
        var recorded = new ScheduleStatus { Name = "nightly", NextDue = First.AddMinutes(17), Missed = 4 };
        var state = ClusterMachine.Apply(new(), Almanac.Spec(Hourly) with { RecordedSchedules = [recorded] });

        var schedule = ScheduleMachine.Tick(Samples.Cluster, state, First.AddHours(2)).Schedules.Single();

        Assert.Equal((First.AddHours(3), 4L), (schedule.Due, schedule.Missed));
    }

    [Fact]
    public void Fallen_OverMoreThanAYearOfMinutes_IsBoundedAndGoesOnAfterNow()
    {
        var until = First.AddYears(2);
        var (count, _, _, next) = ScheduleMachine.Fallen(DueTimes.Read("* * * * *", "UTC"), First, until);

        Assert.Equal((600_000, until.AddMinutes(1)), (count, next));
    }
}

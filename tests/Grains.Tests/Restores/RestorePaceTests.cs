using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Drills;
using ControlPlane.Grains.Restores;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Restores;

/// <summary>How long a restore is expected to take, and what it leaves for the next one's plan.</summary>
public sealed class RestorePaceTests
{
    private static readonly RestorePace Known = new() { Origin = "drill 'weekly'", Measured = Samples.Start, BytesDownloaded = 1 << 28, DataSeconds = 20.25, OtherSeconds = 5 };

    [Fact]
    public void Plan_OfAClusterThatWasMeasured_SaysHowLongAndByWhichFigures()
    {
        var plan = Planned(Known);

        // Twice as many bytes: twice the time for the data, and what else goes by once.
        Assert.Equal(46, plan.ExpectedSeconds);
        Assert.Equal("drill 'weekly' of 2026-11-22 02:30:00 UTC: 268435456 bytes came and were prepared in 20.3 s, and 5 s went by besides.", plan.ExpectedBy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Plan_OfAClusterThatWasNotMeasured_SaysNothing(bool ofNothing)
    {
        var plan = Planned(ofNothing ? Known with { BytesDownloaded = 0 } : null);

        Assert.Equal((null, ""), (plan.ExpectedSeconds, plan.ExpectedBy));
    }

    [Fact]
    public void Took_AfterARestoreWithoutAFault_IsTheWholeRoadByItsSlowestVolume()
    {
        var life = RestoreLife.Stopping().After(TimeSpan.FromSeconds(5)).Stopped().After(TimeSpan.FromSeconds(40))
            .Told(0, holds: VolumeHolds.Restored, kept: true, seconds: 20).Told(1, holds: VolumeHolds.Restored, kept: true, seconds: 30.5).After(TimeSpan.FromSeconds(10)).Answered();

        Assert.Equal(
            new RestorePace { Origin = "restore 'back1'", Measured = life.Now, BytesDownloaded = 1 << 29, DataSeconds = 30.5, OtherSeconds = 24.5 }, life.State.Took);
    }

    [Fact]
    public void Took_AfterARetry_IsNothing() =>
        Assert.Null(RestoreLife.Restoring().Told(1, JobFault.StorageUnavailable, holds: VolumeHolds.Previous).Left().After(TimeSpan.FromMinutes(10)).Tick()
            .Told(0, holds: VolumeHolds.Restored, kept: true).Told(1, holds: VolumeHolds.Restored, kept: true).Answered().State.Took);

    // What was on the volume already came in no time.
    [Fact]
    public void Took_AfterAJobThatFoundItDone_IsNothing() =>
        Assert.Null(RestoreLife.Restoring().Told(0, holds: VolumeHolds.Restored, kept: true).Told(1, holds: VolumeHolds.Restored, kept: true, bytes: 0).Answered().State.Took);

    [Fact]
    public void Took_OfAWorkloadThatStaysStopped_IsNothing() =>
        Assert.Null(RestoreLife.Looking().See(RestoreSamples.Standing(replicas: 0)).Told(0, plan: RestoreSamples.Plan()).Told(1, plan: RestoreSamples.Plan()).Stopped()
            .Told(0, holds: VolumeHolds.Restored, kept: true).Told(1, holds: VolumeHolds.Restored, kept: true).State.Took);

    [Fact]
    public void Took_OfOneThatWasPutBack_IsNothing() => Assert.Null(RestoreLife.Cancelled().State.Took);

    [Fact]
    public void Record_OfRestores_KeepsTheLastFigure()
    {
        var end = new RestoreEnd { Restore = RestoreSamples.Key, Uid = RestoreSamples.Uid, Over = true, Pace = Known };
        var state = ClusterMachine.Record(ClusterMachine.Apply(new(), Samples.ClusterSpec()), end);

        Assert.Equal(Known, state.Restored);
        Assert.Same(state, ClusterMachine.Record(state, end with { Pace = Known with { Measured = Samples.Start.AddHours(-1) } }));
        Assert.Same(state, ClusterMachine.Record(state, end with { Pace = null }));
        Assert.Null(ClusterMachine.Apply(state, Samples.ClusterSpec() with { Uid = "another" }).Restored);
    }

    [Fact]
    public void End_OfADrill_TellsItsFigureOnlyWhenItPassed()
    {
        Assert.Equal(
            new RestorePace { Origin = "drill 'weekly'", Measured = DrillLife.Passed().Now, BytesDownloaded = 1 << 29, DataSeconds = 28, OtherSeconds = 2.5 },
            DrillOrders.End(DrillLife.Key, DrillLife.Passed().State).Result!.Pace);
        Assert.Null(DrillOrders.End(DrillLife.Key, DrillLife.Failed().State).Result!.Pace);
    }

    private static RestorePlanStatus Planned(RestorePace? pace) => RestoreLife.Asking()
        .Hear(new RestoreEvent.Admitted(Samples.Admission(RestoreSamples.Uid) with { Pace = pace })).Find().See(RestoreSamples.Standing())
        .Told(0, plan: RestoreSamples.Plan()).Told(1, plan: RestoreSamples.Plan()).State.Plan!;
}

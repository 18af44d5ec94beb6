using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Grains.Tests.Scheduling;

namespace ControlPlane.Grains.Tests.Clusters;

/// <summary>When a cluster is woken: soon while something is under way, at its due times, and otherwise hardly ever.</summary>
public sealed class ClusterAgendaTests
{
    private static readonly ClusterState Idle = ClusterMachine.Observe(ClusterMachine.Apply(new(), Samples.ClusterSpec()), new() { Generation = 1, ReadyAgents = 2, Replicas = 2 });

    [Fact]
    public void NextTick_OfAClusterForWhichNothingIsDue_IsHoursAwayAndSpread()
    {
        var ticks = Enumerable.Range(0, 1000).Select(number => ClusterAgenda.NextTick(new(Samples.Member, "shop", $"c{number}"), Idle, Samples.Start) - Samples.Start).ToList();

        Assert.All(ticks, tick => Assert.InRange(tick, ClusterAgenda.WhileIdle / 2, ClusterAgenda.WhileIdle));
        Assert.InRange(ticks.GroupBy(tick => (int)(tick.TotalMinutes / 10)).Max(part => part.Count()), 40, 90);
    }

    [Theory]
    [InlineData("a backup runs")]
    [InlineData("a backup waits")]
    [InlineData("agents are missing")]
    [InlineData("the workload was not seen")]
    [InlineData("retention removes")]
    [InlineData("a status is owed")]
    public void NextTick_WhileSomethingIsUnderWay_IsMinutesAway(string what)
    {
        var state = what switch
        {
            "a backup runs" => Idle with { Running = new("local/shop/backup1", Samples.Uid) },
            "a backup waits" => Idle with { Waiting = [new("local/shop/backup1", Samples.Uid, "s3-main", Samples.Start)] },
            "agents are missing" => Idle with { Sighting = new WorkloadSighting { Generation = 1, ReadyAgents = 1, Replicas = 2 } },
            "the workload was not seen" => Idle with { Sighting = null },
            "retention removes" => Idle with { Retention = new() { Removing = 1 } },
            _ => Idle with { StatusOwed = true },
        };

        Assert.InRange(ClusterAgenda.NextTick(Samples.Cluster, state, Samples.Start) - Samples.Start, ClusterAgenda.WhileBusy / 2, ClusterAgenda.WhileBusy);
    }

    [Fact]
    public void NextTick_BeforeADueTime_IsThatVeryInstant()
    {
        var almanac = Almanac.Of("0 3 * * *");

        Assert.Equal(new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero), ClusterAgenda.NextTick(Samples.Cluster, almanac.State with { Sighting = Idle.Sighting }, almanac.Now));
    }

    [Fact]
    public void NextTick_OfWhatRetentionLetsGo_IsWhenItGoes() =>
        Assert.Equal(Samples.Start.AddHours(1), ClusterAgenda.NextTick(Samples.Cluster, Idle with { Retention = new() { Expiring = 1 }, RetentionDue = Samples.Start.AddHours(1) }, Samples.Start));

    [Fact]
    public void NextTick_OfASweep_IsItsOwnInstant()
    {
        var state = SweepMachine.Tick(Samples.Cluster, Idle, Samples.Start);
        var due = Assert.Single(state.Sweeps).Due;

        Assert.Equal(due, ClusterAgenda.NextTick(Samples.Cluster, state, due.AddMinutes(-1)));
    }

    [Fact]
    public void NextTick_WhereSomethingIsOverdue_IsNeverInThePast()
    {
        var state = SweepMachine.Tick(Samples.Cluster, Idle, Samples.Start);

        Assert.Equal(Samples.Start.AddDays(3).AddMinutes(1), ClusterAgenda.NextTick(Samples.Cluster, state, Samples.Start.AddDays(3)));
    }
}

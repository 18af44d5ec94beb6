using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Clusters;

/// <summary>What a cluster makes of its drills.</summary>
public sealed class DrillNewsTests
{
    private static readonly DateTimeOffset Noon = Samples.Start;

    [Fact]
    public void Record_OfResults_KeepsTheLastOfEachDrillAndTheLastProof()
    {
        var state = Told(Told(Known(), "a", passed: true, Noon), "b", passed: false, Noon.AddHours(1));

        Assert.Equal(("a", Noon), (state.Proven!.Drill, state.Proven.Completed));
        Assert.Equal((false, "Drill 'b': Something was found."), Condition(state));
        Assert.Same(state, Told(state, "b", passed: true, Noon));

        // News that came late: a proof newer than the one known, though not the drill's last word.
        var late = Told(state, "b", passed: true, Noon.AddMinutes(59));
        Assert.Equal((false, "b", Noon.AddMinutes(59)), (Condition(late).Status, late.Proven!.Drill, late.Proven.Completed));

        var mended = Told(state, "b", passed: true, Noon.AddHours(2));
        Assert.Equal((true, "b"), (Condition(mended).Status, mended.Proven!.Drill));
        Assert.Equal(["a"], ClusterMachine.Record(mended, End("b", null) with { Gone = true }).Drilled.Select(result => result.Drill));
    }

    [Fact]
    public void Record_BeforeTheClustersResourceIsHeardOf_IsKeptForIt()
    {
        var state = ClusterMachine.Apply(Told(new(), "a", passed: true, Noon), Samples.ClusterSpec());

        Assert.Equal("a", state.Proven!.Drill);
        Assert.Null(ClusterMachine.Apply(state, Samples.ClusterSpec() with { Uid = "another" }).Proven);
    }

    [Fact]
    public void Hear_ADrill_WaitsForAnotherAndForNothingElse()
    {
        var wish = new DrillWish { Drill = DrillLife.Key, Uid = DrillLife.Uid, Since = Noon, Choice = new() };
        var state = ClusterMachine.Hear(Known() with { Running = new("local/shop/big", "u2") }, wish);
        var waiter = Assert.Single(state.Waiting);

        Assert.Null(AdmissionChecks.Judge("orders", state, waiter));
        Assert.Same(state, ClusterMachine.Hear(state, wish));
        var busy = state with { Drilling = new("local/shop/other", "u3") };
        Assert.Equal("Waits for drill 'other' of the same cluster to end.", AdmissionChecks.Judge("orders", busy, waiter)!.Message);
        Assert.Equal(Reasons.StorageNotFound, AdmissionChecks.Judge("orders", state, waiter with { StorageName = "odd" })!.Reason);
        Assert.Equal(Reasons.ClusterNotFound, AdmissionChecks.Judge("orders", new(), waiter)!.Reason);
        Assert.Equal((DrillLife.Uid, 0, "u2"), ClusterMachine.Grant(state, waiter) is var granted ? (granted.Drilling!.Uid, granted.Waiting.Count, granted.Running!.Uid) : default);
    }

    private static ClusterState Known() => ClusterMachine.Apply(new(), Samples.ClusterSpec());

    private static ClusterState Told(ClusterState state, string drill, bool passed, DateTimeOffset completed) => ClusterMachine.Record(state, End(drill, new()
    {
        Drill = drill, Completed = completed, Passed = passed, Reason = passed ? Reasons.Proven : "DrillFailed", Message = passed ? "All was well." : "Something was found.", Backup = "backup1",
    }));

    private static DrillEnd End(string drill, DrillResult? result) => new() { Drill = new(Samples.Member, "shop", drill), Uid = $"u-{drill}", Over = true, Result = result };

    private static (bool? Status, string Message) Condition(ClusterState state) =>
        ClusterStatusBuilder.Conditions(state, Noon).Single(condition => condition.Type == "Proven") is var proven ? (proven.Status, proven.Message) : default;
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Clusters;

public sealed class ClusterMachineTests
{
    private static readonly ClusterState Known = ClusterMachine.Apply(new(), Samples.ClusterSpec(generation: 2));

    [Fact]
    public void Apply_OlderOrSameGeneration_ChangesNothing()
    {
        Assert.Same(Known, ClusterMachine.Apply(Known, Samples.ClusterSpec(generation: 1)));
        Assert.Same(Known, ClusterMachine.Apply(Known, Samples.ClusterSpec(generation: 2)));
    }

    [Fact]
    public void Apply_AnotherWorkload_GivesTheEarlierOneBack()
    {
        var moved = Samples.ClusterSpec(generation: 3) with { Workload = Samples.ClusterSpec().Workload with { Name = "other" } };

        Assert.Equal("orders-mysql", ClusterMachine.Apply(Known, moved).Releasing?.Workload.Name);
    }

    [Fact]
    public void Refuse_NewGeneration_KeepsTheLastGoodSpecAndSaysBoth()
    {
        var refused = ClusterMachine.Refuse(Known, new() { Uid = "c1", Generation = 3, Faults = ["spec.engine: 'odd' is none of Auto, XtraBackup, MariaDbBackup."] });
        var accepted = ClusterStatusBuilder.Conditions(refused, Samples.Start)[0];

        Assert.Equal(2, refused.Spec!.Generation);
        Assert.Equal((false, Reasons.Invalid, 3L), (accepted.Status, accepted.Reason, accepted.ObservedGeneration));
        Assert.EndsWith("Generation 2 stays in force.", accepted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_GenerationAfterARefusedOne_TakesTheFaultsAway() =>
        Assert.Empty(ClusterMachine.Apply(ClusterMachine.Refuse(Known, new() { Uid = "c1", Generation = 3, Faults = ["x"] }), Samples.ClusterSpec(generation: 4)).Faults);

    [Fact]
    public void Forget_ItsResource_ReleasesTheWorkloadAndKeepsWhoRuns()
    {
        var gone = ClusterMachine.Forget(Known with { Running = new("local/shop/backup1", "u1") }, "c1");

        Assert.Null(gone.Spec);
        Assert.NotNull(gone.Releasing);
        Assert.NotNull(gone.Running);
        Assert.Same(Known, ClusterMachine.Forget(Known, "c0"));
    }

    [Fact]
    public void Hear_Wishes_StandInTheOrderOfCreation()
    {
        var state = ClusterMachine.Hear(ClusterMachine.Hear(Known, Wish("late", 2)), Wish("early", 1));

        Assert.Equal(["u-early", "u-late"], state.Waiting.Select(waiter => waiter.Uid));
        Assert.Same(state, ClusterMachine.Hear(state, Wish("late", 2)));
    }

    [Fact]
    public void Hear_OneThatRunsAlready_GetsTheSlotWhenItIsFree()
    {
        var state = ClusterMachine.Hear(Known, Wish("adopted", 1) with { Runs = true });

        Assert.Equal("u-adopted", state.Running?.Uid);
        Assert.Equal("u-adopted", ClusterMachine.Hear(state, Wish("second", 1) with { Runs = true }).Running?.Uid);
    }

    [Fact]
    public void Record_NewestRemoved_ShowsTheOneBefore()
    {
        var state = ClusterMachine.Record(ClusterMachine.Record(Known, End("old", 1)), End("new", 2));
        Assert.Equal("new", ClusterStatusBuilder.Build(state)!.LastSuccessfulBackup!.Name);

        state = ClusterMachine.Record(state, End("new", 2) with { Removed = true });
        Assert.Equal("old", ClusterStatusBuilder.Build(state)!.LastSuccessfulBackup!.Name);
    }

    [Fact]
    public void Record_NewsOfASlot_DoesNotFreeIt() =>
        Assert.NotNull(ClusterMachine.Record(Known with { Running = new("local/shop/old", "u-old") }, End("old", 1)).Running);

    [Theory]
    [InlineData(2, 2, null, true, Reasons.SidecarReady)]
    [InlineData(1, 2, null, false, Reasons.SidecarNotReady)]
    [InlineData(0, 0, null, false, Reasons.SidecarNotReady)]
    [InlineData(0, 2, "spec.workload.dataVolume 'x' is no volume of the Pod.", false, Reasons.WorkloadFaulty)]
    public void Conditions_WorkloadSeen_SayWhetherItIsReady(int ready, int replicas, string? trouble, bool status, string reason)
    {
        var seen = ClusterMachine.Observe(Known, new() { Generation = 2, ReadyAgents = ready, Replicas = replicas, Trouble = trouble });
        var condition = ClusterStatusBuilder.Conditions(seen, Samples.Start)[1];

        Assert.Equal((status, reason), (condition.Status, condition.Reason));
    }

    [Fact]
    public void Observe_SightingOfAnOlderGeneration_ChangesNothing() =>
        Assert.Same(Known, ClusterMachine.Observe(Known, new() { Generation = 1, ReadyAgents = 2, Replicas = 2 }));

    [Fact]
    public void Tell_StatusStays_KeepsTheInstantOfTheLastChange()
    {
        var scheduled = Known with { Spec = Known.Spec! with { Schedules = [new() { Name = "nightly", Cron = "30 2 * * *", StorageName = "s3-main" }] } };
        var told = ClusterMachine.Tell(Samples.Cluster, new(), scheduled, Samples.Start);
        var later = ClusterMachine.Tell(Samples.Cluster, told, ClusterMachine.Record(told, End("one", 1)), Samples.Start.AddHours(1));

        Assert.Equal([Samples.Start, Samples.Start, Samples.Start.AddHours(1)], later.Conditions.Select(condition => condition.LastTransition));
        Assert.True(later.StatusOwed);
    }

    private static BackupWish Wish(string name, int minute) =>
        new() { Backup = new(Samples.Member, "shop", name), Uid = "u-" + name, StorageName = "s3-main", Created = Samples.Start.AddMinutes(minute) };

    private static BackupEnd End(string name, int hour) => new()
    {
        Backup = new(Samples.Member, "shop", name),
        Uid = "u-" + name,
        Phase = BackupPhase.Succeeded,
        Completed = Samples.Start.AddHours(hour),
        SizeBytes = 1,
    };
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Policies;

/// <summary>What a cluster makes of the settings that policies gave it.</summary>
public sealed class ClusterPolicyTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly EffectiveSettings Gold = new() { Policies = ["gold"], Digest = "1", Values = [new("backoffLimit", "3", "policy/gold")] };

    private static readonly ScheduleSpec Nightly = new() { Name = "nightly", Cron = "30 2 * * *", StorageName = "s3-main" };

    private static ClusterSpec Spec(EffectiveSettings? effective, params ScheduleSpec[] schedules) => Samples.ClusterSpec() with { Effective = effective, Schedules = schedules };

    [Fact]
    public void Apply_TheSameGenerationWithOtherPolicies_Counts()
    {
        var alone = ClusterMachine.Apply(new(), Spec(null));
        var entered = ClusterMachine.Apply(alone, Spec(Gold, Nightly));

        Assert.Same(alone, ClusterMachine.Apply(alone, Spec(null)));
        Assert.Same(entered, ClusterMachine.Apply(entered, Spec(Gold, Nightly)));
        Assert.Single(entered.Spec!.Schedules);
        Assert.Empty(ClusterMachine.Apply(entered, Spec(null)).Spec!.Schedules);
        Assert.Equal("2", ClusterMachine.Apply(entered, Spec(Gold with { Digest = "2" }, Nightly)).Effective!.Digest);
    }

    [Fact]
    public void Apply_AnOlderGenerationWithOtherPolicies_IsLeftOutOfAccount()
    {
        var state = ClusterMachine.Apply(new(), Spec(null) with { Generation = 2 });

        Assert.Same(state, ClusterMachine.Apply(state, Spec(Gold)));
    }

    [Fact]
    public void Apply_AfterAPolicyHadFaults_TakesThemAway()
    {
        var held = ClusterMachine.Refuse(ClusterMachine.Apply(new(), Spec(Gold)), new() { Uid = "c1", Generation = 1, Faults = ["policy/gold cannot be read."] });

        Assert.Equal("1", held.Effective!.Digest);
        Assert.Empty(ClusterMachine.Apply(held, Spec(Gold)).Faults);
    }

    [Fact]
    public void Effective_OfACluster_IsShownAndTravelsNoFurther()
    {
        var state = ClusterMachine.Apply(new(), Spec(Gold, Nightly));

        Assert.Null(state.Spec!.Effective);
        Assert.Equal(Gold, ClusterStatusBuilder.Build(state)!.Effective);
        Assert.Null(ClusterMachine.Forget(state, "c1").Effective);
    }

    [Theory]
    [InlineData(true, false, false, false, Reasons.BackupAvailable)]
    [InlineData(false, false, false, false, Reasons.NoSchedule)]
    [InlineData(true, true, false, false, Reasons.Suspended)]
    [InlineData(true, false, true, false, Reasons.BackupsDisabled)]
    [InlineData(true, false, false, true, Reasons.NoBackup)]
    public void Protected_OfACluster_NeedsABackupAndTheNextOne(bool schedule, bool suspended, bool disabled, bool bare, string expected)
    {
        var spec = Spec(null, schedule ? [Nightly] : []) with { Suspended = suspended, BackupEnabled = !disabled };
        var state = ClusterMachine.Apply(new(), spec) with { Good = bare ? [] : [new("b", "u", Samples.Start, 1)] };
        var told = ClusterStatusBuilder.Conditions(state, Samples.Start).Single(condition => condition.Type == "Protected");

        Assert.Equal((expected == Reasons.BackupAvailable, expected), (told.Status, told.Reason));
    }

    [Fact]
    public void Conflict_OfPolicies_IsAConditionAndAnEvent()
    {
        var conflict = new PolicyConflict { Field = "image", Policies = ["gold", "silver"], Message = "Policies 'gold' and 'silver' do not agree on image." };
        var contested = ClusterMachine.Apply(new(), Spec(Gold with { Digest = "9", Conflicts = [conflict], ConflictCount = 1 }));
        var told = ClusterMachine.Tell(Samples.Cluster, new(), contested, Samples.Start);

        Assert.Contains(told.Conditions, condition => condition is { Type: "PoliciesAgree", Status: false, Reason: Reasons.PolicyConflict } && condition.Message == conflict.Message);
        Assert.Contains(told.EventsOwed, happened => happened is { Reason: Reasons.PolicyConflict, Warning: true, Action: "Merge" });

        var settled = ClusterMachine.Tell(Samples.Cluster, told, ClusterMachine.Apply(told, Spec(Gold)), Samples.Start);
        Assert.Contains(settled.Conditions, condition => condition is { Type: "PoliciesAgree", Status: true, Reason: Reasons.PolicyApplied });
        Assert.DoesNotContain(ClusterMachine.Tell(Samples.Cluster, settled, ClusterMachine.Apply(settled, Spec(null)), Samples.Start).Conditions, condition => condition.Type == "PoliciesAgree");
    }

    [Fact]
    public async Task Schedule_OfAPolicyThatComesAndGoes_StartsNothingAndFallsDueAtItsTime()
    {
        var key = new ClusterKey(Samples.Member, "policies", "orders");
        var cluster = silo.Cluster(key);
        await cluster.ApplyAsync(Spec(null));
        await cluster.ApplyAsync(Spec(Gold, Nightly));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Schedules is [{ NextDue: not null }]);
        Assert.DoesNotContain(silo.Edge.Orders, order => order.ClusterName == "orders" && order.Backup.Namespace == "policies");

        await silo.UntilAsync(() => silo.Edge.Orders.Any(order => order.Backup.Namespace == "policies"), TimeSpan.FromMinutes(10));
        Assert.Equal((2, 30), (silo.Edge.Orders.First(order => order.Backup.Namespace == "policies").Due.Hour, silo.Edge.Orders.First(order => order.Backup.Namespace == "policies").Due.Minute));

        await cluster.ApplyAsync(Spec(null));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Schedules is []);
        Assert.Empty(silo.Edge.Deleted);
    }

    [Fact]
    public async Task Drills_OfASpec_AreKeptAndTakenAwayAndTriedAgain()
    {
        var key = new ClusterKey(Samples.Member, "drilled", "refused-orders");
        var failures = 0;
        silo.Edge.Trouble = (method, name) =>
        {
            if (method == "EnsureDrillAsync" && name == key.Name && failures++ < 2)
                throw new InvalidOperationException("A RestoreDrill of that name exists.");
        };
        var cluster = silo.Cluster(key);

        await cluster.ApplyAsync(Spec(Gold) with { Drills = [new("weekly", "{}"), new("monthly", "{}")] });
        await silo.UntilAsync(() => silo.Edge.DrillPlans.ContainsKey($"{key}/weekly") && silo.Edge.DrillPlans.ContainsKey($"{key}/monthly"), TimeSpan.FromSeconds(1));
        Assert.Single(silo.Edge.Events, happened => happened is { Name: "refused-orders", Reason: Reasons.NotCreated, Action: "Drill", Warning: true });

        await cluster.ApplyAsync(Spec(Gold with { Digest = "2" }) with { Drills = [new("weekly", """{"schedule":"@weekly"}""")] });
        await silo.UntilAsync(() => !silo.Edge.DrillPlans.ContainsKey($"{key}/monthly") && silo.Edge.DrillPlans[$"{key}/weekly"] == """{"schedule":"@weekly"}""");

        await cluster.ApplyAsync(Spec(null));
        await silo.UntilAsync(() => !silo.Edge.DrillPlans.ContainsKey($"{key}/weekly"));
        silo.Edge.Trouble = (_, _) => { };
    }
}

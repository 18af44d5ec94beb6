using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Clusters;

public sealed class ClusterGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task Apply_NewSpec_EnsuresTheWorkloadAndShowsIt()
    {
        var key = new ClusterKey(Samples.Member, "apply", "orders");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec());
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Conditions.Count == 3);
        Assert.Contains(key.ToString(), silo.Edge.Kept);

        await silo.Cluster(key).ObserveWorkloadAsync(new() { Generation = 1, ReadyAgents = 2, Replicas = 2 });
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Conditions[1] is { Status: true, Reason: Reasons.SidecarReady });
    }

    [Fact]
    public async Task Tick_AfterTenMinutes_EnsuresTheWorkloadAgain()
    {
        var key = new ClusterKey(Samples.Member, "tick", "orders");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec());
        await silo.UntilAsync(() => silo.Edge.Kept.Contains(key.ToString()));
        await silo.DeactivateAsync(silo.Cluster(key));

        await silo.UntilAsync(() => silo.Edge.Kept.Count(kept => kept == key.ToString()) >= 2, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Forget_ItsResource_GivesTheWorkloadBackAlsoAfterAFailure()
    {
        var failures = 2;
        silo.Edge.Trouble = (method, name) =>
        {
            if (method == nameof(IWorkloadKeeper.ReleaseAsync) && name == "flaky" && failures-- > 0)
                throw new HttpRequestException("away");
        };
        var key = new ClusterKey(Samples.Member, "forget", "flaky");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec());
        await silo.Cluster(key).ForgetAsync("c1");

        await silo.UntilAsync(() => silo.Edge.GivenBack.Contains(key.ToString()));
        Assert.Null((await silo.Cluster(key).GetViewAsync()).Spec);
    }

    [Fact]
    public async Task BackupWaits_SlotHeldByOneThatForgot_IsHealed()
    {
        var cluster = new ClusterKey(Samples.Member, "stale", "orders");
        await silo.Cluster(cluster).ApplyAsync(Samples.ClusterSpec());

        // Says that it runs, and knows nothing of it when asked.
        await silo.Cluster(cluster).BackupWaitsAsync(new() { Backup = new(Samples.Member, "stale", "ghost"), Uid = "ghost", StorageName = "s3-main", Created = Samples.Start, Runs = true });
        var key = new BackupKey(Samples.Member, "stale", "backup1");
        await silo.Backup(key).ApplyAsync(Samples.Spec("u-stale") with { Created = silo.Clock.GetUtcNow() });

        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == key));
        Assert.Equal(key, (await silo.Cluster(cluster).GetViewAsync()).Running);
    }

    [Fact]
    public async Task Apply_NoLongerSuspended_LetsTheWaitingBegin()
    {
        var cluster = new ClusterKey(Samples.Member, "suspended", "orders");
        await silo.Cluster(cluster).ApplyAsync(Samples.ClusterSpec() with { Suspended = true });
        var key = new BackupKey(Samples.Member, "suspended", "backup1");
        await silo.Backup(key).ApplyAsync(Samples.Spec("u-suspended") with { Created = silo.Clock.GetUtcNow() });
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Reason == Reasons.Suspended);

        await silo.Cluster(cluster).ApplyAsync(Samples.ClusterSpec(generation: 2));
        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == key));
    }
}

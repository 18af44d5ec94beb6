using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

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

    [Fact]
    public async Task Apply_AnotherLimitWhileABackupRuns_ReachesItsStatus()
    {
        var cluster = new ClusterKey(Samples.Member, "limit", "orders");
        await silo.Cluster(cluster).ApplyAsync(Samples.ClusterSpec());
        var key = new BackupKey(Samples.Member, "limit", "backup1");
        await silo.Backup(key).ApplyAsync(Samples.Spec("u-limit") with { Created = silo.Clock.GetUtcNow() });
        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == key));
        await silo.Backup(key).ChooseSourceAsync(Samples.GoodSurvey("u-limit"));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.UploadBytesPerSecond == 0);

        await silo.Cluster(cluster).ApplyAsync(Samples.ClusterSpec(generation: 2).With(Samples.Storage() with { UploadBytesPerSecond = 1 << 20 }));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.UploadBytesPerSecond == 1 << 20);

        await silo.Cluster(cluster).ApplyAsync(Samples.ClusterSpec(generation: 3));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.UploadBytesPerSecond == 0);
    }

    [Fact]
    public async Task AskForSweep_OfACluster_MakesItsJobAndShowsWhatItFound()
    {
        var key = new ClusterKey(Samples.Member, "swept", "orders");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec());
        await silo.UntilAsync(() => silo.Edge.Last(key) is not null);
        await silo.Cluster(key).AskForSweepAsync(new() { Uid = "c1", Word = "now" });
        await silo.UntilAsync(() => Sweep(key) is not null);
        var order = Sweep(key)!;

        await silo.DeactivateAsync(silo.Cluster(key));
        await silo.Cluster(key).ObserveSweepAsync(new()
        {
            Uid = "c1",
            Job = order.Job,
            State = JobState.Complete,
            Report = new() { Uid = "c1", Attempt = order.Request.Attempt, ObjectsRemoved = 4, Sweep = new() { BytesRemoved = 9, Strangers = 2, StrangerKeys = ["shop/orders/readme"] } },
        });

        await silo.UntilAsync(() => silo.Edge.Last(key)?.Sweeps is [{ Strangers: 2, ObjectsRemoved: 4, Reason: Reasons.StrangersFound }]);
        await silo.UntilAsync(() => silo.Edge.Events.Any(happened => happened is { Namespace: "swept", Reason: Reasons.StrangersFound, Warning: true }));
    }

    [Fact]
    public async Task Tick_WhereTheSweepsJobWentUnheard_LooksAtIt()
    {
        var key = new ClusterKey(Samples.Member, "unheard", "orders");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec() with { Uid = "c2" });
        await silo.UntilAsync(() => silo.Edge.Last(key) is not null);
        await silo.Cluster(key).AskForSweepAsync(new() { Uid = "c2", Word = "now" });
        await silo.UntilAsync(() => Sweep(key) is not null);
        var order = Sweep(key)!;
        silo.Edge.Sightings[order.Job] = new()
        {
            Uid = "c2",
            Job = order.Job,
            State = JobState.Failed,
            Report = new() { Uid = "c2", Attempt = order.Request.Attempt, Fault = JobFault.StorageDenied, Message = "The store refused." },
        };

        await silo.UntilAsync(() => silo.Edge.Last(key)?.Sweeps is [{ Reason: nameof(JobFault.StorageDenied), LastSweep: null }], TimeSpan.FromMinutes(1));
    }

    private JobOrder? Sweep(ClusterKey key) =>
        silo.Edge.Jobs.Values.FirstOrDefault(order => order.Request.Operation == JobOperation.SweepCluster && order.Subject.Namespace == key.Namespace);
}

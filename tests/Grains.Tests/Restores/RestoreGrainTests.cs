using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Restores;

/// <summary>Restores in one silo: cluster, backup and restore talk to one another, and the edge is looked into.</summary>
public sealed class RestoreGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Apply_OfAGoodBackup_RunsTheWholeRoadAndHoldsTheBackupMeanwhile()
    {
        var (restore, backup) = await BegunAsync("road");
        await silo.UntilAsync(() => Jobs(restore, JobOperation.PlanRestore).Count == 2);
        Assert.False(await silo.Backup(backup).ExpireAsync(new() { Uid = Uid(backup.Name, backup.Namespace), Message = "No rule keeps it." }));
        await PlanAsync(restore);
        await silo.UntilAsync(() => silo.Edge.Scales.GetValueOrDefault(restore.ToString(), -1) == 0);
        await SeeAsync(restore, RestoreSamples.Standing(replicas: 0, uid: Uid(restore.Name, restore.Namespace)));
        await EndAllAsync(restore, JobOperation.RestoreVolume, VolumeHolds.Restored, kept: true);
        await silo.UntilAsync(() => silo.Edge.Scales[restore.ToString()] == 2);
        var looks = LooksAtWorkload(restore);
        await SeeAsync(restore, RestoreSamples.Standing(uid: Uid(restore.Name, restore.Namespace)));
        await silo.UntilAsync(() => silo.Edge.Last(restore) is { Phase: RestorePhase.Succeeded, PreviousDataKept: true });

        // The cluster may have seen its workload without Pods.
        await silo.UntilAsync(() => LooksAtWorkload(restore) > looks);

        // The backup is free again, and a day later the previous data go.
        await silo.UntilAsync(() => silo.Backup(backup).ExpireAsync(new() { Uid = Uid(backup.Name, backup.Namespace), Message = "No rule keeps it." }).Result);
        await silo.UntilAsync(() => Jobs(restore, JobOperation.ConfirmRestore).Count == 2, TimeSpan.FromMinutes(10));
        await EndAllAsync(restore, JobOperation.ConfirmRestore, VolumeHolds.Restored, kept: false);
        await silo.UntilAsync(() => silo.Edge.Last(restore) is { Reason: Reasons.Confirmed, PreviousDataKept: false });
        Assert.Null(silo.Edge.Last(restore)!.Plan!.ExpectedSeconds);
        Assert.Equal(["Queue", "Plan", "Stop", "Restore", "Start", "Finish", "Finish"], silo.Edge.Events.Where(one => one.Uid == Uid(restore.Name, restore.Namespace)).Select(one => one.Action));
    }

    [Fact]
    public async Task Apply_AfterAnEarlierRestore_ExpectsWhatThatOneTook()
    {
        var (first, backup) = await BegunAsync("paced");
        await silo.UntilAsync(() => Jobs(first, JobOperation.PlanRestore).Count == 2);
        await PlanAsync(first);
        await silo.UntilAsync(() => silo.Edge.Scales.GetValueOrDefault(first.ToString(), -1) == 0);
        await SeeAsync(first, RestoreSamples.Standing(replicas: 0, uid: Uid(first.Name, first.Namespace)));
        await EndAllAsync(first, JobOperation.RestoreVolume, VolumeHolds.Restored, kept: true);
        await silo.UntilAsync(() => silo.Edge.Scales[first.ToString()] == 2);
        await SeeAsync(first, RestoreSamples.Standing(uid: Uid(first.Name, first.Namespace)));
        await silo.UntilAsync(() => silo.Edge.Last(first) is { Phase: RestorePhase.Succeeded });

        var second = new RestoreKey(Samples.Member, "paced", "back2");
        await silo.Restore(second).ApplyAsync(Spec(second, backup.Name) with { DryRun = true });
        await silo.UntilAsync(() => silo.Edge.Looks.Any(look => look.Restore == second));
        await SeeAsync(second, RestoreSamples.Standing(uid: Uid(second.Name, second.Namespace)));
        await silo.UntilAsync(() => Jobs(second, JobOperation.PlanRestore).Count == 2);
        await PlanAsync(second);
        await silo.UntilAsync(() => silo.Edge.Last(second) is { Phase: RestorePhase.Succeeded });

        Assert.InRange(silo.Edge.Last(second)!.Plan!.ExpectedSeconds!.Value, 30, 30 + 3600);
        Assert.StartsWith("restore 'back1' of ", silo.Edge.Last(second)!.Plan!.ExpectedBy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_WhileABackupRuns_WaitsForItAndABackupForTheRestore()
    {
        var space = "waits";
        await silo.Cluster(new(Samples.Member, space, "orders")).ApplyAsync(Samples.ClusterSpec());
        var good = await GoodBackupAsync(space, "good");
        var running = new BackupKey(Samples.Member, space, "running");
        await silo.Backup(running).ApplyAsync(Spec(running));
        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == running));

        var restore = new RestoreKey(Samples.Member, space, "back1");
        await silo.Restore(restore).ApplyAsync(Spec(restore, good));
        await silo.UntilAsync(() => silo.Edge.Last(restore)?.Reason == Reasons.BackupRunning);
        Assert.Contains("'running'", silo.Edge.Last(restore)!.Message, StringComparison.Ordinal);

        await silo.Backup(running).ApplyAsync(Spec(running) with { Generation = 2, Cancelled = true });
        await silo.UntilAsync(() => silo.Edge.Last(restore)?.Phase == RestorePhase.Planning);
        var later = new BackupKey(Samples.Member, space, "later");
        await silo.Backup(later).ApplyAsync(Spec(later));
        await silo.UntilAsync(() => silo.Edge.Last(later)?.Reason == Reasons.RestoreRunning);
        Assert.Equal(restore, (await silo.Cluster(new(Samples.Member, space, "orders")).GetViewAsync()).Restoring);
    }

    [Fact]
    public async Task Cancelled_AfterAnActivationWasLost_StillPutsBack()
    {
        var (restore, _) = await BegunAsync("lost");
        await silo.UntilAsync(() => Jobs(restore, JobOperation.PlanRestore).Count == 2);
        await PlanAsync(restore);
        await silo.UntilAsync(() => silo.Edge.Last(restore)?.Phase == RestorePhase.Stopping);
        await silo.DeactivateAsync(silo.Restore(restore));
        await SeeAsync(restore, RestoreSamples.Standing(replicas: 0, uid: Uid(restore.Name, restore.Namespace)));
        await silo.UntilAsync(() => Jobs(restore, JobOperation.RestoreVolume).Count == 2);

        await silo.Restore(restore).ApplyAsync(Spec(restore, "good") with { Generation = 2, Cancelled = true });
        await silo.DeactivateAsync(silo.Restore(restore));
        await silo.UntilAsync(() => Jobs(restore, JobOperation.RestoreVolume).Count == 0, Minute);
        await silo.UntilAsync(() => silo.Edge.Last(restore) is { Phase: RestorePhase.Stopping, Reason: Reasons.PuttingBack }, Minute);
        await SeeAsync(restore, RestoreSamples.Standing(replicas: 0, uid: Uid(restore.Name, restore.Namespace)));
        await EndAllAsync(restore, JobOperation.UndoRestore, VolumeHolds.Previous, kept: false);
        await silo.UntilAsync(() => silo.Edge.Scales[restore.ToString()] == 2);
        await SeeAsync(restore, RestoreSamples.Standing(uid: Uid(restore.Name, restore.Namespace)));
        await silo.UntilAsync(() => silo.Edge.Last(restore)?.Phase == RestorePhase.Cancelled);
    }

    private async Task<(RestoreKey Restore, BackupKey Backup)> BegunAsync(string space)
    {
        await silo.Cluster(new(Samples.Member, space, "orders")).ApplyAsync(Samples.ClusterSpec());
        var backup = await GoodBackupAsync(space, "good");
        var restore = new RestoreKey(Samples.Member, space, "back1");
        await silo.Restore(restore).ApplyAsync(Spec(restore, backup));
        await silo.UntilAsync(() => silo.Edge.Looks.Any(look => look.Restore == restore));
        await SeeAsync(restore, RestoreSamples.Standing(uid: Uid(restore.Name, restore.Namespace)));
        return (restore, new(Samples.Member, space, backup));
    }

    /// <summary>One that its resource tells of, as after a plane that lost its memory.</summary>
    private async Task<string> GoodBackupAsync(string space, string name)
    {
        var key = new BackupKey(Samples.Member, space, name);
        await silo.Backup(key).ApplyAsync(Spec(key) with { Recorded = new() { Status = RestoreSamples.Backup() with { Uid = Uid(name, space) } } });
        return name;
    }

    private async Task PlanAsync(RestoreKey restore)
    {
        foreach (var order in Jobs(restore, JobOperation.PlanRestore))
            await SeeAsync(restore, order, new() { Uid = Uid(restore.Name, restore.Namespace), Attempt = order.Request.Attempt, Plan = RestoreSamples.Plan() });
    }

    private async Task EndAllAsync(RestoreKey restore, JobOperation operation, VolumeHolds holds, bool kept)
    {
        await silo.UntilAsync(() => Jobs(restore, operation).Count == 2, Minute);
        foreach (var order in Jobs(restore, operation))
        {
            await SeeAsync(restore, order, new()
            {
                Uid = Uid(restore.Name, restore.Namespace),
                Attempt = order.Request.Attempt,
                Volume = new() { Volume = order.Volume!.Claim, Holds = holds, PreviousKept = kept, BytesDownloaded = 1 << 29, DownloadSeconds = 22, PrepareSeconds = 8 },
            });
        }
    }

    private Task SeeAsync(RestoreKey restore, JobOrder order, JobReport report) => silo.Restore(restore).ObserveJobAsync(
        new() { Uid = Uid(restore.Name, restore.Namespace), Job = order.Job, State = JobState.Complete, Report = report });

    private Task SeeAsync(RestoreKey restore, WorkloadStanding standing) => silo.Restore(restore).ObserveWorkloadAsync(standing);

    private List<JobOrder> Jobs(RestoreKey restore, JobOperation operation) =>
        [.. silo.Edge.Jobs.Values.Where(order => order.Request.Operation == operation && order.Request.Backup is var owner && owner.Name == restore.Name && owner.Namespace == restore.Namespace)];

    private int LooksAtWorkload(RestoreKey restore) => silo.Edge.Kept.Count(cluster => cluster == new ClusterKey(restore.Member, restore.Namespace, "orders").ToString());

    private static string Uid(string name, string space) => $"uid-{space}-{name}";

    // The clock is one for all tests, and goes on by a day in one of them.
    private BackupSpec Spec(BackupKey key) => Samples.Spec(Uid(key.Name, key.Namespace)) with { Created = silo.Clock.GetUtcNow() };

    private RestoreSpec Spec(RestoreKey key, string backup) => RestoreSamples.Spec(Uid(key.Name, key.Namespace)) with { BackupName = backup, Created = silo.Clock.GetUtcNow() };
}

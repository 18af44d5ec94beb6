using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

public sealed class BackupGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Apply_ClusterReady_RunsTheWholeRoad()
    {
        var key = await BegunAsync("road");
        var job = silo.Edge.JobOf(key, JobOperation.Backup)!;
        await SeeAsync(key, job, JobState.Active);
        await silo.UntilPhaseAsync(key, BackupPhase.Running);
        await SeeAsync(key, job, JobState.Complete, new() { Uid = Uid(key), Attempt = 1, Summary = Samples.Summary() });
        await silo.UntilPhaseAsync(key, BackupPhase.Succeeded);

        var cluster = new ClusterKey(Samples.Member, key.Namespace, "orders");
        await silo.UntilAsync(() => silo.Edge.Last(cluster)?.LastSuccessfulBackup?.Name == key.Name);
        Assert.Equal("orders-mysql-1", silo.Edge.Jobs[job].Source!.Pod);

        // What was passed before it could be told is left out.
        Assert.Equal(["Start", "Run", "Finish"], silo.Edge.Events.Where(one => one.Uid == Uid(key)).Select(one => one.Action).Except(["Accept", "Choose"]));
    }

    [Fact]
    public async Task Apply_Twice_MakesOneJob()
    {
        var key = await BegunAsync("twice");
        await silo.Backup(key).ApplyAsync(Spec(key));
        await SeeAsync(key, silo.Edge.JobOf(key, JobOperation.Backup)!, JobState.Active);
        await silo.Backup(key).ApplyAsync(Spec(key));
        await silo.UntilPhaseAsync(key, BackupPhase.Running);

        Assert.Single(silo.Edge.Jobs.Values, order => order.Subject == JobSubject.Of(key));
    }

    [Fact]
    public async Task Apply_NoCluster_FailsWithinAMinuteOrTwo()
    {
        var key = new BackupKey(Samples.Member, "nocluster", "backup1");
        await silo.Backup(key).ApplyAsync(Spec(key));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Reason == Reasons.ClusterNotFound);

        await silo.UntilPhaseAsync(key, BackupPhase.Failed, TimeSpan.FromSeconds(5));
        Assert.Equal(Reasons.ClusterNotFound, silo.Edge.Last(key)!.Reason);
    }

    [Fact]
    public async Task Apply_TwoOfOneCluster_SecondWaitsForTheFirstAndSaysSo()
    {
        var first = await BegunAsync("queue");
        var second = new BackupKey(Samples.Member, first.Namespace, "backup2");
        await silo.Backup(second).ApplyAsync(Spec(second));
        await silo.UntilAsync(() => silo.Edge.Last(second)?.Reason == Reasons.BackupRunning);
        Assert.Contains($"'{first.Name}'", silo.Edge.Last(second)!.Message, StringComparison.Ordinal);

        await SeeAsync(first, silo.Edge.JobOf(first, JobOperation.Backup)!, JobState.Complete, new() { Uid = Uid(first), Attempt = 1, Summary = Samples.Summary() });
        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == second));
    }

    [Fact]
    public async Task EnsureJob_ApiServerAway_IsRepeatedAndTheReasonShown()
    {
        silo.Edge.Trouble = (method, name) =>
        {
            if (method == nameof(IJobDispatcher.EnsureJobAsync) && name == "away")
                throw new HttpRequestException("the API server is away");
        };
        var key = await AdmittedAsync("away-ns", "away");
        await silo.Backup(key).ChooseSourceAsync(Samples.GoodSurvey(Uid(key)));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Reason == Reasons.PodNotStarting);
        Assert.Contains("the API server is away", silo.Edge.Last(key)!.Message, StringComparison.Ordinal);

        silo.Edge.Trouble = (_, _) => { };
        await silo.UntilAsync(() => silo.Edge.JobOf(key, JobOperation.Backup) is not null);
    }

    [Fact]
    public async Task WriteStatus_Fails_BlocksNothingAndIsRepeated()
    {
        var down = true;
        silo.Edge.Trouble = (method, name) =>
        {
            if (down && name == "mute" && (method is nameof(IStatusWriter.WriteAsync) or nameof(IStatusWriter.RecordAsync)))
                throw new HttpRequestException("no");
        };
        var key = await BegunAsync("mute-ns", "mute");
        Assert.Null(silo.Edge.Last(key));
        await SeeAsync(key, silo.Edge.JobOf(key, JobOperation.Backup)!, JobState.Complete, new() { Uid = Uid(key), Attempt = 1, Summary = Samples.Summary() });

        down = false;
        await silo.UntilPhaseAsync(key, BackupPhase.Succeeded, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Tick_WatchEventLost_FindsTheEndedJob()
    {
        var key = await BegunAsync("lost");
        var job = silo.Edge.JobOf(key, JobOperation.Backup)!;
        silo.Edge.Sightings[job] = new() { Uid = Uid(key), Job = job, State = JobState.Complete, Report = new() { Uid = Uid(key), Attempt = 1, Summary = Samples.Summary() } };

        await silo.UntilPhaseAsync(key, BackupPhase.Succeeded, Minute);
    }

    [Fact]
    public async Task Tick_ActivationLostAfterRemembering_ActsAgain()
    {
        silo.Edge.Trouble = (method, name) =>
        {
            if (method == nameof(IJobDispatcher.EnsureJobAsync) && name == "crash")
                throw new HttpRequestException("crash before acting");
        };
        var key = await AdmittedAsync("crash-ns", "crash");
        await silo.Backup(key).ChooseSourceAsync(Samples.GoodSurvey(Uid(key)));
        await silo.DeactivateAsync(silo.Backup(key));
        silo.Edge.Trouble = (_, _) => { };

        await silo.UntilAsync(() => silo.Edge.JobOf(key, JobOperation.Backup) is not null, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Apply_Cancelled_StopsSweepsAndEndsWithinSeconds()
    {
        var key = await BegunAsync("cancel");
        var job = silo.Edge.JobOf(key, JobOperation.Backup)!;
        await SeeAsync(key, job, JobState.Active);
        var asked = silo.Clock.GetUtcNow();
        await silo.Backup(key).ApplyAsync(Spec(key) with { Generation = 2, Cancelled = true });
        await silo.UntilAsync(() => silo.Edge.JobOf(key, JobOperation.Sweep) is not null);
        var sweep = silo.Edge.JobOf(key, JobOperation.Sweep)!;
        await SeeAsync(key, sweep, JobState.Complete, new() { Uid = Uid(key), Attempt = 1 });
        await silo.UntilPhaseAsync(key, BackupPhase.Cancelled);

        Assert.InRange((silo.Clock.GetUtcNow() - asked).TotalSeconds, 0, 30);
        await silo.UntilAsync(() => silo.Edge.Removed.Contains(job) && silo.Edge.Removed.Contains(sweep));
    }

    [Fact]
    public async Task Tick_JobCouldNotBeToldToGoForLong_IsToldBeforeAnythingFollowsIt()
    {
        var key = await BegunAsync("untold-ns", "untold");
        var job = silo.Edge.JobOf(key, JobOperation.Backup)!;
        await SeeAsync(key, job, JobState.Active);
        silo.Edge.Trouble = (method, name) =>
        {
            if (method == nameof(IJobDispatcher.RemoveJobAsync) && name == "untold")
                throw new HttpRequestException("the API server is away");
        };
        await silo.Backup(key).ApplyAsync(Spec(key) with { Generation = 2, Cancelled = true });
        silo.Clock.Advance(2 * BackupPatience.Stop);
        await silo.DeactivateAsync(silo.Backup(key));
        await silo.Backup(key).GetStatusAsync();
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Reason == Reasons.Stopping);
        Assert.Null(silo.Edge.JobOf(key, JobOperation.Sweep));

        // Told at last, it does not go, and is not waited for any longer than one that was told at once.
        silo.Edge.Trouble = (method, name) => silo.Edge.Sightings[job] = new() { Uid = Uid(key), Job = job, State = JobState.Stopping };
        await silo.UntilAsync(() => silo.Edge.Removed.Contains(job));
        await silo.UntilAsync(() => silo.Edge.JobOf(key, JobOperation.Sweep) is not null, TimeSpan.FromSeconds(10));
        silo.Edge.Trouble = (_, _) => { };
    }

    [Fact]
    public async Task Apply_DeletedWithItsData_RemovesItAndReleases()
    {
        var key = await BegunAsync("delete");
        await SeeAsync(key, silo.Edge.JobOf(key, JobOperation.Backup)!, JobState.Complete, new() { Uid = Uid(key), Attempt = 1, Summary = Samples.Summary() });
        await silo.UntilPhaseAsync(key, BackupPhase.Succeeded);

        // The cluster's resource goes first: the storage is remembered.
        await silo.Cluster(new(Samples.Member, key.Namespace, "orders")).ForgetAsync("c1");
        await silo.Backup(key).ApplyAsync(Spec(key) with { Generation = 2, Deleting = true });
        await silo.UntilAsync(() => silo.Edge.JobOf(key, JobOperation.Delete) is not null);
        Assert.Empty(silo.Edge.Released.Where(uid => uid == Uid(key)));
        await SeeAsync(key, silo.Edge.JobOf(key, JobOperation.Delete)!, JobState.Complete, new() { Uid = Uid(key), Attempt = 1, ObjectsRemoved = 17 });
        await silo.UntilAsync(() => silo.Edge.Released.Contains(Uid(key)));

        await silo.Backup(key).ForgetAsync(Uid(key));
        await silo.UntilAsync(() => silo.Backup(key).GetStatusAsync().Result is null);
    }

    [Fact]
    public async Task Reminder_BackupSettled_IsTakenAway()
    {
        var key = await BegunAsync("settled");
        await SeeAsync(key, silo.Edge.JobOf(key, JobOperation.Backup)!, JobState.Complete, new() { Uid = Uid(key), Attempt = 1, Summary = Samples.Summary() });
        await silo.UntilPhaseAsync(key, BackupPhase.Succeeded);
        await silo.UntilAsync(() => silo.Edge.Events.Any(one => one.Uid == Uid(key) && one.Action == "Finish"));
        await silo.DeactivateAsync(silo.Backup(key));
        var told = silo.Edge.Events.Count(one => one.Uid == Uid(key));
        for (var minute = 0; minute < 5; minute++)
        {
            silo.Clock.Advance(Minute);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        Assert.Equal(BackupPhase.Succeeded, (await silo.Backup(key).GetStatusAsync())!.Phase);
        Assert.Equal(told, silo.Edge.Events.Count(one => one.Uid == Uid(key)));
    }

    private static string Uid(BackupKey key) => $"uid-{key.Namespace}-{key.Name}";

    private BackupSpec Spec(BackupKey key) => Samples.Spec(Uid(key)) with { Created = silo.Clock.GetUtcNow() };

    private async Task<BackupKey> AdmittedAsync(string @namespace, string name)
    {
        var key = new BackupKey(Samples.Member, @namespace, name);
        await silo.Cluster(new(Samples.Member, @namespace, "orders")).ApplyAsync(Samples.ClusterSpec());
        await silo.Backup(key).ApplyAsync(Spec(key));
        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == key));
        return key;
    }

    private async Task<BackupKey> BegunAsync(string @namespace, string name = "backup1")
    {
        var key = await AdmittedAsync(@namespace, name);
        await silo.Backup(key).ChooseSourceAsync(Samples.GoodSurvey(Uid(key)));
        await silo.UntilAsync(() => silo.Edge.JobOf(key, JobOperation.Backup) is not null);
        return key;
    }

    private Task SeeAsync(BackupKey key, string job, JobState state, JobReport? report = null) =>
        silo.Backup(key).ObserveJobAsync(new() { Uid = Uid(key), Job = job, State = state, Report = report });
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Drills;

/// <summary>Drills in one silo: cluster, catalogue, backup and drill talk to one another, and the edge is looked into.</summary>
public sealed class DrillGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Apply_OfADrill_ProvesTheNewestBackupToAllWhoAreToKnow()
    {
        var (cluster, backup) = await GoodBackupAsync("proves", "newest");
        var drill = new DrillKey(Samples.Member, "proves", "once");
        await silo.Drill(drill).ApplyAsync(Spec(drill));
        var order = await JobAsync(drill);

        Assert.Equal((JobSubject.Of(drill), JobOperation.Drill, "newest"), (order.Subject, order.Request.Operation, order.Request.Restore!.Source!.Backup!.Name));
        Assert.Equal(drill, (await silo.Cluster(cluster).GetViewAsync()).Drilling);
        Assert.False(await silo.Backup(backup).ExpireAsync(Expiry(backup)));
        await EndAsync(drill, order, fault: null);

        await silo.UntilAsync(() => silo.Edge.Last(drill)?.Phase == DrillPhase.Succeeded);
        await silo.UntilAsync(() => silo.Edge.Last(backup)?.Verified is { Passed: true, Drill: "once", RecoverySeconds: 30.5 });
        await silo.UntilAsync(() => silo.Edge.Last(cluster) is { Proven.Backup: "newest" } shown && shown.Conditions.Any(condition => condition is { Type: "Proven", Status: true }));
        await silo.UntilAsync(() => silo.Backup(backup).ExpireAsync(Expiry(backup)).Result);
        Assert.Null((await silo.Cluster(cluster).GetViewAsync()).Drilling);
        Assert.Contains(silo.Edge.Events, told => told is { Kind: "MySQLBackup", Reason: Reasons.Proven, Action: "Verify", Warning: false } && told.Uid == Uid("newest", "proves"));
        await silo.UntilAsync(() => silo.Edge.Removed.Contains(order.Job));
    }

    [Fact]
    public async Task Apply_OfTwoDrills_HasThemOneAfterTheOther()
    {
        var (cluster, _) = await GoodBackupAsync("turns", "good");
        DrillKey first = new(Samples.Member, "turns", "first"), second = new(Samples.Member, "turns", "second");
        await silo.Drill(first).ApplyAsync(Spec(first));
        var order = await JobAsync(first);
        await silo.Drill(second).ApplyAsync(Spec(second));
        await silo.UntilAsync(() => silo.Edge.Last(second)?.Reason == Reasons.DrillRunning);
        Assert.Contains("'first'", silo.Edge.Last(second)!.Message, StringComparison.Ordinal);

        await EndAsync(first, order, JobFault.DrillFailed);
        await EndAsync(second, await JobAsync(second), fault: null);

        // What the first found wrong is not hidden by what the second found right.
        await silo.UntilAsync(() => silo.Edge.Last(cluster) is { Proven.Drill: "second" } shown && shown.Conditions.Any(condition => condition is { Type: "Proven", Status: false, Reason: nameof(JobFault.DrillFailed) }));
        await silo.Drill(first).ForgetAsync(Uid("first", "turns"));
        await silo.UntilAsync(() => silo.Edge.Last(cluster)!.Conditions.Any(condition => condition is { Type: "Proven", Status: true }));
    }

    [Fact]
    public async Task Apply_WhereThereIsNoGoodBackup_IsLoudAfterAMinute()
    {
        await silo.Cluster(new(Samples.Member, "bare", "orders")).ApplyAsync(Samples.ClusterSpec());
        var drill = new DrillKey(Samples.Member, "bare", "none");
        await silo.Drill(drill).ApplyAsync(Spec(drill));

        await silo.UntilAsync(() => silo.Edge.Last(drill) is { Phase: DrillPhase.Failed, Reason: Reasons.NoBackup }, Minute);
        await silo.UntilAsync(() => silo.Edge.Last(new ClusterKey(Samples.Member, "bare", "orders"))!.Conditions.Any(condition => condition is { Type: "Proven", Status: false, Reason: Reasons.NoBackup }));
        Assert.Contains(silo.Edge.Events, told => told is { Kind: "RestoreDrill", Reason: Reasons.NoBackup, Action: "Finish", Warning: true });
    }

    // Nothing is due for it, nobody tells it of its resource, and so it looks by itself.
    [Fact]
    public async Task Resource_ThatWentWhileNobodyWatched_IsNoWordAtTheClusterAfterADay()
    {
        var (cluster, _) = await GoodBackupAsync("unseen", "good");
        var drill = new DrillKey(Samples.Member, "unseen", "once");
        await silo.Drill(drill).ApplyAsync(Spec(drill));
        var order = await JobAsync(drill);
        await EndAsync(drill, order, JobFault.DrillFailed);
        await silo.UntilAsync(() => silo.Edge.Last(cluster)!.Conditions.Any(condition => condition is { Type: "Proven", Status: false }));
        await silo.UntilAsync(() => silo.Edge.Jobs.Values.All(left => left.Subject != JobSubject.Of(drill)));
        await silo.DeactivateAsync(silo.Drill(drill));

        silo.Edge.Sightings[order.Job] = new() { Uid = "", Job = order.Job, State = JobState.Missing, ResourceGone = true };
        await silo.UntilAsync(() => silo.Edge.Last(cluster)!.Conditions.All(condition => condition.Type != "Proven"), TimeSpan.FromMinutes(5));
        Assert.Null(await silo.Drill(drill).GetStatusAsync());
    }

    [Fact]
    public async Task Schedule_AfterTheActivationWasPutAway_StillFallsDue()
    {
        await GoodBackupAsync("due", "good");
        var drill = new DrillKey(Samples.Member, "due", "hourly");
        await silo.Drill(drill).ApplyAsync(Spec(drill) with { Schedule = new() { Name = "drill", Cron = "0 * * * *", StorageName = "" } });
        await silo.UntilAsync(() => silo.Edge.Last(drill) is { Phase: DrillPhase.Waiting, Schedule.NextDue: not null });
        var due = silo.Edge.Last(drill)!.Schedule!.NextDue!.Value;
        await silo.DeactivateAsync(silo.Drill(drill));

        // Almost in one step: in steps of minutes the grain's own patience would run out before it had its turn.
        silo.Clock.Advance(due.AddSeconds(-2) - silo.Clock.GetUtcNow());
        await EndAsync(drill, await JobAsync(drill), fault: null);

        await silo.UntilAsync(() => silo.Edge.Last(drill) is { Phase: DrillPhase.Succeeded, History: [{ Due: var was }, ..] } && was == due);
        await silo.UntilAsync(() => silo.Edge.Jobs.Values.All(order => order.Subject != JobSubject.Of(drill)));
        silo.Clock.Advance(due.AddHours(1).AddSeconds(-2) - silo.Clock.GetUtcNow());
        await JobAsync(drill);
        await silo.UntilAsync(() => silo.Edge.Last(drill) is { Phase: DrillPhase.Running, Schedule.LastDue: { } next } && next == due.AddHours(1));
    }

    private async Task<(ClusterKey Cluster, BackupKey Backup)> GoodBackupAsync(string space, string name)
    {
        var (cluster, backup) = (new ClusterKey(Samples.Member, space, "orders"), new BackupKey(Samples.Member, space, name));
        await silo.Cluster(cluster).ApplyAsync(Samples.ClusterSpec());

        // One that its resource tells of, as after a plane that lost its memory.
        await silo.Backup(backup).ApplyAsync(Samples.Spec(Uid(name, space)) with
        {
            Created = silo.Clock.GetUtcNow(),
            Recorded = new() { Status = RestoreSamples.Backup() with { Uid = Uid(name, space), Destination = RestoreSamples.Backup().Destination!.Replace("backup1", name, StringComparison.Ordinal) } },
        });
        await silo.UntilAsync(() => silo.Edge.Last(cluster)?.LastSuccessfulBackup?.Name == name);
        return (cluster, backup);
    }

    private async Task<JobOrder> JobAsync(DrillKey drill)
    {
        await silo.UntilAsync(() => Job() is not null);
        return Job()!;

        JobOrder? Job() => silo.Edge.Jobs.Values.FirstOrDefault(order => order.Subject == JobSubject.Of(drill));
    }

    private Task EndAsync(DrillKey drill, JobOrder order, JobFault? fault) => silo.Drill(drill).ObserveJobAsync(new()
    {
        Uid = order.Request.Backup.Uid,
        Job = order.Job,
        State = fault is null ? JobState.Complete : JobState.Failed,
        Report = new() { Uid = order.Request.Backup.Uid, Attempt = order.Request.Attempt, Fault = fault, Message = "It was so.", Drill = DrillLife.Found(fault is null ? 0 : 1, fault is null ? [] : ["It was so."]) },
    });

    private static BackupExpiry Expiry(BackupKey backup) => new() { Uid = Uid(backup.Name, backup.Namespace), Message = "No rule keeps it." };

    private static string Uid(string name, string space) => $"uid-{space}-{name}";

    private DrillSpec Spec(DrillKey key) => DrillLife.Spec() with { Uid = Uid(key.Name, key.Namespace), Created = silo.Clock.GetUtcNow() };
}

using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

/// <summary>Retention in a real silo whose clock the test moves: from the end of a backup to the end of its resource.</summary>
public sealed class RetentionGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Follow_OfARuleThatLetsBackupsGo_ShowsThemForAnHourAndThenRemovesThemInOneJob()
    {
        var key = await AppliedAsync("whole", keep: 1, backups: 3);
        var planned = silo.Clock.GetUtcNow();
        Assert.Equal(["n2", "n1"], Shown(key)!.Next.Select(backup => backup.Name));
        Assert.Equal((1, 2, 0), (Shown(key)!.Kept, Shown(key)!.Expiring, Shown(key)!.Removing));

        // In small steps: a busy machine hears of a reminder some of them late.
        await silo.UntilAsync(() => Prunes(key).Count > 0, TimeSpan.FromSeconds(15));
        Assert.InRange(silo.Clock.GetUtcNow() - planned, TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(80));
        var order = Assert.Single(Prunes(key));
        Assert.Equal([Uid(key, 2), Uid(key, 1)], order.Request.Prune!.Backups.Select(backup => backup.Uid));
        await silo.UntilAsync(() => silo.Edge.Last(Backup(key, 1)) is { Reason: Reasons.Expired } shown && !Complete(shown));
        Assert.Equal("Its retention lets it go, and its data is being removed: no rule of schedule 'nightly' keeps it (count 1).", silo.Edge.Last(Backup(key, 1))!.Message);
        Assert.True(Complete(silo.Edge.Last(Backup(key, 0))!));

        // Whoever comes after a crash asks for the very same Job.
        await CrashAsync(key);
        await silo.Cluster(key).ObserveSweepAsync(Ended(order, new()));
        await silo.UntilAsync(() => Deleted(key) == 2);
        Assert.Equal(order.Job, Assert.Single(Prunes(key)).Job);

        foreach (var night in new[] { 1, 2 })
        {
            await silo.Backup(Backup(key, night)).ApplyAsync(Resource(key, night) with { Generation = 2, Deleting = true });
            await silo.UntilAsync(() => silo.Edge.Released.Contains(Uid(key, night)));
            Assert.Null(silo.Edge.JobOf(Backup(key, night), JobOperation.Delete));
            await silo.Backup(Backup(key, night)).ForgetAsync(Uid(key, night));
        }

        await silo.UntilAsync(() => Shown(key) is { Kept: 1, Expiring: 0, Removing: 0, Pruned: 2 }, Minute);

        // After a crash it may be recorded once more: the same one again is the same event.
        Assert.Single(silo.Edge.Events.Where(happened => happened.Namespace == key.Namespace && happened.Reason == Reasons.Pruned).Distinct());
    }

    [Fact]
    public async Task Apply_OfAHoldWithinTheHour_KeepsTheBackup()
    {
        var key = await AppliedAsync("held", keep: 1, backups: 2);
        Assert.Equal(1, Shown(key)!.Expiring);

        await silo.Backup(Backup(key, 1)).ApplyAsync(Resource(key, 1) with { Held = true });
        await silo.UntilAsync(() => Shown(key) is { Expiring: 0, Kept: 2 });

        var until = silo.Clock.GetUtcNow().AddHours(30);
        await silo.UntilAsync(() => silo.Clock.GetUtcNow() > until, TimeSpan.FromMinutes(20));
        Assert.Empty(Prunes(key));
        Assert.True(Complete(silo.Edge.Last(Backup(key, 1))!));
    }

    [Fact]
    public async Task Expire_OfAHeldBackupWhoseHoldWentUnheard_IsRefusedByTheBackup()
    {
        var key = new BackupKey(Samples.Member, "unheard-hold", "n0");
        await silo.Backup(key).ApplyAsync(Recorded(key, "u-held", Samples.Start) with { Held = true, ClusterName = "elsewhere" });

        Assert.False(await silo.Backup(key).ExpireAsync(new() { Uid = "u-held", Message = "No rule." }));
        Assert.False(await silo.Backup(key).ExpireAsync(new() { Uid = "another", Message = "No rule." }));

        await silo.Backup(key).ApplyAsync(Recorded(key, "u-held", Samples.Start) with { ClusterName = "elsewhere" });
        Assert.True(await silo.Backup(key).ExpireAsync(new() { Uid = "u-held", Message = "No rule." }));
        Assert.True(await silo.Backup(key).ExpireAsync(new() { Uid = "u-held", Message = "No rule." }));
        Assert.True(await silo.Backup(key).PrunedAsync("u-held"));
        Assert.False(await silo.Backup(key).PrunedAsync("another"));
    }

    [Fact]
    public async Task Tick_WhereTheJobIsLost_AsksForAnother()
    {
        var key = await AppliedAsync("lost", keep: 1, backups: 2);
        await silo.UntilAsync(() => Prunes(key).Count == 1, Minute);
        var first = Prunes(key)[0];
        silo.Edge.Sightings[first.Job] = new() { Uid = "", Job = first.Job, State = JobState.Missing };

        await silo.UntilAsync(() => Prunes(key).Count == 2, Minute);
        await silo.UntilAsync(() => silo.Edge.Last(key)!.Conditions.Any(condition => condition is { Type: "Tidy", Status: false, Reason: Reasons.PruneFailed }));
        Assert.Equal(first.Request.Prune!.Backups, Prunes(key).Single(order => order.Job != first.Job).Request.Prune!.Backups);
    }

    [Fact]
    public async Task Prune_WhoseJobIsRefused_IsShownAndAskedForAgain()
    {
        var (refusals, seen) = (0, false);
        silo.Edge.Trouble = (method, name) =>
        {
            if (method == nameof(IJobDispatcher.EnsureJobAsync) && name == "refused" && (refusals++ < 3 || !Volatile.Read(ref seen)))
                throw new InvalidOperationException("exceeded quota: jobs.");
        };
        var key = await AppliedAsync("refused", keep: 1, backups: 2, "refused");

        await silo.UntilAsync(() => Shown(key)!.Message.Contains("exceeded quota: jobs.", StringComparison.Ordinal), Minute);
        Volatile.Write(ref seen, true);
        await silo.UntilAsync(() => Prunes(key).Count == 1, Minute);
        Assert.True(refusals >= 4, $"asked {refusals} times");
    }

    [Fact]
    public async Task Apply_OfABackupWhoseEndWentUnheard_SaysItAgain()
    {
        var key = await AppliedAsync("unheard-end", keep: 1, backups: 2);
        await silo.Client.GetGrain<IRetentionGrain>(key.ToString()).RecordAsync(Retained.End(1, Samples.Start) with { Uid = Uid(key, 1), Gone = true });
        await silo.Cluster(key).ApplyAsync(Retained.Keeping(1) with { Uid = $"c-{key.Namespace}", Generation = 2 });
        await silo.UntilAsync(() => Shown(key) is { Kept: 1, Expiring: 0 });

        // As a watch does that begins anew.
        await silo.Backup(Backup(key, 1)).ApplyAsync(Resource(key, 1));

        await silo.UntilAsync(() => Shown(key) is { Kept: 1, Expiring: 1 });
    }

    [Fact]
    public async Task Parting_OfABackupInAnotherBucket_LetsItRemoveItselfWithoutAJobOfTheClusters()
    {
        var key = await AppliedAsync("moved", keep: 1, backups: 2);
        var moved = Samples.Storage() is var storage ? storage with { Request = storage.Request with { S3 = storage.Request.S3! with { Bucket = "another" } } } : storage;
        await silo.Cluster(key).ApplyAsync((Retained.Keeping(1) with { Uid = $"c-{key.Namespace}", Generation = 2 }).With(moved));

        await silo.UntilAsync(() => Deleted(key) == 1, Minute);
        Assert.Empty(Prunes(key));

        await silo.Backup(Backup(key, 1)).ApplyAsync(Resource(key, 1) with { Generation = 2, Deleting = true });
        await silo.UntilAsync(() => silo.Edge.JobOf(Backup(key, 1), JobOperation.Delete) is not null);
        Assert.Equal("backups", silo.Edge.Jobs.Values.Single(order => order.Subject == JobSubject.Of(Backup(key, 1))).Storage.Request.S3!.Bucket);
    }

    [Fact]
    public async Task Prune_OfALockedBackup_IsShownAndTriedAgainWhenTheLockEnds()
    {
        var key = await AppliedAsync("locked", keep: 1, backups: 3);
        await silo.UntilAsync(() => Prunes(key).Count == 1, Minute);
        var until = silo.Clock.GetUtcNow().AddHours(3);

        await silo.Cluster(key).ObserveSweepAsync(Ended(Prunes(key)[0], new() { Failures = [new() { Fault = JobFault.ObjectLocked, Backups = [0], LockedUntil = until }] }, JobFault.ObjectLocked));

        await silo.UntilAsync(() => Shown(key) is { Reason: Reasons.PruneFailed } shown && shown.Message.Contains("ObjectLocked", StringComparison.Ordinal));
        await silo.UntilAsync(() => Deleted(key) == 1);
        await silo.UntilAsync(() => Prunes(key).Count == 2, Minute);
        Assert.True(silo.Clock.GetUtcNow() >= until);
        Assert.Equal([Uid(key, 2)], Prunes(key).OrderBy(order => order.Request.Attempt).Last().Request.Prune!.Backups.Select(backup => backup.Uid));
    }

    private async Task<ClusterKey> AppliedAsync(string @namespace, int keep, int backups, string name = "orders")
    {
        var key = new ClusterKey(Samples.Member, @namespace, name);
        await silo.Cluster(key).ApplyAsync(Retained.Keeping(keep) with { Uid = $"c-{@namespace}" });
        for (var night = 0; night < backups; night++)
            await silo.Backup(Backup(key, night)).ApplyAsync(Resource(key, night));
        await silo.UntilAsync(() => Shown(key) is { } shown && shown.Kept + shown.Expiring == backups);
        return key;
    }

    /// <summary>A good backup whose plane lost its memory: the quickest way to have one.</summary>
    private static BackupSpec Recorded(BackupKey key, string uid, DateTimeOffset completed) => Samples.Spec(uid) with
    {
        Created = completed.AddMinutes(-5),
        Schedule = Catalogue.Schedule,
        Recorded = new()
        {
            Status = new()
            {
                Uid = uid,
                ObservedGeneration = 1,
                Phase = BackupPhase.Succeeded,
                Reason = Reasons.Completed,
                Attempts = [new() { Number = 1, Source = "orders-mysql-1", Job = $"mbk-{key.Name}", Started = completed.AddMinutes(-4), Ended = completed, Outcome = "Succeeded" }],
                Destination = "s3://backups/",
                Storage = Samples.Storage(),
                Jobs = new() { Image = new() { Name = "controlplane/sidecar:1.0" } },
                Completed = completed,
                Summary = Samples.Summary(),
            },
        },
    };

    private static BackupSpec Resource(ClusterKey key, int night) => Recorded(Backup(key, night), Uid(key, night), Samples.Start.AddDays(-night)) with { ClusterName = key.Name };

    private static BackupKey Backup(ClusterKey key, int night) => new(key.Member, key.Namespace, string.Create(CultureInfo.InvariantCulture, $"n{night}"));

    private static string Uid(ClusterKey key, int night) => string.Create(CultureInfo.InvariantCulture, $"u-{key.Namespace}-{night}");

    private RetentionStatus? Shown(ClusterKey key) => silo.Edge.Last(key)?.Retention;

    private List<JobOrder> Prunes(ClusterKey key) => [.. silo.Edge.Jobs.Values.Where(order => order.Request.Operation == JobOperation.Prune && order.Subject.Namespace == key.Namespace)];

    private int Deleted(ClusterKey key) => silo.Edge.Deleted.Where(uid => uid.StartsWith($"u-{key.Namespace}-", StringComparison.Ordinal)).Distinct().Count();

    private static bool Complete(BackupStatus status) => status.Conditions.Single(condition => condition.Type == "Complete").Status is true;

    private async Task CrashAsync(ClusterKey key)
    {
        await silo.DeactivateAsync(silo.Client.GetGrain<IRetentionGrain>(key.ToString()));
        await silo.DeactivateAsync(silo.Cluster(key));
    }

    private static JobSighting Ended(JobOrder order, PruneSummary summary, JobFault? fault = null) => new()
    {
        Uid = order.Request.Backup.Uid,
        Job = order.Job,
        State = fault is null ? JobState.Complete : JobState.Failed,
        Report = new() { Uid = order.Request.Backup.Uid, Attempt = order.Request.Attempt, Fault = fault, Message = "It was so.", Prune = summary },
    };
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;
using static ControlPlane.Grains.Tests.Clusters.Retention.Retained;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

public sealed class PruneMachineTests
{
    private static readonly DateTimeOffset Now = Samples.Start.AddHours(1);
    private static readonly ClusterSpec Spec = Keeping(1);
    private static readonly RetentionState AtWork = Begin(Agreed(4, keep: 1), Now);

    private static StoragePrune Work => Assert.Single(AtWork.Prunes);

    [Fact]
    public void Begin_OfWhatHasAgreed_IsOneJobAStorageWithTheOldestFirst()
    {
        Assert.Equal(["u3", "u2", "u1"], Work.Batch.Select(backup => backup.Uid));
        Assert.StartsWith("myc-orders-", Work.Job, StringComparison.Ordinal);
        Assert.Same(AtWork, Begin(AtWork, Now.AddMinutes(1)));
        Assert.Empty(Begin(Expired(4, keep: 1), Now).Prunes);
        Assert.Empty(PruneMachine.Begin(Samples.Cluster, Agreed(4, keep: 1), Spec with { Suspended = true }, Now).Prunes);

        var two = Begin(Agreed(4, keep: 1) is var agreed ? agreed with { Entries = [.. agreed.Entries.Select((entry, index) => index == 2 ? entry with { Storage = "other" } : entry)] } : agreed, Now,
            Spec with { Storages = new Dictionary<string, StorageSpec> { ["s3-main"] = Samples.Storage(), ["other"] = Samples.Storage() } });
        Assert.Equal([("other", 1), ("s3-main", 2)], two.Prunes.Select(prune => (prune.Storage, prune.Batch.Count)));
    }

    [Fact]
    public void Begin_OfMoreThanAJobTakes_LeavesTheRestToTheNext()
    {
        var first = Begin(Agreed(150, keep: 1), Now);
        var done = PruneMachine.Observe(first, Ended(first, new() { Failures = [] }), Now.AddMinutes(5), looked: false);
        var second = Begin(done, Now.AddMinutes(6));

        Assert.Equal((PruneRequest.MaximumBackups, 100L, 49), (first.Prunes[0].Batch.Count, done.Pruned, second.Prunes[0].Batch.Count));
        Assert.NotEqual(first.Prunes[0].Job, second.Prunes[0].Job);
        Assert.Empty(first.Prunes[0].Batch.Intersect(second.Prunes[0].Batch));
    }

    [Fact]
    public void Order_OfAPrune_NamesTheClusterAndItsBackups()
    {
        var order = PruneMachine.Order(Samples.Cluster, AtWork, Spec, Work)!;

        Assert.Equal((JobOperation.Prune, JobRequest.PruneVersion, true, "c1"), (order.Request.Operation, order.Request.Version, order.OwnedByResource, order.Request.Backup.Uid));
        Assert.Equal(["n3", "n2", "n1"], order.Request.Prune!.Backups.Select(backup => backup.Name));
        Assert.Null(PruneMachine.Order(Samples.Cluster, AtWork, Spec with { Storages = new Dictionary<string, StorageSpec>() }, Work));
    }

    [Fact]
    public void Observe_OfASuccess_MarksThemAndTellsOnce()
    {
        var sighting = Ended(AtWork, new() { Failures = [] });

        var done = PruneMachine.Observe(AtWork, sighting, Now.AddMinutes(5), looked: false);

        Assert.Equal(["u1", "u2", "u3"], RetentionMachine.Parting(done, Spec).Select(entry => entry.Uid));
        Assert.Equal((null, 3L), (done.Prunes[0].Job, done.Pruned));
        Assert.Same(done, PruneMachine.Observe(done, sighting, Now.AddMinutes(6), looked: true));
        var told = Assert.Single(RetentionStory.Tell(Samples.Cluster, AtWork, done, Now).EventsOwed);
        Assert.Equal((Reasons.Pruned, false, "Storage 's3-main': 3 backups that retention let go were removed: n1, n2, n3."), (told.Reason, told.Warning, told.Message));
    }

    // News goes one way, and may overtake one another.
    [Fact]
    public void Record_OfNewsThatComesAfterTheBackupIsGone_TellsNoSecondRemoval()
    {
        var done = PruneMachine.Observe(AtWork, Ended(AtWork, new() { Failures = [] }), Now.AddMinutes(5), looked: false);
        var gone = RetentionMachine.Record(done, End(1, Samples.Start) with { Gone = true });
        var end = End(1, Samples.Start) is var plain ? plain with { Removed = true, Facts = plain.Facts! with { Expired = true } } : plain;
        var late = RetentionMachine.Record(gone, end);

        Assert.Equal((2, 3), (gone.Entries.Count(entry => entry.Removed), late.Entries.Count(entry => entry.Removed)));
        Assert.Empty(RetentionStory.Tell(Samples.Cluster, gone, late, Now).EventsOwed);
    }

    [Fact]
    public void Observe_OfALockedOne_TakesTheOthersAndWaitsForTheLock()
    {
        var until = Now.AddHours(5);
        var done = PruneMachine.Observe(
            AtWork, Ended(AtWork, new() { Failures = [new() { Fault = JobFault.ObjectLocked, Backups = [1], LockedUntil = until }] }, JobFault.ObjectLocked), Now.AddMinutes(5), looked: false);

        Assert.Equal(["u1", "u3"], done.Entries.Where(entry => entry.Removed).Select(entry => entry.Uid));
        Assert.Equal((nameof(JobFault.ObjectLocked), null), (done.Prunes[0].Reason, done.Prunes[0].RetryAt));
        Assert.Null(Begin(done, Now.AddHours(4)).Prunes[0].Job);
        Assert.Equal(["u2"], Begin(done, until.AddMinutes(15)).Prunes[0].Batch.Select(backup => backup.Uid));

        var status = RetentionStory.Status(done, Spec, Now);
        Assert.Equal((Reasons.PruneFailed, 3), (status.Reason, status.Removing));
        Assert.Contains("(ObjectLocked)", status.Message, StringComparison.Ordinal);
        Assert.True(RetentionStory.Tell(Samples.Cluster, AtWork, done, Now).EventsOwed[^1] is { Warning: true, Reason: Reasons.PruneFailed });
    }

    [Theory]
    [InlineData(JobFault.StorageUnavailable, 15)]
    [InlineData(JobFault.StorageDenied, 24 * 60)]
    public void Observe_OfAStoreThatFails_TriesAgainLater(JobFault fault, int minutes)
    {
        var summary = new PruneSummary { Failures = [new() { Fault = fault, Backups = [0, 1, 2] }] };
        var failed = PruneMachine.Observe(AtWork, Ended(AtWork, summary, fault), Now, looked: false);
        var without = PruneMachine.Observe(AtWork, Ended(AtWork, null, fault), Now, looked: false);

        Assert.Equal((Now.AddMinutes(minutes), 1, null), (failed.Prunes[0].RetryAt, failed.Prunes[0].Failures, failed.Prunes[0].Job));
        Assert.Equal(failed.Prunes[0].RetryAt, without.Prunes[0].RetryAt);
        Assert.Same(failed, Begin(failed, Now.AddMinutes(minutes - 1)));
        Assert.NotNull(Begin(failed, Now.AddMinutes(minutes)).Prunes[0].Job);
    }

    [Fact]
    public void Observe_OfALostJob_AsksForAnother()
    {
        var missing = new JobSighting { Uid = "", Job = Work.Job!, State = JobState.Missing };
        Assert.Same(AtWork, PruneMachine.Observe(AtWork, missing, Now.AddMinutes(1), looked: true));

        var lost = PruneMachine.Observe(AtWork, missing, Now.AddMinutes(3), looked: true);
        Assert.Equal(Reasons.JobLost, lost.Prunes[0].Reason);
        Assert.NotNull(Begin(lost, Now.AddMinutes(30)).Prunes[0].Job);
        Assert.NotEqual(Work.Job, Begin(lost, Now.AddMinutes(30)).Prunes[0].Job);

        Assert.Equal(Reasons.DeadlineExceeded, Begin(AtWork, Now.AddHours(7)).Prunes[0].Reason);
    }

    [Fact]
    public void Observe_OfAPodThatCannotStart_IsSaidUntilItRuns()
    {
        var pending = new JobSighting { Uid = "c1", Job = Work.Job!, State = JobState.Pending, Trouble = "0/3 nodes are available." };

        var hindered = PruneMachine.Observe(AtWork, pending, Now, looked: false);

        Assert.Equal((Reasons.PodNotStarting, Work.Job), (hindered.Prunes[0].Reason, hindered.Prunes[0].Job));
        Assert.Contains("0/3 nodes are available.", RetentionStory.Status(hindered, Spec, Now).Message, StringComparison.Ordinal);
        Assert.Same(hindered, PruneMachine.Observe(hindered, pending, Now.AddMinutes(1), looked: true));
        Assert.Null(PruneMachine.Observe(hindered, pending with { State = JobState.Active, Trouble = null }, Now, looked: false).Prunes[0].Reason);
    }

    [Fact]
    public void Observe_OfWhatIsNoneOfOurs_ChangesNothing()
    {
        Assert.Same(AtWork, PruneMachine.Observe(AtWork, Ended(AtWork, new()) with { Job = "myc-orders-else-1" }, Now, looked: false));
        Assert.Same(AtWork, PruneMachine.Observe(AtWork, Ended(AtWork, new()) is var one ? one with { Report = one.Report! with { Uid = "c0" }, State = JobState.Active } : one, Now, looked: false));
        Assert.Equal(3, PruneMachine.Observe(AtWork, Ended(AtWork, new() { Failures = [new() { Fault = JobFault.Internal, Backups = [-1, 99] }] }), Now, looked: false).Entries.Count(entry => entry.Removed));
    }

    [Fact]
    public void Begin_WhenNothingIsOwedAnyMore_ForgetsTheTrouble()
    {
        var failed = PruneMachine.Observe(AtWork, Ended(AtWork, null, JobFault.StorageDenied), Now, looked: false);
        var empty = failed.Entries.Where(entry => entry.Expired).Aggregate(failed, (state, entry) => RetentionMachine.Drop(state, entry.Uid));

        Assert.Equal("", RetentionStory.Status(Begin(empty, Now.AddMinutes(1)), Spec, Now).Reason);
    }

    private static RetentionState Begin(RetentionState state, DateTimeOffset now, ClusterSpec? spec = null) => PruneMachine.Begin(Samples.Cluster, state, spec ?? Spec, now);

    private static JobSighting Ended(RetentionState state, PruneSummary? summary, JobFault? fault = null) => new()
    {
        Uid = "c1",
        Job = state.Prunes[0].Job!,
        State = fault is null ? JobState.Complete : JobState.Failed,
        Report = new() { Uid = "c1", Attempt = state.Prunes[0].Number, Fault = fault, Message = "It was so.", Prune = summary },
    };
}

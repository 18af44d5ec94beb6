using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;
using CsCheck;

namespace ControlPlane.Grains.Tests.Clusters;

public sealed class SweepMachineTests
{
    private static readonly ClusterState Fresh = ClusterMachine.Apply(new(), Samples.ClusterSpec() with
    {
        Storages = new Dictionary<string, StorageSpec> { ["s3-main"] = Samples.Storage(), ["another"] = Samples.Storage() },
    });

    private static readonly ClusterState Asleep = SweepMachine.Tick(Samples.Cluster, Fresh, Samples.Start);

    private static readonly ClusterState AtWork = SweepMachine.Tick(Samples.Cluster, Asleep, Samples.Start.AddDays(1));

    private static ClusterSweep Work => SweepMachine.Running(AtWork)!;

    [Fact]
    public void Tick_OfANewCluster_SweepsEachStorageWithinADayAndOneAtATime()
    {
        Assert.Equal(["another", "s3-main"], Asleep.Sweeps.Select(sweep => sweep.Storage));
        Assert.All(Asleep.Sweeps, sweep => Assert.InRange(sweep.Due, Samples.Start, Samples.Start.AddDays(1)));
        Assert.Same(Asleep, SweepMachine.Tick(Samples.Cluster, Asleep, Samples.Start));
        Assert.Single(AtWork.Sweeps, sweep => sweep.Job is not null);
        Assert.Same(AtWork, SweepMachine.Tick(Samples.Cluster, AtWork, Samples.Start.AddDays(1).AddMinutes(1)));
    }

    [Fact]
    public void Slot_OfManyClusters_SpreadsThemOverTheDayAndKeepsEachAtItsOwn()
    {
        var slots = Enumerable.Range(0, 1000).Select(number => SweepMachine.Slot(new(Samples.Member, "shop", $"c{number}"), "s3", Samples.Start)).ToList();

        Assert.All(slots, slot => Assert.InRange(slot, Samples.Start, Samples.Start.AddDays(1)));
        Assert.InRange(slots.GroupBy(slot => slot.Hour).Max(hour => hour.Count()), 1, 80);
        Assert.Equal(SweepMachine.Slot(Samples.Cluster, "s3", Samples.Start).AddDays(1), SweepMachine.Slot(Samples.Cluster, "s3", Samples.Start.AddDays(1)));
    }

    [Fact]
    public void Order_OfASweep_NamesTheClusterAndWhatIsKnown()
    {
        var state = AtWork with
        {
            Running = new("local/shop/backup9", "running"),
            Good = [.. Enumerable.Range(0, 50).Select(number => new GoodBackup($"b{number}", $"good-{number}", Samples.Start, 1))],
            Waiting = [.. Enumerable.Range(0, 200).Select(number => new ClusterWaiter($"local/shop/w{number}", $"waits-{number}", "s3-main", Samples.Start))],
        };

        var order = SweepMachine.Order(Samples.Cluster, state, state.Spec!, Work, new() { Expected = ["b1-u"] })!;

        Assert.Equal((JobOperation.SweepCluster, JobRequest.ClusterSweepVersion, true), (order.Request.Operation, order.Request.Version, order.OwnedByResource));
        Assert.Equal(new BackupIdentity { Namespace = "shop", Cluster = "orders", Name = "orders", Uid = "c1" }, order.Request.Backup);
        Assert.Equal((691_200L, Work.Asked, SweepRequest.MaximumKnownUids), (order.Request.Sweep!.SafeAgeSeconds, order.Request.Sweep.Asked, order.Request.Sweep.KnownUids.Count));
        Assert.Equal("b1-u", Assert.Single(order.Request.Sweep.Stock!.Expected));
        Assert.Equal(["running", "good-0"], order.Request.Sweep.KnownUids.Take(2));
        Assert.Null(SweepMachine.Order(Samples.Cluster, state, Samples.ClusterSpec() with { Storages = new Dictionary<string, StorageSpec>() }, Work, new()));
    }

    [Fact]
    public void SafeAge_OfAllClusters_IsLongerThanAnyAttempt() =>
        Assert.True(SweepMachine.SafeAge >= TimeSpan.FromSeconds(604_800) + TimeSpan.FromDays(1));

    [Fact]
    public void Observe_AReport_IsShownAndTheNextSweepIsTomorrow()
    {
        var told = Told(Observe(AtWork, Report(removed: 5)));

        var sweep = told.Sweeps.Single(one => one.Storage == Work.Storage);
        Assert.Null(sweep.Job);
        Assert.InRange(sweep.Due - Work.Asked, TimeSpan.FromHours(12), TimeSpan.FromHours(36));
        var shown = Assert.Single(ClusterStatusBuilder.Build(told)!.Sweeps);
        Assert.Equal((Work.Storage, 5L, Reasons.Swept), (shown.Storage, shown.ObjectsRemoved, shown.Reason));
        Assert.Equal((true, Reasons.Swept), (Tidy(told).Status, Tidy(told).Reason));
        Assert.Equal((Reasons.Swept, false), Assert.Single(told.EventsOwed, happened => happened.Action == "Sweep") is var happened ? (happened.Reason, happened.Warning) : default);
    }

    [Theory]
    [InlineData(2, 0, Reasons.StrangersFound)]
    [InlineData(0, 1, Reasons.BackupsDamaged)]
    [InlineData(2, 1, Reasons.BackupsDamaged)]
    public void Observe_WhatSomebodyShouldLookAt_IsAWarning(long strangers, int damaged, string reason)
    {
        var told = Told(Observe(AtWork, Report(strangers: strangers, damaged: damaged)));

        Assert.Equal((false, reason), (Tidy(told).Status, Tidy(told).Reason));
        Assert.Equal((reason, true), Assert.Single(told.EventsOwed, happened => happened.Action == "Sweep") is var happened ? (happened.Reason, happened.Warning) : default);
        Assert.Contains(damaged > 0 ? "b1-u" : "readme", Tidy(told).Message, StringComparison.Ordinal);

        // The same again is no new event.
        Assert.DoesNotContain(Told(Observe(Again(told), Report(strangers: strangers, damaged: damaged)), Again(told)).EventsOwed.Skip(told.EventsOwed.Count), happened => happened.Warning);
    }

    [Theory]
    [InlineData(JobFault.StorageUnavailable, 15)]
    [InlineData(JobFault.StorageDenied, null)]
    public void Observe_AFault_IsTriedAgainButNeverAtOnce(JobFault fault, int? minutes)
    {
        var state = AtWork;
        for (var failures = 1; failures <= 20; failures++)
        {
            var work = SweepMachine.Running(state)!;
            state = Observe(state, new() { Uid = "c1", Attempt = 1, Fault = fault, Message = "It was so." }, work.Asked.AddMinutes(5));
            var failed = state.Sweeps.Single(sweep => sweep.Storage == work.Storage);
            Assert.Equal((failures, fault.ToString(), null), (failed.Failures, failed.Reason, failed.Job));
            var pause = failed.Due - work.Asked.AddMinutes(5);
            Assert.InRange(pause, minutes is { } least ? TimeSpan.FromMinutes(least) : TimeSpan.FromHours(12), TimeSpan.FromHours(36));
            Assert.True(failures > 1 || minutes is null || pause == TimeSpan.FromMinutes(minutes.Value));
            state = SweepMachine.Tick(Samples.Cluster, state with { Sweeps = [failed] , Spec = state.Spec! with { Storages = new Dictionary<string, StorageSpec> { [failed.Storage] = Samples.Storage() } } }, failed.Due);
        }

        Assert.Equal((false, Reasons.SweepFailed), (Tidy(Told(state)).Status, Tidy(Told(state)).Reason));
        Assert.Contains("It was so.", Tidy(Told(state)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JobState.Missing, false, 1, false)]
    [InlineData(JobState.Missing, false, 5, true)]
    [InlineData(JobState.Failed, false, 5, false)]
    [InlineData(JobState.Failed, true, 1, false)]
    [InlineData(JobState.Failed, true, 5, true)]
    [InlineData(JobState.Complete, true, 5, true)]
    [InlineData(JobState.Active, true, 5, false)]
    [InlineData(JobState.Pending, true, 300, false)]
    [InlineData(JobState.Stopping, true, 5, false)]
    public void Observe_AJobWithoutAReport_IsLostOnceThatIsSure(JobState state, bool looked, int minutes, bool lost)
    {
        var after = SweepMachine.Observe(Samples.Cluster, AtWork, new() { Uid = "", Job = Work.Job!, State = state }, Work.Asked.AddMinutes(minutes), looked);

        Assert.Equal(lost, !ReferenceEquals(after, AtWork));
        Assert.Equal(lost ? Reasons.JobLost : null, after.Sweeps.Single(sweep => sweep.Storage == Work.Storage).Reason);
    }

    [Fact]
    public void Observe_AJobOfAnotherNameOrCluster_ChangesNothing()
    {
        Assert.Same(AtWork, SweepMachine.Observe(Samples.Cluster, AtWork, new() { Uid = "c1", Job = "another", State = JobState.Complete, Report = Report() }, Samples.Start, looked: true));
        Assert.Same(AtWork, Observe(AtWork, Report() with { Uid = "c0" }));
    }

    [Fact]
    public void Ask_WithANewWord_SweepsAllNowAndTheSameWordNoMore()
    {
        var asked = Ask(Asleep, "report-1");
        var begun = SweepMachine.Tick(Samples.Cluster, asked, Samples.Start);

        Assert.Same(asked, Ask(asked, "report-1"));
        Assert.Same(Asleep, Ask(Asleep, "report-1", "c0"));
        Assert.True(SweepMachine.Running(begun)!.OnlyReports);
        Assert.Single(begun.Sweeps, sweep => sweep.Wished);
        Assert.Equal(2, Ask(Fresh, "before-the-first-tick").Sweeps.Count(sweep => sweep.Wished));

        // A report is no sweep: the day's own still comes, at its time.
        var due = SweepMachine.Running(begun)!.Due;
        var ended = SweepMachine.Observe(Samples.Cluster, begun, Seen(begun, Report(removed: 3, only: true)), Samples.Start.AddSeconds(9), looked: false);
        Assert.Equal((due, 0L), (ended.Sweeps.Single(sweep => sweep.Storage == SweepMachine.Running(begun)!.Storage).Due, ClusterStatusBuilder.Build(ended)!.Sweeps[0].ObjectsRemoved));
        Assert.False(SweepMachine.Running(SweepMachine.Tick(Samples.Cluster, Ask(Asleep, "now"), Samples.Start))!.OnlyReports);
    }

    [Fact]
    public void Forget_TheResource_ForgetsItsSweeps()
    {
        Assert.Empty(ClusterMachine.Forget(AtWork, "c1").Sweeps);
        Assert.Empty(SweepMachine.Tick(Samples.Cluster, AtWork with { Spec = null }, Samples.Start).Sweeps);
    }

    /// <summary>Whatever happens, in whatever order: never two at a time, never one for ever, and none soon after another.</summary>
    [Fact]
    public void Tick_OfAnyHistory_NeverWaitsForEverAndNeverLoops() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[1, 400]).List[1, 60].Sample(history =>
        {
            var (state, now, begun) = (Asleep, Samples.Start, new Dictionary<string, DateTimeOffset>());
            foreach (var (kind, minutes) in history)
            {
                now = now.AddMinutes(minutes);
                state = Happen(state, kind, now);
                var before = state;
                state = SweepMachine.Tick(Samples.Cluster, state, now);
                Assert.InRange(state.Sweeps.Count(sweep => sweep.Job is not null), 0, 1);
                if (SweepMachine.Running(state) is not { } running)
                {
                    Assert.All(state.Sweeps, sweep => Assert.InRange(sweep.Due, now, now.AddDays(1.6)));
                    continue;
                }

                Assert.True(now - running.Asked <= SweepMachine.JobDeadline + TimeSpan.FromMinutes(10));
                if (SweepMachine.Running(before)?.Job != running.Job)
                {
                    Assert.True(!begun.TryGetValue(running.Storage, out var last) || now - last >= TimeSpan.FromMinutes(15));
                    begun[running.Storage] = now;
                }
            }
        });

    private static ClusterState Ask(ClusterState state, string word, string uid = "c1") => SweepMachine.Ask(Samples.Cluster, state, new() { Uid = uid, Word = word }, Samples.Start);

    private static ClusterState Happen(ClusterState state, int kind, DateTimeOffset now) => SweepMachine.Running(state) is null ? state : kind switch
    {
        0 => SweepMachine.Observe(Samples.Cluster, state, Seen(state, Report(removed: 1)), now, looked: false),
        1 => SweepMachine.Observe(Samples.Cluster, state, Seen(state, Report() with { Fault = JobFault.StorageUnavailable }), now, looked: true),
        2 => SweepMachine.Observe(Samples.Cluster, state, Seen(state, Report() with { Fault = JobFault.StorageDenied }), now, looked: true),
        3 => SweepMachine.Observe(Samples.Cluster, state, Seen(state, null) with { State = JobState.Missing }, now, looked: false),
        4 => SweepMachine.Observe(Samples.Cluster, state, Seen(state, null) with { State = JobState.Failed }, now, looked: true),
        _ => state,
    };

    private static ClusterState Observe(ClusterState state, JobReport report, DateTimeOffset? now = null) =>
        SweepMachine.Observe(Samples.Cluster, state, Seen(state, report), now ?? SweepMachine.Running(state)!.Asked.AddMinutes(1), looked: false);

    private static JobSighting Seen(ClusterState state, JobReport? report) => new() { Uid = "c1", Job = SweepMachine.Running(state)!.Job!, State = JobState.Complete, Report = report };

    private static ClusterState Again(ClusterState told) =>
        told with { Sweeps = [.. told.Sweeps.Select(sweep => sweep.Storage == Work.Storage ? sweep with { Job = Work.Job, Asked = Work.Asked } : sweep)] };

    private static ClusterState Told(ClusterState state, ClusterState? before = null) => ClusterMachine.Tell(Samples.Cluster, before ?? AtWork, state, Samples.Start.AddDays(1));

    private static Condition Tidy(ClusterState told) => told.Conditions.Single(condition => condition.Type == SweepStory.Condition);

    private static JobReport Report(long removed = 0, long strangers = 0, int damaged = 0, bool only = false) => new()
    {
        Uid = "c1",
        Attempt = 1,
        ObjectsRemoved = removed,
        Message = "Swept.",
        Sweep = new()
        {
            Strangers = strangers,
            StrangerKeys = strangers > 0 ? ["shop/orders/readme"] : [],
            Damaged = damaged,
            DamagedBackups = damaged > 0 ? ["b1-u"] : [],
            OnlyReported = only,
        },
    };
}

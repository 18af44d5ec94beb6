using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Drills;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Drills;

/// <summary>A drill's way to its verdict, and what becomes of it whatever happens on the way.</summary>
public sealed class DrillMachineTests
{
    private static readonly DateTimeOffset Sunday = new(2026, 11, 22, 5, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Next_OfADrillWithoutASchedule_RunsOnceAndRests()
    {
        Assert.Equal((DrillPhase.Pending, DrillErrand.Asking), Where(DrillLife.Asking()));
        Assert.Equal((DrillPhase.Pending, DrillErrand.Finding), Where(DrillLife.Finding()));
        Assert.Equal((DrillPhase.Running, DrillErrand.Working), Where(DrillLife.Working()));
        var passed = DrillLife.Passed();

        Assert.Equal((DrillPhase.Succeeded, DrillErrand.None), Where(passed));
        Assert.False(passed.State.IsSettled);
        Assert.True(passed.Report().After(TimeSpan.FromDays(100)).Tick().State.IsSettled);
        Assert.Null(DrillSchedule.NextWake(passed.State));
    }

    [Fact]
    public void Finish_OfAGoodRound_ProvesTheBackupAndGivesItBack()
    {
        var state = DrillLife.Passed().State;

        var round = Assert.Single(state.History);
        Assert.Equal((1, true, Reasons.Proven, "backup1", 30.5), (round.Number, round.Passed, round.Reason, round.Backup, round.RecoverySeconds));
        Assert.Equal("Backup 'backup1' was restored: its server answered after 30.5 s; 12 of 12 tables were checked, 5000 rows were counted.", state.Message);
        var (backup, proof) = Assert.Single(state.ProofsOwed);
        Assert.Equal(("backup1", Samples.Uid, true, 30.5), (backup, proof.Uid, proof.Passed, proof.RecoverySeconds));
        Assert.Equal(new("backup1", $"drill:{DrillLife.Uid}#1"), Assert.Single(state.ReturnsOwed));
        Assert.Equal((true, state.Round, 1), (state.NewsOwed, null, state.JobsToRemove.Count));
        Assert.Equal(round.Completed, state.LastPassed);
        Assert.Equal(["Queue", "Queue", "Drill", "Finish"], state.EventsOwed.Select(told => told.Action));
        Assert.DoesNotContain(state.EventsOwed, told => told.Warning);
    }

    [Fact]
    public void Finish_OfARoundThatFoundFaults_IsLoudAndSaysAllOfThem()
    {
        var state = DrillLife.Failed().State;

        Assert.Equal((DrillPhase.Failed, nameof(JobFault.DrillFailed)), (state.Phase, state.Reason));
        Assert.Equal("Backup 'backup1': CHECK TABLE shop.orders: error: Corrupt. Query 1 has another result than the expected one.", state.Message);
        Assert.False(Assert.Single(state.ProofsOwed).Proof.Passed);
        Assert.True(state.EventsOwed[^1] is { Warning: true, Reason: nameof(JobFault.DrillFailed) });
        Assert.False(state.Conditions.Single(condition => condition.Type == "Passed").Status);
        Assert.Null(state.LastPassed);
    }

    // A full node or a store that is away says nothing of the backup.
    [Theory]
    [InlineData(JobFault.ManifestMismatch, true)]
    [InlineData(JobFault.WrongKey, true)]
    [InlineData(JobFault.StorageDenied, true)]
    [InlineData(JobFault.VolumeFull, false)]
    [InlineData(JobFault.InvalidRequest, false)]
    [InlineData(JobFault.DeadlineExceeded, false)]
    public void Finish_WithAFault_TellsTheBackupOnlyWhatIsItsOwn(JobFault fault, bool itsOwn)
    {
        var state = DrillLife.Working().Told(fault).State;

        Assert.Equal((DrillPhase.Failed, fault.ToString(), itsOwn ? 1 : 0), (state.Phase, state.Reason, state.ProofsOwed.Count));
    }

    [Fact]
    public void Retry_AfterAFaultThatMayPass_TakesAnotherJobOnceTheFirstIsGone()
    {
        var life = DrillLife.Working().Told(JobFault.StorageUnavailable);
        var first = life.State.Round!.Leaving;

        Assert.Equal((Reasons.Retrying, null, DrillErrand.Working), (life.State.Reason, life.State.Round.Job, life.State.Errand));
        Assert.Null(life.After(TimeSpan.FromMinutes(1)).Tick().State.Round!.Job);
        var second = life.Left().Tick().State.Round!.Job!;
        Assert.NotEqual(first, second.Name);
        Assert.Equal(nameof(JobFault.StorageUnavailable), Exhausted(life).State.Reason);
    }

    [Fact]
    public void Retry_WhereTheFirstJobNeverGoes_GoesOnAfterAWhile()
    {
        var life = DrillLife.Working().Told(JobFault.StorageUnavailable);
        var stuck = life.State.Round!.Leaving;

        life.After(TimeSpan.FromMinutes(7)).Tick();

        Assert.NotNull(life.State.Round!.Job);
        Assert.Contains(stuck, life.State.JobsToRemove);
    }

    [Fact]
    public void Observe_AJobThatEndedWithoutAReport_IsDoubtedAndThenTriedAgain()
    {
        var life = DrillLife.Working().See(JobState.Active).See(JobState.Failed, "it was killed because it used more memory than its limit");
        Assert.NotNull(life.State.Round!.Job);

        life.After(TimeSpan.FromSeconds(6)).See(JobState.Failed, "it was killed because it used more memory than its limit");

        Assert.Equal(Reasons.Retrying, life.State.Reason);
        Assert.Contains("more memory than its limit", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Observe_TheServersContainerHindered_SaysWhatIsInItsWay() =>
        Assert.Equal(
            (Reasons.PodNotStarting, "The Pod p cannot start: ErrImagePull", DrillPhase.Running),
            DrillLife.Working().See(JobState.Active, "The Pod p cannot start: ErrImagePull").State is var state ? (state.Reason, state.Message, state.Phase) : default);

    [Fact]
    public void Observe_AJobOfALifeThatWasForgotten_IsTakenAway() =>
        Assert.Equal(["rdr-weekly-old-1"], DrillLife.Asking().Report().See(JobState.Active, job: "rdr-weekly-old-1").State.JobsToRemove);

    [Fact]
    public void JobRefused_ForLonger_FailsWithWhatTheApiServerSaid()
    {
        var life = DrillLife.Working();
        life.Hear(new DrillEvent.JobRefused(life.State.Round!.Job!.Name, "There is no StatefulSet shop/orders-mysql."));
        Assert.Equal(DrillErrand.Working, life.State.Errand);

        life.After(TimeSpan.FromMinutes(16)).Tick();

        Assert.Equal((DrillPhase.Failed, Reasons.PodNotStarting, 0), (life.State.Phase, life.State.Reason, life.State.ProofsOwed.Count));
        Assert.Contains("no StatefulSet", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wait_WithoutAnyGoodBackup_FailsOnceItsPatienceIsOver()
    {
        var life = DrillLife.Asking().Refuse(Reasons.NoBackup, TimeSpan.FromMinutes(1)).After(TimeSpan.FromSeconds(50)).Tick();
        Assert.Equal(DrillErrand.Asking, life.State.Errand);

        life.After(TimeSpan.FromSeconds(20)).Tick();

        Assert.Equal((DrillPhase.Failed, Reasons.NoBackup, "It waits."), (life.State.Phase, life.State.Reason, life.State.Message));
        Assert.Empty(life.State.ReturnsOwed);
    }

    [Fact]
    public void Find_ANamedBackupThatIsNot_IsWaitedForAMinute()
    {
        var life = DrillLife.Finding(DrillLife.Spec() with { Backup = new() { Name = "backup1" } }).Find(null);
        Assert.Equal((DrillErrand.Finding, Reasons.BackupNotFound), (life.State.Errand, life.State.Reason));

        life.After(TimeSpan.FromMinutes(2)).Tick();

        Assert.Equal((DrillPhase.Failed, Reasons.BackupNotFound), (life.State.Phase, life.State.Reason));
        Assert.Single(life.State.ReturnsOwed);
    }

    [Fact]
    public void Find_AChosenBackupThatWentInBetween_AsksForAnother()
    {
        var life = DrillLife.Finding().Find(null);

        Assert.Equal((DrillErrand.Asking, true, 1), (life.State.Errand, life.State.NewsOwed, life.State.ReturnsOwed.Count));
        Assert.Equal(DrillErrand.Working, life.Admit("backup2").Find().State.Errand);
        Assert.Equal("backup2", life.Told().State.History[0].Backup);
    }

    [Fact]
    public void Schedule_FallingDue_RunsARoundAndSleepsUntilTheNext()
    {
        var life = DrillLife.Scheduled();
        Assert.Equal((DrillPhase.Waiting, DrillErrand.None, Reasons.NotDue), (life.State.Phase, life.State.Errand, life.State.Reason));
        Assert.Equal(Sunday, DrillSchedule.NextWake(life.Report().State));

        life.After(Sunday - life.Now).Tick().Admit().Find().After(TimeSpan.FromMinutes(1)).Told();

        Assert.Equal((DrillPhase.Succeeded, ScheduleOutcomes.Succeeded, 0), (life.State.Phase, life.State.Schedule!.LastOutcome, life.State.Schedule.Runs.Count));
        Assert.Equal(Sunday, life.State.History[0].Due);
        Assert.Equal(Sunday.AddDays(7), DrillSchedule.NextWake(life.State));
    }

    [Fact]
    public void Schedule_FallingDueWhileTheLastRoundIsAtWork_IsMissedAndSaid()
    {
        var life = DrillLife.Scheduled();
        life.After(Sunday - life.Now).Tick().Admit().Find().Report();

        life.After(TimeSpan.FromDays(7)).Tick();

        Assert.Equal((1, Reasons.DrillRunning), (life.State.Schedule!.Missed, life.State.Schedule.LastMiss!.Reason));
    }

    [Fact]
    public void Word_NewWhileARoundIsAtWork_IsHeededAfterIt()
    {
        var life = DrillLife.Working().Apply(DrillLife.Spec() with { Word = "now" });
        Assert.Equal((DrillErrand.Working, true), (life.State.Errand, life.State.Wished));

        life.Told();

        Assert.Equal((DrillErrand.Asking, 2, 1), (life.State.Errand, life.State.Round!.Number, life.State.History.Count));
        Assert.Contains(life.State.EventsOwed, told => told is { Reason: Reasons.Proven, Action: "Finish" });
        Assert.Equal(DrillErrand.None, life.Admit().Find().Told().Apply(DrillLife.Spec() with { Word = "now" }).Tick().State.Errand);
    }

    [Fact]
    public void Suspended_WhileSomethingIsWanted_WaitsForItsOwner()
    {
        var life = DrillLife.Asking(DrillLife.Spec() with { Suspended = true });
        Assert.Equal((DrillErrand.None, Reasons.Suspended, true), (life.State.Errand, life.State.Reason, life.State.Wished));

        life.Apply(DrillLife.Spec(generation: 2));

        Assert.Equal((DrillErrand.Asking, DrillPhase.Pending), (life.State.Errand, life.State.Phase));
    }

    [Fact]
    public void Apply_WithAnotherSpec_CountsFromTheNextRoundOn()
    {
        var life = DrillLife.Working().Apply(DrillLife.Spec(generation: 2) with { Checks = new() { TablesChecked = 3 }, HistoryLimit = 1 });
        Assert.Equal(0, DrillOrders.Job(DrillLife.Key, life.State).Request.Restore!.Drill!.TablesChecked);

        life.Told().Apply(DrillLife.Spec(generation: 3) with { Checks = new() { TablesChecked = 3 }, HistoryLimit = 1, Word = "again" }).Admit().Find();

        Assert.Equal(3, DrillOrders.Job(DrillLife.Key, life.State).Request.Restore!.Drill!.TablesChecked);
        Assert.Equal(2, Assert.Single(life.Told().State.History).Number);
    }

    [Fact]
    public void Apply_WithAnotherCluster_StaysWithTheFirstAndSaysSo()
    {
        var life = DrillLife.Passed().Apply(DrillLife.Spec(generation: 2) with { ClusterName = "other" });

        Assert.Equal("orders", life.State.Spec!.ClusterName);
        Assert.Contains("spec.clusterName: \"other\" cannot be changed from 'orders'", life.State.Objection, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuse_AfterAGoodSpec_KeepsThatInForce()
    {
        var life = DrillLife.Scheduled().Hear(new DrillEvent.Refused(new() { Uid = DrillLife.Uid, Generation = 2, Faults = ["spec.schedule: \"x\" has 1 fields."] }));

        Assert.Equal((Sunday, "spec.schedule: \"x\" has 1 fields."), (DrillSchedule.NextWake(life.State), life.State.Objection));
        Assert.True(life.Apply(DrillLife.Weekly(generation: 3)).State.Objection.Length == 0);
    }

    [Fact]
    public void Gone_WhileAJobIsAtWork_WaitsForItsEndAndThenForgets()
    {
        var life = DrillLife.Clearing();
        Assert.Equal([DrillDeed.RemoveJob, DrillDeed.LookAtJob], DrillAgenda.Work(life.State, looks: true).Select(action => action.Deed));
        Assert.True(life.State.HoldsSlot);

        life.Left();

        Assert.Equal((DrillErrand.Forgetting, true, 1), (life.State.Errand, life.State.NewsOwed, life.State.ReturnsOwed.Count));
        Assert.True(DrillOrders.End(DrillLife.Key, life.State).Gone);
        Assert.Equal("", life.Report().Hear(new DrillEvent.Parted()).State.Uid);
    }

    [Fact]
    public void Gone_WithANamesakeBehindIt_BeginsThatOneAfterwards()
    {
        var life = DrillLife.Working().Apply(DrillLife.Spec() with { Uid = "u2", Created = Samples.Start.AddHours(1) });
        Assert.Equal(("u2", Reasons.Stopping), DrillStatusBuilder.Build(life.State) is var shown ? (shown!.Uid, shown.Reason) : default);

        life.Left().Report().Hear(new DrillEvent.Parted());

        Assert.Equal(("u2", DrillErrand.Asking), (life.State.Uid, life.State.Errand));
    }

    [Fact]
    public void Begin_AfterThePlaneLostItsState_KeepsWhatWasProvenAndTellsItAgain()
    {
        var shown = DrillStatusBuilder.Build(DrillLife.Passed(DrillLife.Weekly() with { Word = "first" }).State)!;

        var state = new DrillLife().Apply(DrillLife.Weekly() with { Word = "first", Recorded = shown }).State;

        Assert.Equal((DrillPhase.Succeeded, DrillErrand.None, 1, true), (state.Phase, state.Errand, state.History.Count, state.NewsOwed));
        Assert.Null(state.Spec!.Recorded);
    }

    [Fact]
    public void Begin_AfterThePlaneLostItsStateWithARoundAtWork_DoesItAgain()
    {
        var life = DrillLife.Scheduled();
        life.After(Sunday - life.Now).Tick().Admit().Find();
        var shown = DrillStatusBuilder.Build(life.State)!;

        var again = new DrillLife().After(Sunday.AddMinutes(3) - Samples.Start).Apply(DrillLife.Weekly() with { Recorded = shown });

        Assert.Equal((DrillErrand.Asking, Sunday, false), (again.State.Errand, again.State.Round!.Due, again.State.Wished));
        Assert.Empty(again.Admit().Find().Told().State.Schedule!.Runs);
    }

    [Theory]
    [InlineData(0L, 2)]
    [InlineData(100L << 30, 127)]
    public void VolumeBytes_WhereNobodySaysIt_HasRoomForMoreThanTheBackup(long backup, long gibibytes) => Assert.Equal(gibibytes << 30, DrillOrders.VolumeBytes(backup));

    private static DrillLife Exhausted(DrillLife life)
    {
        for (var tries = 0; tries < 10 && life.State.Errand == DrillErrand.Working; tries++)
        {
            if (life.State.Round!.Job is not null)
                life.Told(JobFault.StorageUnavailable);
            if (life.State.Round?.Leaving is not null)
                life.Left();
            life.After(TimeSpan.FromMinutes(7)).Tick();
        }

        return life;
    }

    private static (DrillPhase, DrillErrand) Where(DrillLife life) => (life.State.Phase, life.State.Errand);
}

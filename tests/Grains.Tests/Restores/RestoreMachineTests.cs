using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Restores;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Restores;

/// <summary>A restore's way there, and its way back from each step.</summary>
public sealed class RestoreMachineTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    [Fact]
    public void Next_FromTheWishToTheConfirmation_GoesByEachPhaseOnce()
    {
        Assert.Equal((RestorePhase.Pending, RestoreErrand.Asking), Where(RestoreLife.Asking()));
        Assert.Equal((RestorePhase.Planning, RestoreErrand.Finding), Where(RestoreLife.Finding()));
        Assert.Equal((RestorePhase.Planning, RestoreErrand.Looking), Where(RestoreLife.Looking()));
        Assert.Equal((RestorePhase.Planning, RestoreErrand.Planning), Where(RestoreLife.Planning()));
        Assert.Equal((RestorePhase.Stopping, RestoreErrand.Stopping), Where(RestoreLife.Stopping()));
        Assert.Equal((RestorePhase.Restoring, RestoreErrand.Restoring), Where(RestoreLife.Restoring()));
        Assert.Equal((RestorePhase.Starting, RestoreErrand.Starting), Where(RestoreLife.Starting()));
        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.Holding), Where(RestoreLife.Holding()));
        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.Confirming), Where(RestoreLife.Confirming()));
        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.None), Where(RestoreLife.Confirmed()));
    }

    [Fact]
    public void Plan_WithBlockers_FailsWithAllOfThemAndTouchesNothing()
    {
        var life = RestoreLife.Planning()
            .Told(0, plan: RestoreSamples.Plan(null, new PlanBlocker(JobFault.WrongKey, "The key does not fit."), new PlanBlocker(JobFault.VolumeFull, "There is no room.")))
            .Told(1, plan: RestoreSamples.Plan(null, new PlanBlocker(JobFault.WrongKey, "The key does not fit.")));

        Assert.Equal((RestorePhase.Failed, Reasons.PlanBlocked), (life.State.Phase, life.State.Reason));
        Assert.Equal(["The key does not fit.", "datadir-orders-mysql-0: There is no room."], life.State.Plan!.Blockers);
        Assert.False(life.State.Stopped);
        Assert.True(life.State.NewsOwed && life.State.ReturnOwed);
    }

    [Fact]
    public void Plan_OfADryRun_SucceedsAndTouchesNothing()
    {
        var life = RestoreLife.Planning(RestoreSamples.Spec() with { DryRun = true }).Told(0, plan: RestoreSamples.Plan()).Told(1, plan: RestoreSamples.Plan());

        Assert.Equal((RestorePhase.Succeeded, Reasons.Planned, RestoreErrand.None), (life.State.Phase, life.State.Reason, life.State.Errand));
        Assert.False(life.State.Stopped || life.State.Volumes.Any(volume => volume.Touched));
        Assert.Equal(4, life.State.Plan!.Steps.Count);
        Assert.Single(life.State.Plan.Warnings);
    }

    [Theory]
    [InlineData(ReplicaVolumes.Restore, "RestoreVolume,RestoreVolume")]
    [InlineData(ReplicaVolumes.Delete, "RestoreVolume,EmptyVolume")]
    [InlineData(ReplicaVolumes.Keep, "RestoreVolume")]
    public void Volumes_OfReplicas_AreTreatedAsAsked(ReplicaVolumes wish, string operations) =>
        Assert.Equal(operations, string.Join(',', RestoreLife.Planning(RestoreSamples.Spec() with { ReplicaVolumes = wish }).State.Volumes.Select(volume => volume.Operation)));

    [Fact]
    public void Stopping_IsRemembered_BeforeItIsDone()
    {
        var life = RestoreLife.Stopping();

        Assert.Equal((true, 2), (life.State.Stopped, life.State.Workload!.Replicas));
        Assert.Equal([RestoreDeed.Stop, RestoreDeed.LookAtWorkload], RestoreAgenda.Work(life.State, looks: false).Select(action => action.Deed));
        Assert.Equal(2, RestoreStatusBuilder.Build(life.State)!.StoppedReplicas);
    }

    [Fact]
    public void Stopping_WhileAPodIsThere_Waits() =>
        Assert.Equal(RestoreErrand.Stopping, RestoreLife.Stopping().See(RestoreSamples.Standing(replicas: 0, pods: 1)).State.Errand);

    // An answer to a look before the workload was started must not be taken for its being stopped again.
    [Fact]
    public void Stopping_ForTheWayBack_PassesOverAnswersToEarlierLooks()
    {
        var number = RestoreLife.Restoring().State.Look;
        var life = RestoreLife.Starting().Cancel();

        Assert.Equal(RestoreErrand.Stopping, life.State.Errand);
        Assert.Equal(RestoreErrand.Stopping, life.See(RestoreSamples.Standing(replicas: 0, number: number)).State.Errand);
        Assert.Equal(RestoreErrand.Undoing, life.See(RestoreSamples.Standing(replicas: 0, number: life.State.Look)).State.Errand);
    }

    [Fact]
    public void Workload_ThatWasStoppedAlready_StaysSo()
    {
        var life = RestoreLife.Looking().See(RestoreSamples.Standing(replicas: 0)).Told(0, plan: RestoreSamples.Plan()).Told(1, plan: RestoreSamples.Plan()).Stopped()
            .Told(0, holds: VolumeHolds.Restored, kept: true).Told(1, holds: VolumeHolds.Restored, kept: true);

        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.Holding, false), (life.State.Phase, life.State.Errand, life.State.Stopped));
        Assert.Contains("stays so", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Starting_WhileTheServerDoesNotAnswer_Waits()
    {
        var life = RestoreLife.Starting().See(RestoreSamples.Standing(ready: false));

        Assert.Equal(RestoreErrand.Starting, life.State.Errand);
        Assert.Contains("orders-mysql-0 is not ready", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Starting_ThatTakesTooLong_GoesBack()
    {
        var life = RestoreLife.Starting().After(RestorePatience.Start).Tick();

        Assert.Equal((RestoreErrand.Stopping, RestorePhase.Failed), (life.State.Errand, life.State.Ending!.Phase));
        Assert.Equal(RestorePhase.Failed, life.Stopped().Undone().Answered().State.Phase);
    }

    [Fact]
    public void Undo_OfWhatWasDeletedFirst_LeavesTheWorkloadStoppedAndSaysWhatToDo()
    {
        var life = RestoreLife.Restoring(PreviousData.DeleteFirst).Cancel().Left().Stopped()
            .Told(0, JobFault.PreviousMissing, holds: VolumeHolds.Unfinished, message: "They were deleted first.").Told(1, holds: VolumeHolds.Previous);

        Assert.Equal((RestorePhase.Cancelled, Reasons.NotPutBack), (life.State.Phase, life.State.Reason));
        Assert.True(life.State.Stopped);
        Assert.Contains("kubectl -n shop scale statefulset orders-mysql --replicas=2", life.State.Message, StringComparison.Ordinal);
        Assert.Contains("datadir-orders-mysql-0: They were deleted first.", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Undo_OfAllThatWasDeletedFirstAndRestored_StartsTheRestoredData()
    {
        var life = RestoreLife.Starting(PreviousData.DeleteFirst).Cancel().Stopped()
            .Told(0, JobFault.PreviousMissing, holds: VolumeHolds.Restored).Told(1, JobFault.PreviousMissing, holds: VolumeHolds.Restored);

        Assert.Equal(RestoreErrand.Starting, life.State.Errand);
        life.Answered();
        Assert.Equal((RestorePhase.Cancelled, Reasons.NotPutBack, false), (life.State.Phase, life.State.Reason, life.State.Stopped));
    }

    [Fact]
    public void Holding_AfterItsTime_LetsThePreviousDataGo()
    {
        var life = RestoreLife.Holding().After(Day).Tick();
        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.Confirming), Where(life));

        life.After(TimeSpan.FromMinutes(1)).Tick().Told(0, holds: VolumeHolds.Restored).Told(1, holds: VolumeHolds.Restored);
        Assert.Equal((Reasons.Confirmed, false), (life.State.Reason, life.State.PreviousKept));
    }

    [Fact]
    public void Holding_ThatIsCancelled_PutsBackWhatWasThere()
    {
        var life = RestoreLife.Holding().Cancel();
        Assert.Equal((RestorePhase.Pending, RestoreErrand.Asking), Where(life));

        Assert.Equal(RestorePhase.Cancelled, life.Admit().Stopped().Undone().Answered().State.Phase);
        Assert.Equal(RestoreErrand.None, life.State.Errand);
    }

    // There is room for both, so there is a way back until the database has answered.
    [Fact]
    public void KeepPrevious_NeverWithRoom_LetsGoOfItOnceTheDatabaseAnswers()
    {
        var life = RestoreLife.Planning(RestoreSamples.Spec() with { KeepPrevious = KeepPrevious.Never })
            .Told(0, plan: RestoreSamples.Plan(PreviousData.DropAfterwards)).Told(1, plan: RestoreSamples.Plan(PreviousData.DropAfterwards));
        Assert.All(life.State.Volumes, volume => Assert.Equal(PreviousData.Keep, volume.Previous));

        life.Stopped().Told(0, holds: VolumeHolds.Restored, kept: true).Told(1, holds: VolumeHolds.Restored, kept: true).Answered();
        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.Confirming), Where(life));
    }

    [Theory]
    [InlineData(BackupPhase.Failed)]
    [InlineData(BackupPhase.Cancelled)]
    public void Backup_ThatHoldsNothing_FailsAtOnce(BackupPhase phase) =>
        Assert.Equal(Reasons.BackupNotFound, RestoreLife.Finding().Hear(new RestoreEvent.BackupSeen(RestoreSamples.Backup(phase))).State.Reason);

    [Fact]
    public void Backup_ThatIsNotThere_IsWaitedForAMinute()
    {
        var life = RestoreLife.Finding().Hear(new RestoreEvent.BackupSeen(null));
        Assert.Equal((RestorePhase.Planning, Reasons.BackupNotFound), (life.State.Phase, life.State.Reason));

        Assert.Equal(RestorePhase.Failed, life.After(RestorePatience.Find).Tick().State.Phase);
    }

    [Fact]
    public void Order_OfAnUndo_NeedsNoBackupAndNoKey()
    {
        var life = RestoreLife.Undoing();
        var request = RestoreOrders.Job(RestoreSamples.Key, life.State, life.State.Volumes[1]).Request;

        Assert.Equal((JobOperation.UndoRestore, null, null), (request.Operation, request.Restore!.Source, request.Sealing));
        Assert.Equal(("back1", RestoreSamples.Uid, "datadir-orders-mysql-1"), (request.Backup.Name, request.Backup.Uid, request.Restore.Volume!.Name));
    }

    [Fact]
    public void Adopted_InTheMiddle_IsNotRestoredAgain()
    {
        var status = RestoreStatusBuilder.Build(RestoreLife.Restoring().State)!;
        var life = new RestoreLife().Apply(RestoreSamples.Spec() with { Recorded = status });

        Assert.Equal((RestorePhase.Failed, Reasons.MemoryLost), (life.State.Phase, life.State.Reason));
        Assert.Contains("--replicas=2", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Spec_ThatChanges_IsSaidBack() =>
        Assert.Contains("spec.replicaVolumes was changed without effect", RestoreLife.Restoring().Apply(RestoreSamples.Spec(generation: 2) with { ReplicaVolumes = ReplicaVolumes.Keep }).State.Objection, StringComparison.Ordinal);

    // The one table: from each step, whatever ends it, comes the state before, and the slot and the backup are given back.
    [Theory]
    [MemberData(nameof(Steps))]
    public void Cancel_AtAnyStep_EndsWithTheStateBefore(string step)
    {
        var life = At(step).Cancel();
        for (var turn = 0; turn < 20 && !life.State.Phase.IsFinal(); turn++)
            Advance(life);

        Assert.Equal((RestorePhase.Cancelled, RestoreErrand.None, false), (life.State.Phase, life.State.Errand, life.State.Stopped));
        Assert.Contains(step is "Asking" or "Finding" or "Looking" or "Planning" ? "Nothing was touched" : "What was there was put back, and the database answers", life.State.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(life.State.Volumes, volume => volume.Touched);
        Assert.True(life.State.NewsOwed);
        Assert.Equal(life.State.Lent, life.State.ReturnOwed);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Deletion_AtAnyStep_IsForgottenInTheEnd(string step)
    {
        var life = At(step).Gone();
        for (var turn = 0; turn < 20 && life.State.Uid.Length > 0; turn++)
        {
            if (life.State.Errand == RestoreErrand.Forgetting)
                life.Report().Hear(new RestoreEvent.Parted());
            else
                Advance(life);
        }

        Assert.Equal("", life.State.Uid);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Deadline_AtAnyStep_IsThere(string step)
    {
        var life = At(step);

        Assert.True(life.State.Deadline is not null || life.State.DropAt is not null);
    }

    public static TheoryData<string> Steps => ["Asking", "Finding", "Looking", "Planning", "Stopping", "Restoring", "Half", "Starting", "Holding"];

    private static RestoreLife At(string step) => step switch
    {
        "Asking" => RestoreLife.Asking(),
        "Finding" => RestoreLife.Finding(),
        "Looking" => RestoreLife.Looking(),
        "Planning" => RestoreLife.Planning(),
        "Stopping" => RestoreLife.Stopping(),
        "Restoring" => RestoreLife.Restoring(),
        "Half" => RestoreLife.Restoring().Told(0, holds: VolumeHolds.Restored, kept: true),
        "Starting" => RestoreLife.Starting(),
        _ => RestoreLife.Holding(),
    };

    private static void Advance(RestoreLife life)
    {
        switch (life.State.Errand)
        {
            case RestoreErrand.Asking:
                life.Admit();
                break;
            case RestoreErrand.Clearing:
                life.Left();
                break;
            case RestoreErrand.Stopping:
                life.Stopped();
                break;
            case RestoreErrand.Undoing:
                life.Undone();
                break;
            case RestoreErrand.Confirming:
                life.After(TimeSpan.FromMinutes(1)).Tick().Told(0, holds: VolumeHolds.Restored).Told(1, holds: VolumeHolds.Restored);
                break;
            default:
                life.Answered();
                break;
        }
    }

    private static (RestorePhase, RestoreErrand) Where(RestoreLife life) => (life.State.Phase, life.State.Errand);
}

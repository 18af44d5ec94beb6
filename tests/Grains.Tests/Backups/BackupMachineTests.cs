using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

public sealed class BackupMachineTests
{
    [Fact]
    public void Events_OfWhatWasPassedBeforeItWasTold_AreLeftOut()
    {
        Assert.Equal(["Start"], Life.Starting().State.EventsOwed.Select(one => one.Action));
        Assert.Equal(["Accept"], Life.Asking().State.EventsOwed.Select(one => one.Action));
        Assert.Equal(["Start", "Run"], Life.Running().State.EventsOwed.Select(one => one.Action));
    }

    [Fact]
    public void Next_TheWholeRoad_EndsSucceededAndSettles()
    {
        var life = Life.Checking().See(JobState.Complete, report: Samples.Success());

        Assert.Equal(BackupPhase.Succeeded, life.State.Phase);
        Assert.Equal("s3://backups/prod/shop/orders/backup1-" + Samples.Uid + "/", life.State.Destination);
        Assert.Equal("Succeeded", Assert.Single(life.State.Attempts).Outcome);
        Assert.True(life.State.NewsOwed);
        Assert.True(life.Report().State.IsSettled);
    }

    [Theory]
    [InlineData(JobFault.SourceUnavailable, 4)]
    [InlineData(JobFault.StreamBroken, 4)]
    [InlineData(JobFault.StorageUnavailable, 4)]
    [InlineData(JobFault.SecretMissing, 4)]
    [InlineData(JobFault.Internal, 4)]
    [InlineData(JobFault.Cancelled, 4)]
    [InlineData(JobFault.ToolFailed, 2)]
    [InlineData(JobFault.StorageDenied, 1)]
    [InlineData(JobFault.StorageMissing, 1)]
    [InlineData(JobFault.WrongKey, 1)]
    [InlineData(JobFault.ManifestMismatch, 1)]
    [InlineData(JobFault.InvalidRequest, 1)]
    [InlineData(JobFault.DeadlineExceeded, 1)]
    public void Next_FaultOfAClass_IsTriedSoOftenAndThenFails(JobFault fault, int attempts)
    {
        var life = Life.Starting();
        for (var attempt = 1; life.State.Phase != BackupPhase.Failed; attempt++)
        {
            Assert.True(attempt <= attempts, $"attempt {attempt} was begun");
            life.See(JobState.Active, number: attempt).Fault(fault, attempt);
            if (life.State.Errand == BackupErrand.Sweeping)
                life.See(JobState.Complete, JobOperation.Sweep, report: Life.Done(1));
            if (life.State.Phase == BackupPhase.Pending)
                life.See(JobState.Missing, number: attempt).After(TimeSpan.FromMinutes(6)).Survey();
        }

        Assert.Equal(attempts, life.State.Attempts.Count);
        Assert.Equal(fault.ToString(), life.State.Reason);
    }

    [Fact]
    public void Next_AttemptFailed_WaitsForItsJobToGoAndForItsTime()
    {
        var life = Life.Clearing();
        var retryAt = life.State.RetryAt!.Value;

        life.See(JobState.Missing).Survey();
        Assert.Equal(BackupErrand.Choosing, life.State.Errand);

        life.After(retryAt - life.Now).Survey();
        Assert.Equal(2, life.State.Attempts.Count);
        Assert.Equal(Samples.JobName(JobOperation.Backup, 2), life.State.Job!.Name);
        Assert.InRange((retryAt - Samples.Start).TotalSeconds, 10, 12);
    }

    [Fact]
    public void Next_JobOverWithoutReport_IsNotJudgedBeforeTheDoubtIsOver()
    {
        var life = Life.Running().See(JobState.Complete);
        Assert.Equal(BackupPhase.Running, life.State.Phase);

        life.See(JobState.Complete, report: Samples.Success());
        Assert.Equal(BackupPhase.Succeeded, life.State.Phase);
    }

    [Fact]
    public void Next_LastAttemptLost_LooksForAManifestBeforeItFails()
    {
        var life = Life.Running().Lose();
        for (var attempt = 2; attempt <= 4; attempt++)
            life.See(JobState.Missing, number: attempt - 1).After(TimeSpan.FromMinutes(7)).Survey().See(JobState.Active, number: attempt).Lose(attempt);
        Assert.Equal((BackupErrand.Sweeping, BackupPhase.Running), (life.State.Errand, life.State.Phase));

        life.See(JobState.Complete, JobOperation.Sweep, report: new() { Uid = Samples.Uid, Attempt = 1, Summary = Samples.Summary() });
        Assert.Equal(BackupPhase.Succeeded, life.State.Phase);
    }

    [Fact]
    public void Next_SuccessOfAGivenUpAttempt_CountsAndTakesTheOtherJobAway()
    {
        var life = Life.Running().Lose().See(JobState.Missing).After(TimeSpan.FromMinutes(1)).Survey().See(JobState.Active, number: 2);

        life.See(JobState.Complete, report: Samples.Success());

        Assert.Equal(BackupPhase.Succeeded, life.State.Phase);
        Assert.Equal([Samples.JobName(JobOperation.Backup, 2)], life.State.JobsToRemove);
    }

    [Fact]
    public void Next_ReportOfAnotherAttempt_IsNotTakenForThisOne()
    {
        var life = Life.Running().See(JobState.Complete, report: Samples.Success(attempt: 2));

        Assert.Equal(BackupPhase.Running, life.State.Phase);
    }

    [Fact]
    public void Next_PodCannotStart_SaysWhyAndEndsAtTheDeadline()
    {
        var life = Life.Starting().See(JobState.Pending, trouble: "ImagePullBackOff: no such image.");
        Assert.Equal((Reasons.PodNotStarting, "ImagePullBackOff: no such image."), (life.State.Reason, life.State.Message));

        life.After(TimeSpan.FromHours(13)).Tick();
        Assert.Equal(BackupErrand.Stopping, life.State.Errand);
        life.See(JobState.Missing).See(JobState.Complete, JobOperation.Sweep, report: Life.Done(1));
        Assert.Equal((BackupPhase.Failed, Reasons.DeadlineExceeded), (life.State.Phase, life.State.Reason));
        Assert.Contains("no such image", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_JobRefused_SaysWhyUntilItWasSeen()
    {
        var job = Samples.JobName(JobOperation.Backup, 1);
        var life = Life.Starting().Hear(new BackupEvent.JobRefused(job, "exceeded quota"));
        Assert.Equal(Reasons.PodNotStarting, life.State.Reason);

        life.See(JobState.Active).Hear(new BackupEvent.JobRefused(job, "exceeded quota"));
        Assert.Equal(Reasons.JobRunning, life.State.Reason);
    }

    [Fact]
    public void Next_NoSource_GivesTheSlotBackAndAsksAgainLater()
    {
        var life = Life.Choosing().Hear(new BackupEvent.Surveyed(Samples.Survey()));

        Assert.False(life.State.HoldsSlot);
        Assert.True(life.State.NewsOwed);
        Assert.Empty(BackupAgenda.Work(life.State, life.Now, looks: true));
        Assert.Equal([BackupAction.AskCluster], BackupAgenda.Work(life.State, life.State.RetryAt!.Value, looks: true));
    }

    [Fact]
    public void Next_PatienceIsOver_FailsWithTheReasonItWaitedFor()
    {
        var life = Life.Asking().Hear(new BackupEvent.ToldToWait(new() { Uid = Samples.Uid, Reason = Reasons.ClusterNotFound, Message = "There is none.", Patience = TimeSpan.FromMinutes(1) }));
        Assert.Equal(BackupPhase.Pending, life.After(TimeSpan.FromSeconds(59)).Tick().State.Phase);

        life.After(TimeSpan.FromSeconds(1)).Tick();
        Assert.Equal((BackupPhase.Failed, Reasons.ClusterNotFound), (life.State.Phase, life.State.Reason));
    }

    [Fact]
    public void Next_StartingDeadlineOfTheCluster_EndsTheWaiting()
    {
        var life = Life.Asking().Hear(new BackupEvent.ToldToWait(new() { Uid = Samples.Uid, Reason = Reasons.BackupRunning, Message = "Waits for backup 'big'.", StartingDeadline = TimeSpan.FromMinutes(30) }))
            .After(TimeSpan.FromMinutes(30)).Tick();

        Assert.Equal((BackupPhase.Failed, Reasons.DeadlineExceeded), (life.State.Phase, life.State.Reason));
        Assert.Contains("Waits for backup 'big'.", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_Cancelled_StopsSweepsAndSaysSo()
    {
        var life = Life.Stopping();
        Assert.Equal([BackupAction.RemoveJob], BackupAgenda.Work(life.State, life.Now, looks: false));

        life.See(JobState.Missing);
        Assert.Equal(JobOperation.Sweep, BackupOrders.Job(Samples.Key, life.State).Request.Operation);
        life.See(JobState.Complete, JobOperation.Sweep, report: Life.Done(1));

        Assert.Equal((BackupPhase.Cancelled, Reasons.Cancelled), (life.State.Phase, life.State.Reason));
        Assert.Equal("Cancelled", life.State.Attempts[0].Outcome);
    }

    [Fact]
    public void Next_StoppingAndTheRunnerHasEnded_SweepsWhileThePodStillLingers()
    {
        var life = Life.Stopping().See(JobState.Stopping);
        Assert.Equal(BackupErrand.Stopping, life.State.Errand);

        life.See(JobState.Failed, report: Samples.Fault(JobFault.Cancelled, 1));

        Assert.Equal(BackupErrand.Sweeping, life.State.Errand);
        Assert.Equal([Samples.JobName(JobOperation.Backup, 1)], life.State.JobsToRemove);
    }

    [Fact]
    public void Next_SweepCannotBeDone_EndsAllTheSameAndSaysWhatStays()
    {
        var life = Life.Sweeping();
        for (var number = 1; number <= BackupPatience.SweepTries; number++)
        {
            life.See(JobState.Failed, JobOperation.Sweep, number, Samples.Fault(JobFault.StorageUnavailable, number)).After(TimeSpan.FromMinutes(1)).Tick();
        }

        Assert.Equal(BackupPhase.Cancelled, life.State.Phase);
        Assert.Contains("Remains may lie under s3://backups/", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_RemovalFails_IsTriedForEverAndSaysHowToLetGo()
    {
        var life = Life.Removing();
        for (var number = 1; number <= 40; number++)
        {
            life.See(JobState.Failed, JobOperation.Delete, number, Samples.Fault(JobFault.StorageDenied, number));
            Assert.Equal((BackupErrand.Removing, Reasons.RemovalFailed), (life.State.Errand, life.State.Reason));
            Assert.InRange((life.State.RetryAt!.Value - life.Now).TotalSeconds, 10, 600);
            life.After(TimeSpan.FromMinutes(10)).Tick();
        }

        Assert.Contains("remove the finalizer backup.controlplane/delete-data", life.State.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 3600, 3600)]
    [InlineData(-10, 10, 12)]
    [InlineData(7200, 7210, 7212)]
    [InlineData(10_000_000, 86_400, 86_400)]
    public void Next_RemovalMeetsALock_WaitsForItsEnd(int? seconds, int from, int to)
    {
        var life = Life.Removing();
        var until = seconds is { } after ? life.Now.AddSeconds(after) : default(DateTimeOffset?);

        life.See(JobState.Failed, JobOperation.Delete, 1, Samples.Fault(JobFault.ObjectLocked, 1) with { LockedUntil = until });

        Assert.Equal((BackupErrand.Removing, Reasons.RemovalFailed), (life.State.Errand, life.State.Reason));
        Assert.InRange((life.State.RetryAt!.Value - life.Now).TotalSeconds, from, to);
        Assert.Contains("ObjectLocked: ", life.State.Message, StringComparison.Ordinal);
        Assert.Contains("remove the finalizer backup.controlplane/delete-data", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_DeletedWhileRunning_StopsFirstAndRemovesThen()
    {
        var life = Life.Running().Delete();
        Assert.Equal(BackupErrand.Stopping, life.State.Errand);

        life.See(JobState.Missing);
        Assert.Equal((BackupErrand.Removing, BackupPhase.Cancelled), (life.State.Errand, life.State.Phase));
        Assert.Equal(JobOperation.Delete, BackupOrders.Job(Samples.Key, life.State).Request.Operation);
    }

    [Fact]
    public void Next_ResourceGoneWhileRunning_SweepsWithAJobThatNobodyOwnsAndForgets()
    {
        var life = Life.Running().Gone().See(JobState.Missing);
        Assert.False(BackupOrders.Job(Samples.Key, life.State).OwnedByResource);

        life.See(JobState.Complete, JobOperation.Sweep, report: Life.Done(1)).Report().Hear(new BackupEvent.Parted());
        Assert.Equal("", life.State.Uid);
    }

    [Fact]
    public void Next_NamesakeWhileRunning_BeginsWhenThePredecessorIsGone()
    {
        var life = Life.Running().Apply(Samples.Spec(Samples.OtherUid) with { Created = Samples.Start.AddMinutes(1) });
        Assert.Equal(Samples.OtherUid, BackupStatusBuilder.Build(life.State)!.Uid);

        life.See(JobState.Missing).See(JobState.Complete, JobOperation.Sweep, report: Life.Done(1)).Report().Hear(new BackupEvent.Parted());
        Assert.Equal((Samples.OtherUid, BackupErrand.Asking), (life.State.Uid, life.State.Errand));
    }

    [Fact]
    public void Next_StateLostAndResourceFinal_AdoptsAndNeverRunsAgain()
    {
        var status = BackupStatusBuilder.Build(Life.Succeeded().State)!;
        var adopted = new Life().Apply(Samples.Spec() with { Recorded = new() { Status = status } });

        Assert.Equal((BackupPhase.Succeeded, BackupErrand.None), (adopted.State.Phase, adopted.State.Errand));
        adopted.Admit().Survey().Tick();
        Assert.Single(adopted.State.Attempts);

        adopted.Delete();
        Assert.Equal("backups", BackupOrders.Job(Samples.Key, adopted.State).Storage.Request.S3!.Bucket);
    }

    [Fact]
    public void Next_StateLostWhileRunning_LooksForTheJobItHad()
    {
        var status = BackupStatusBuilder.Build(Life.Running().State)!;
        var adopted = new Life().Apply(Samples.Spec() with { Recorded = new() { Status = status } });
        Assert.Equal([BackupAction.AskCluster, BackupAction.LookAtJob], BackupAgenda.Work(adopted.State, adopted.Now, looks: true));

        Assert.Equal(BackupPhase.Succeeded, adopted.See(JobState.Complete, report: Samples.Success()).State.Phase);
    }

    [Fact]
    public void Next_StateLostAndJobGone_AsksTheClusterBeforeItTriesAgain()
    {
        var status = BackupStatusBuilder.Build(Life.Running().State)!;
        var life = new Life().Apply(Samples.Spec() with { Recorded = new() { Status = status } }).Lose().See(JobState.Missing);
        Assert.Equal(BackupErrand.Asking, life.State.Errand);

        life.After(TimeSpan.FromMinutes(1)).Admit().Survey();
        Assert.Equal(2, life.State.Attempts.Count);
    }

    [Fact]
    public void Next_SpecChangedOnAnOldServer_IsSaidBackAndTheFirstGoesOn()
    {
        var life = Life.Running().Apply(Samples.Spec(generation: 2) with { StorageName = "elsewhere" });

        Assert.Equal("s3-main", life.State.Spec!.StorageName);
        Assert.Equal(BackupPhase.Running, life.State.Phase);
        var accepted = life.State.Conditions.Single(condition => condition.Type == "Accepted");
        Assert.Equal((false, Reasons.Invalid, 2), (accepted.Status, accepted.Reason, accepted.ObservedGeneration));
        Assert.Contains("spec.storageName", accepted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_UnreadableResourceDeleted_IsReleased()
    {
        var faults = new Abstractions.Clusters.ResourceFaults { Uid = Samples.Uid, Generation = 2, Faults = ["spec.clusterName: '' is empty."], Deleting = true, DeletesData = true };

        Assert.Equal(BackupErrand.Releasing, new Life().Hear(new BackupEvent.Refused(faults)).State.Errand);
    }

    [Fact]
    public void Next_StorageOfTheClusterChanged_KeepsThePlaceOfTheFirstAttempt()
    {
        var elsewhere = Samples.Storage() with { Request = Samples.Storage().Request with { S3 = new() { Bucket = "new" } } };
        var changed = Samples.Admission() with { Cluster = Samples.ClusterSpec(2) with { Storages = new Dictionary<string, Abstractions.Clusters.StorageSpec> { ["s3-main"] = elsewhere } } };

        var life = Life.Clearing().See(JobState.Missing).After(TimeSpan.FromMinutes(1)).Hear(new BackupEvent.Surveyed(Samples.Survey()))
            .After(TimeSpan.FromMinutes(1)).Hear(new BackupEvent.Admitted(changed)).Survey();

        Assert.Equal("backups", BackupOrders.Job(Samples.Key, life.State).Storage.Request.S3!.Bucket);
    }
}

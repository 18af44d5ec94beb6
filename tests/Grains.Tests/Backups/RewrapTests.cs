using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

/// <summary>Another key of the owner's: chosen at the beginning, or for a backup that is good already.</summary>
public sealed class RewrapTests
{
    [Fact]
    public void Next_KeyNamedAtTheBeginning_SealsWithItAndKeepsItWhateverTheClusterSays()
    {
        var life = new Life().Apply(Samples.Spec() with { EncryptionKey = "key-7" })
            .Hear(new BackupEvent.Admitted(new() { Uid = Samples.Uid, Cluster = Samples.ClusterSpec().With(Samples.SealedStorage()) })).Survey();
        Assert.Equal("key-7", BackupOrders.Job(Samples.Key, life.State).Request.Sealing!.KeyId);

        // A wish for another one waits until it is good: an attempt that nobody heard of may have committed with the first.
        life.Wish("key-8").See(JobState.Active);
        Assert.Equal("key-7", BackupOrders.Job(Samples.Key, life.State).Request.Sealing!.KeyId);
        life.See(JobState.Complete, report: Samples.Sealed("key-7"));

        Assert.Equal((BackupPhase.Succeeded, BackupErrand.Rewrapping), (life.State.Phase, life.State.Errand));
        Assert.Equal("key-8", BackupOrders.Job(Samples.Key, life.State).Request.Sealing!.KeyId);
    }

    [Fact]
    public void Next_KeyNamedForAStorageThatDoesNotSeal_FailsAndSaysWhatIsMissing()
    {
        var life = new Life().Apply(Samples.Spec() with { EncryptionKey = "key-7" }).Admit();

        Assert.Equal((BackupPhase.Failed, Reasons.Invalid, BackupErrand.None), (life.State.Phase, life.State.Reason, life.State.Errand));
        Assert.Contains("give it an encryptionKeySecret", life.State.Message, StringComparison.Ordinal);
        Assert.False(life.State.HoldsSlot);
    }

    [Fact]
    public void Next_AnotherKeyForAGoodOne_RewrapsAndShowsTheNewKeyAndDigest()
    {
        var life = Life.Rewrapping();
        var order = BackupOrders.Job(Samples.Key, life.State);
        Assert.Equal((JobOperation.Rewrap, "key-2", null, true), (order.Request.Operation, order.Request.Sealing!.KeyId, order.Source, order.OwnedByResource));
        Assert.Equal((BackupPhase.Succeeded, Reasons.Completed), (life.State.Phase, life.State.Reason));
        Assert.False(Rewrapped(life).Status);
        Assert.True(life.State.Conditions.Single(condition => condition.Type == "Complete").Status);

        var summary = Samples.Sealed("key-2").Summary! with { ManifestDigest = "sha256:new" };
        life.See(JobState.Complete, JobOperation.Rewrap, report: Samples.Sealed("key-2") with { Summary = summary });

        Assert.Equal((BackupErrand.None, "key-2", "sha256:new"), (life.State.Errand, life.State.Summary!.EncryptionKeyId, life.State.Summary.ManifestDigest));
        Assert.Equal("key-2", BackupStatusBuilder.Build(life.State)!.Storage!.Sealing!.KeyId);
        Assert.True(Rewrapped(life).Status);
        Assert.Equal([Reasons.Rewrapped], life.State.EventsOwed.Select(one => one.Reason));
        Assert.True(life.Report().State.IsSettled);
    }

    [Fact]
    public void Next_RewrapFails_IsTriedAgainLaterAndLaterAndChangesNothingElse()
    {
        var life = Life.Rewrapping();
        for (var number = 1; number <= 40; number++)
        {
            life.See(JobState.Failed, JobOperation.Rewrap, number, Samples.Fault(JobFault.SecretMissing, number));
            Assert.Equal((BackupPhase.Succeeded, Reasons.Completed, BackupErrand.Rewrapping), (life.State.Phase, life.State.Reason, life.State.Errand));
            Assert.Equal((false, Reasons.RewrapFailed), (Rewrapped(life).Status, Rewrapped(life).Reason));
            Assert.Contains("SecretMissing: It was so.", Rewrapped(life).Message, StringComparison.Ordinal);
            Assert.InRange((life.State.RetryAt!.Value - life.Now).TotalSeconds, 10, 3600);
            Assert.Empty(BackupAgenda.Work(life.State, life.Now, looks: false));
            life.After(TimeSpan.FromHours(1)).Tick();
        }

        // One warning, not forty.
        Assert.Single(life.State.EventsOwed, one => one is { Warning: true, Reason: Reasons.RewrapFailed, Action: "Rewrap" });
        life.See(JobState.Complete, JobOperation.Rewrap, 41, Samples.Sealed("key-2", 41));
        Assert.True(Rewrapped(life).Status);
    }

    [Fact]
    public void Next_WishTakenBackAfterAFaultThatWroteNothing_IsLeftAtThat()
    {
        var life = Life.RewrapFailed().Wish("key-1");

        Assert.Equal((BackupErrand.None, null), (life.State.Errand, life.State.RetryAt));
        Assert.True(Rewrapped(life).Status);
    }

    [Theory]
    [InlineData(JobFault.StorageUnavailable)]
    [InlineData(JobFault.Internal)]
    public void Next_WishTakenBackAfterAFaultThatMayHaveWritten_MakesSureOfTheOldKey(JobFault fault)
    {
        var life = Life.Rewrapping().See(JobState.Failed, JobOperation.Rewrap, report: Samples.Fault(fault)).Wish("key-1");

        Assert.Equal((BackupErrand.Rewrapping, "key-1"), (life.State.Errand, BackupOrders.Job(Samples.Key, life.State).Request.Sealing!.KeyId));
        life.See(JobState.Complete, JobOperation.Rewrap, 2, Samples.Sealed("key-1", 2)).Report();
        Assert.True(life.State.IsSettled);
    }

    [Fact]
    public void Next_AThirdKeyWhileARewrapIsAtWork_WaitsForItsEnd()
    {
        var life = Life.Rewrapping().See(JobState.Active, JobOperation.Rewrap).Wish("key-3");
        Assert.Equal(Samples.JobName(JobOperation.Rewrap, 1), life.State.Job!.Name);

        life.See(JobState.Complete, JobOperation.Rewrap, report: Samples.Sealed("key-2"));

        Assert.Equal((Samples.JobName(JobOperation.Rewrap, 2), "key-2"), (life.State.Job!.Name, life.State.Summary!.EncryptionKeyId));
        Assert.Equal("key-3", BackupOrders.Job(Samples.Key, life.State).Request.Sealing!.KeyId);
    }

    [Fact]
    public void Next_AReportTwice_CountsOnce()
    {
        var life = Life.Rewrapping().See(JobState.Complete, JobOperation.Rewrap, report: Samples.Sealed("key-2")).Report();
        var before = life.State;

        life.See(JobState.Complete, JobOperation.Rewrap, report: Samples.Sealed("key-2")).See(JobState.Missing, JobOperation.Rewrap);

        Assert.Same(before, life.State);
    }

    [Fact]
    public void Next_JobLost_IsNotJudgedBeforeTheDoubtIsOver()
    {
        var life = Life.Rewrapping().See(JobState.Active, JobOperation.Rewrap).See(JobState.Missing, JobOperation.Rewrap);
        Assert.Equal(Reasons.Rewrapping, life.State.Rewrap!.Reason);

        life.After(BackupPatience.Doubt).See(JobState.Missing, JobOperation.Rewrap);

        Assert.Equal((Reasons.RewrapFailed, true), (life.State.Rewrap!.Reason, life.State.Rewrap.InDoubt));
    }

    [Fact]
    public void Next_DeletedWhileARewrapIsAtWork_StopsItBeforeAnythingIsRemoved()
    {
        var life = Life.Rewrapping().See(JobState.Active, JobOperation.Rewrap).Delete();
        Assert.Equal((BackupErrand.Stopping, BackupPhase.Succeeded), (life.State.Errand, life.State.Phase));
        Assert.Equal([BackupAction.RemoveJob], BackupAgenda.Work(life.State, life.Now, looks: false));

        life.See(JobState.Missing, JobOperation.Rewrap);

        Assert.Equal((BackupErrand.Removing, BackupPhase.Succeeded), (life.State.Errand, life.State.Phase));
        Assert.Equal(JobOperation.Delete, BackupOrders.Job(Samples.Key, life.State).Request.Operation);
    }

    [Fact]
    public void Next_DeletedWhileARewrapWaitsForItsTime_IsRemovedAtOnce() =>
        Assert.Equal(BackupErrand.Removing, Life.RewrapFailed().Delete().State.Errand);

    [Fact]
    public void Next_FinalizerTakenOffWhileARewrapIsStopped_LeavesTheDataAndThePhase()
    {
        var life = Life.StoppingRewrap().Delete(data: false).See(JobState.Missing, JobOperation.Rewrap);

        Assert.Equal((BackupErrand.None, BackupPhase.Succeeded, Reasons.Completed), (life.State.Errand, life.State.Phase, life.State.Reason));
    }

    [Fact]
    public void Next_ResourceGoneWhileARewrapIsAtWork_TakesTheJobAwayAndForgets()
    {
        var life = Life.Rewrapping().Gone();

        Assert.Equal(BackupErrand.Forgetting, life.State.Errand);
        Assert.Equal([Samples.JobName(JobOperation.Rewrap, 1)], life.State.JobsToRemove);
    }

    [Fact]
    public void Next_KeyForABackupInTheClear_IsSaidBackAndNothingIsDone()
    {
        var life = Life.Succeeded().Report().Wish("key-2");

        Assert.Equal(BackupErrand.None, life.State.Errand);
        Assert.Contains("is not sealed, so there is no key to wrap anew", life.State.Objection, StringComparison.Ordinal);
        Assert.False(life.State.Conditions.Single(condition => condition.Type == "Accepted").Status);
        Assert.Equal("", life.Wish(null).State.Objection);
    }

    [Fact]
    public void Next_StateLostWhileARewrapWasWanted_BeginsItAnew()
    {
        var recorded = BackupStatusBuilder.Build(Life.Rewrapping().State)!;

        var life = new Life().Apply(Samples.Spec(generation: 2) with { EncryptionKey = "key-2", Recorded = new() { Status = recorded } });

        Assert.Equal((BackupPhase.Succeeded, BackupErrand.Rewrapping), (life.State.Phase, life.State.Errand));
    }

    [Fact]
    public void Next_ClusterSaysAnotherLimitInMidRun_IsShownAndCountsForTheNextJobToo()
    {
        var life = Life.Running();
        Assert.Equal(0, BackupStatusBuilder.Build(life.State)!.UploadBytesPerSecond);

        life.Report().Hear(Limit(1 << 20));
        Assert.True(life.State.StatusOwed);
        Assert.Equal(1 << 20, BackupStatusBuilder.Build(life.State)!.UploadBytesPerSecond);
        Assert.Equal(1 << 20, BackupOrders.Job(Samples.Key, life.State).Request.UploadBytesPerSecond);

        life.Hear(Limit(null));
        Assert.Equal(0, BackupStatusBuilder.Build(life.State)!.UploadBytesPerSecond);

        var before = life.State;
        Assert.Same(before, life.Hear(Limit(null)).State);
        Assert.Same(before, life.Hear(new BackupEvent.Followed(new() { Uid = Samples.OtherUid, Cluster = Samples.ClusterSpec().With(Samples.Storage() with { UploadBytesPerSecond = 1 }) })).State);
        Assert.Null(BackupStatusBuilder.Build(Life.Succeeded().State)!.UploadBytesPerSecond);
    }

    private static BackupEvent Limit(long? bytes) =>
        new BackupEvent.Followed(new() { Uid = Samples.Uid, Cluster = Samples.ClusterSpec(2).With(Samples.Storage() with { UploadBytesPerSecond = bytes }) });

    private static Condition Rewrapped(Life life) => life.State.Conditions.Single(condition => condition.Type == "Rewrapped");
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

/// <summary>A backup that is in the store already.</summary>
public sealed class ImportTests
{
    [Fact]
    public void Next_Admitted_ChecksItsFolderWithoutASourceAndUnderItsOwnUid()
    {
        var life = Life.Importing();
        var order = BackupOrders.Job(Samples.Key, life.State);

        Assert.Equal((BackupPhase.Checking, Reasons.CheckingStore, BackupErrand.Importing), (life.State.Phase, life.State.Reason, life.State.Errand));
        Assert.Equal((JobOperation.Import, JobRequest.ImportVersion, Samples.Uid, Samples.Folder, null), (order.Request.Operation, order.Request.Version, order.Request.Backup.Uid, order.Request.Folder, order.Source));
        Assert.Equal(Samples.Folder.Uid, order.Request.Stored.Uid);
        Assert.Equal("s3://backups/prod/shop/orders/nightly-9e8d7c60-0000-4000-8000-000000000009/", life.State.Destination);
        Assert.Empty(life.State.Attempts);
        Assert.True(life.State.HoldsSlot);
    }

    [Fact]
    public void Next_FolderIsWhole_SucceedsWithTheFactsOfTheManifest()
    {
        var life = Life.Importing().See(JobState.Complete, JobOperation.Import, report: Samples.Imported());
        var (status, end) = (BackupStatusBuilder.Build(life.State)!, BackupMachine.Describe(Samples.Key, life.State, life.Now));

        Assert.Equal((BackupPhase.Succeeded, Samples.Start.AddDays(-30), Samples.Start.AddDays(-30).AddHours(1), "orders-mysql-2"), (status.Phase, status.Started, status.Completed, status.Source));
        Assert.Equal(Samples.Summary(), status.Summary);
        Assert.True(status.Conditions.Single(condition => condition.Type == "Complete").Status);
        Assert.Equal((Samples.Start.AddDays(-30).AddHours(1), Samples.Folder, Samples.Start, true), (end.Completed, end.Facts!.ImportedFrom, end.Facts.Imported, end.Facts.Stored));
        Assert.True(life.Report().State.IsSettled);
    }

    // The storage may be sealed with another key by now, or was not when the backup was taken.
    [Theory]
    [InlineData("key-0")]
    [InlineData(null)]
    public void Next_SealedOtherwiseThanTheStorageIsNow_IsReadWithWhatItHas(string? key)
    {
        var life = new Life().Apply(Samples.Spec() with { ImportFrom = Samples.Folder })
            .Hear(new BackupEvent.Admitted(new() { Uid = Samples.Uid, Cluster = Samples.ClusterSpec().With(Samples.SealedStorage()) }))
            .See(JobState.Complete, JobOperation.Import, report: Samples.Imported(key: key)).Report();

        Assert.Equal((BackupErrand.None, key), (life.State.Errand, BackupStatusBuilder.Build(life.State)!.Storage!.Sealing?.KeyId));
    }

    [Fact]
    public void Next_DeletedWithItsData_RemovesTheFolderItWasImportedFrom()
    {
        var life = Life.Imported().Delete();
        var order = BackupOrders.Job(Samples.Key, life.State);

        Assert.Equal((BackupErrand.Removing, JobOperation.Delete), (life.State.Errand, order.Request.Operation));
        Assert.Equal((Samples.Uid, Samples.Folder.Name, Samples.Folder.Uid), (order.Request.Backup.Uid, order.Request.Stored.Name, order.Request.Stored.Uid));
    }

    [Fact]
    public void Next_AnotherKeyForAnImportedOne_RewrapsInItsFolder()
    {
        var life = new Life().Apply(Samples.Spec() with { ImportFrom = Samples.Folder })
            .Hear(new BackupEvent.Admitted(new() { Uid = Samples.Uid, Cluster = Samples.ClusterSpec().With(Samples.SealedStorage()) }))
            .See(JobState.Complete, JobOperation.Import, report: Samples.Imported(key: "key-0")).Report().Wish("key-2");
        var order = BackupOrders.Job(Samples.Key, life.State);

        Assert.Equal((JobOperation.Rewrap, "key-2", Samples.Folder), (order.Request.Operation, order.Request.Sealing!.KeyId, order.Request.Folder));
    }

    // What lies there may be anybody's until it was found whole.
    [Theory]
    [InlineData(JobFault.ManifestMismatch)]
    [InlineData(JobFault.InvalidRequest)]
    [InlineData(JobFault.WrongKey)]
    [InlineData(JobFault.StorageDenied)]
    public void Next_NotWhole_FailsAtOnceAndNeitherSweepsNorRemoves(JobFault fault)
    {
        var life = Life.Importing().See(JobState.Failed, JobOperation.Import, report: Samples.Fault(fault));
        Assert.Equal((BackupPhase.Failed, fault.ToString(), BackupErrand.None), (life.State.Phase, life.State.Reason, life.State.Errand));

        life.Report().Delete();

        Assert.Equal((BackupErrand.Releasing, null), (life.State.Errand, life.State.Job));
    }

    public static TheoryData<string> Ends => ["cancelled", "deleted with its data", "gone", "out of time"];

    [Theory, MemberData(nameof(Ends))]
    public void Next_EndedBeforeItIsKnownToBeWhole_LeavesTheFolderAlone(string how)
    {
        var life = how switch
        {
            "cancelled" => Life.Importing().Cancel(),
            "deleted with its data" => Life.Importing().Delete(),
            "gone" => Life.Importing().Gone(),
            _ => Life.Importing().After(TimeSpan.FromHours(13)).Tick(),
        };

        Assert.Null(life.State.Job);
        Assert.True(life.State.Errand is BackupErrand.None or BackupErrand.Releasing or BackupErrand.Forgetting, $"{life.State.Errand}");
        Assert.True(life.State.Phase.IsFinal());
    }

    [Fact]
    public void Next_StoreIsAway_IsTriedAgainAsOftenAsABackup()
    {
        var life = Life.Importing();
        for (var number = 1; number <= 3; number++)
        {
            life.See(JobState.Failed, JobOperation.Import, number, Samples.Fault(JobFault.StorageUnavailable, number));
            Assert.Equal((BackupPhase.Checking, Reasons.Retrying, null), (life.State.Phase, life.State.Reason, life.State.Job));
            life.After(TimeSpan.FromMinutes(7)).Tick();
            Assert.Equal(number + 1, life.State.Job!.Number);
        }

        life.See(JobState.Failed, JobOperation.Import, 4, Samples.Fault(JobFault.StorageUnavailable, 4));
        Assert.Equal((BackupPhase.Failed, nameof(JobFault.StorageUnavailable)), (life.State.Phase, life.State.Reason));
    }

    [Fact]
    public void Next_WaitsForOthersThatAreImported_OutlastsItsStartingDeadline()
    {
        var life = new Life().Apply(Samples.Spec() with { ImportFrom = Samples.Folder });
        for (var hour = 0; hour < 60; hour++)
            life.Hear(new BackupEvent.ToldToWait(new() { Uid = Samples.Uid, Reason = Reasons.ImportRunning, Message = "Waits.", StartingDeadline = TimeSpan.FromHours(1) })).After(TimeSpan.FromHours(1)).Tick();

        Assert.Equal((BackupPhase.Pending, Reasons.ImportRunning), (life.State.Phase, life.State.Reason));

        // But not for ever: who is not told to wait has been forgotten.
        Assert.Equal(BackupPhase.Failed, life.After(TimeSpan.FromHours(24)).Tick().State.Phase);
    }

    [Fact]
    public void Next_PlaneLostItsStateInMidCheck_ChecksAgainUnderAnotherJob()
    {
        var recorded = BackupStatusBuilder.Build(Life.Importing().State)!;
        var life = new Life().Apply(Samples.Spec() with { ImportFrom = Samples.Folder, Recorded = new() { Status = recorded } });
        Assert.Equal((BackupPhase.Pending, BackupErrand.Asking), (life.State.Phase, life.State.Errand));

        Assert.Equal(101, life.Admit().State.Job!.Number);
    }

    [Fact]
    public void Next_PlaneLostItsStateAfterwards_StillRemovesTheRightFolder()
    {
        var recorded = BackupStatusBuilder.Build(Life.Imported().State)!;
        var life = new Life().Apply(Samples.Spec() with { ImportFrom = Samples.Folder, Recorded = new() { Status = recorded } }).Report().Delete();

        Assert.Equal(Samples.Folder, BackupOrders.Job(Samples.Key, life.State).Request.Folder);
        Assert.Equal("orders-mysql-2", BackupStatusBuilder.Build(life.State)!.Source);
    }

    [Fact]
    public void Next_DataMissing_IsShownAndTakenBackWhenItIsThereAgain()
    {
        var life = Life.Succeeded().Report().Hear(Data(missing: true));
        var complete = life.State.Conditions.Single(condition => condition.Type == "Complete");

        Assert.Equal((BackupPhase.Succeeded, Reasons.DataMissing, false, Reasons.DataMissing), (life.State.Phase, life.State.Reason, complete.Status, complete.Reason));
        Assert.Equal((Reasons.DataMissing, true), Assert.Single(life.State.EventsOwed) is var told ? (told.Reason, told.Warning) : default);
        Assert.True(BackupMachine.Describe(Samples.Key, life.State, life.Now).Facts!.Missing);
        Assert.True(life.State.NewsOwed);
        Assert.Same(life.State, life.Hear(Data(missing: true)).State);

        // A plane that lost its state goes by what the resource says.
        var recorded = BackupStatusBuilder.Build(life.State)!;
        Assert.True(new Life().Apply(Samples.Spec() with { Recorded = new() { Status = recorded } }).State.Missing);

        life.Report().Hear(Data(missing: false));
        Assert.Equal((Reasons.Completed, true, false), (life.State.Reason, life.State.Conditions.Single(condition => condition.Type == "Complete").Status, life.State.Missing));
    }

    [Fact]
    public void Next_DataMissing_IsNoNewsForWhoIsNotGoodOrGoesAnyway()
    {
        foreach (var life in new[] { Life.Running(), Life.Failed(), Life.Removing(), Life.Expiring(), Life.Importing() })
            Assert.Same(life.State, life.Hear(Data(missing: true)).State);
    }

    [Fact]
    public void Next_DeletedWithDataThatIsMissing_RemovesWhatIsLeft() =>
        Assert.Equal(JobOperation.Delete, BackupOrders.Job(Samples.Key, Life.Succeeded().Report().Hear(Data(missing: true)).Report().Delete().State).Request.Operation);

    private static BackupEvent.DataSeen Data(bool missing) => new(new() { Uid = Samples.Uid, Missing = missing });
}

using System.Text.Json;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Clusters;

public sealed class AdmissionChecksTests
{
    private static readonly ClusterWaiter Waiter = new(Samples.Key.ToString(), Samples.Uid, "s3-main", Samples.Start);

    private static BackupRefusal? Judge(ClusterState cluster, ClusterWaiter waiter) => AdmissionChecks.Judge("orders", cluster, waiter);

    [Fact]
    public void Judge_NothingObjects_Admits() => Assert.Null(Judge(With(Samples.ClusterSpec()), Waiter));

    [Fact]
    public void Judge_NoCluster_SaysSoForAMinute()
    {
        var refusal = Judge(new(), Waiter)!;

        Assert.Equal((Reasons.ClusterNotFound, TimeSpan.FromMinutes(1)), (refusal.Reason, refusal.Patience));
    }

    [Fact]
    public void Judge_ClusterNeverReadable_PointsToItsStatus() =>
        Assert.Contains("its status lists the faults", Judge(new() { Uid = "c1", Faults = ["spec.engine"] }, Waiter)!.Message, StringComparison.Ordinal);

    [Fact]
    public void Judge_BackupsDisabled_IsTheReasonBeforeAMissingStorage() =>
        Assert.Equal(Reasons.BackupsDisabled, Judge(With(Samples.ClusterSpec() with { BackupEnabled = false }), Waiter with { StorageName = "odd" })!.Reason);

    [Fact]
    public void Judge_StorageUnknown_NamesWhatThereIs() =>
        Assert.Equal("spec.storageName 'odd' is none of the cluster's storages: s3-main.", Judge(With(Samples.ClusterSpec()), Waiter with { StorageName = "odd" })!.Message);

    [Fact]
    public void Judge_Suspended_WaitsForTheOwner()
    {
        var refusal = Judge(With(Samples.ClusterSpec() with { Suspended = true, StartingDeadline = TimeSpan.FromHours(2) }), Waiter)!;

        Assert.Equal((Reasons.Suspended, null, TimeSpan.FromHours(2)), (refusal.Reason, refusal.Patience, refusal.StartingDeadline));
    }

    [Fact]
    public void Judge_ARestoreRuns_NamesIt()
    {
        var refusal = Judge(With(Samples.ClusterSpec()) with { Running = new("local/shop/back1", "u2", IsRestore: true) }, Waiter)!;

        Assert.Equal((Reasons.RestoreRunning, "Waits for restore 'back1' of the same cluster to end."), (refusal.Reason, refusal.Message));
    }

    [Fact]
    public void Judge_ARestoreOfASuspendedCluster_Admits() =>
        Assert.Null(Judge(With(Samples.ClusterSpec() with { Suspended = true, BackupEnabled = false }), new("local/shop/back1", "u2", "", Samples.Start, IsRestore: true)));

    [Fact]
    public void Hear_ARestoreBesideBackups_ComesFirst()
    {
        var waiting = ClusterMachine.Hear(With(Samples.ClusterSpec()) with { Waiting = [Waiter] }, new RestoreWish { Restore = RestoreSamples.Key, Uid = RestoreSamples.Uid, Created = Samples.Start.AddHours(1) }).Waiting;

        Assert.Equal([RestoreSamples.Uid, Samples.Uid], waiting.Select(waiter => waiter.Uid));
    }

    [Fact]
    public void Judge_AnotherRuns_NamesIt() =>
        Assert.Equal("Waits for backup 'big' of the same cluster to end.", Judge(With(Samples.ClusterSpec()) with { Running = new("local/shop/big", "u2") }, Waiter)!.Message);

    [Fact]
    public void Judge_Import_WaitsForAnotherImportAndForNothingOfTheDatabase()
    {
        var import = Waiter with { ImportFrom = Samples.Folder };
        var busy = With(Samples.ClusterSpec() with { Suspended = true, BackupEnabled = false }) with { Running = new("local/shop/big", "u2") };

        Assert.Null(Judge(busy, import));
        Assert.Equal(Reasons.ImportRunning, Judge(busy with { Importing = new("local/shop/old", "u3") }, import)!.Reason);
        Assert.Equal(Reasons.StorageNotFound, Judge(busy, import with { StorageName = "odd" })!.Reason);
        Assert.Equal(Reasons.ClusterNotFound, Judge(new(), import)!.Reason);
    }

    // The form in which they are stored says it by what each of them names.
    [Theory]
    [InlineData("""{"Backup":"local/shop/one","Uid":"u1","StorageName":"s3-main"}""", "Backup")]
    [InlineData("""{"Backup":"local/shop/one","Uid":"u1","StorageName":"s3-main","ImportFrom":{"Namespace":"shop","Cluster":"orders","Name":"old","Uid":"u0"}}""", "Import")]
    [InlineData("""{"Backup":"local/shop/one","Uid":"u1","StorageName":"","IsRestore":true}""", "Restore")]
    [InlineData("""{"Backup":"local/shop/one","Uid":"u1","StorageName":"","Drill":{"Random":true}}""", "Drill")]
    public void Use_OfAWaiterAsItIsStored_IsWhatItAskedFor(string stored, string use)
    {
        var waiter = JsonSerializer.Deserialize<ClusterWaiter>(stored)!;
        var held = ClusterMachine.Grant(With(Samples.ClusterSpec()) with { Waiting = [waiter] }, waiter);

        Assert.Equal(use, waiter.Use.ToString());
        Assert.Equal([(waiter.Use, new ClusterSlot("local/shop/one", "u1", waiter.Use == SlotUse.Restore))], held.Held());
        Assert.Empty(ClusterMachine.Free(held, held.Held().Single().Slot).Held());
    }

    private static ClusterState With(ClusterSpec spec) => ClusterMachine.Apply(new(), spec);
}

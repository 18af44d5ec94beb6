using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Faults;
using ControlPlane.EndToEnd.Tests.Harness;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Every wish that a restore takes, and its way back; what takes longer than a change should wait for: <c>./dev fire</c>.</summary>
public sealed class RestoreWishTests(OpenShop open) : IClassFixture<OpenShop>
{
    private const string Count = "select count(*), sum(crc32(concat_ws('|', id, customer, note))) from shop.orders";
    private const string Lose = "delete from shop.orders where id % 3 = 0";
    private const string Tables = "select count(*) from information_schema.tables where table_schema = 'shop'";

    private Shop Shop => open.Shop;

    [Fact(Explicit = true)]
    public async Task Restore_OfWhatXbCloudStored_BringsItBackAndIsUndone()
    {
        await using var backup = await Shop.BackUpAsync(new("reference"));
        var taken = await backup.EndAsync("Succeeded");
        var rows = await Shop.Database.AskAsync(Shop.Primary, Count);
        using (var fetched = await FetchedBackup.FromAsync(Shop.Bucket, taken.Prefix))
            await new XbCloudSplitter(ObjectStores.OpenS3(DevelopmentStore.Find().Settings(""), TimeProvider.System), $"prod/{Shop.Namespace}/reference").PutChunksAsync(await fetched.StreamAsync(), md5: true);
        await Shop.Database.AskAsync(Shop.Primary, Lose);
        var before = await Standing.DataAsync(Shop);

        var source = new JsonObject { ["destination"] = $"s3://{Shop.Bucket.Name}/prod/{Shop.Namespace}/reference", ["storage"] = taken.Status!["storage"]!.DeepClone() };
        await using var restore = await RunningRestore.BeginAsync(Shop, "reference", $"backupSource: {source.ToJsonString()}");
        var done = await restore.EndAsync("Succeeded");

        Assert.Equal((string?)taken.Status["gtidExecuted"], (string?)done["status"]!["plan"]!["gtidExecuted"]);
        Assert.Equal([rows, rows], [await Shop.Database.AskAsync(Shop.Primary, Count), await Shop.Database.AskAsync(Shop.Replica, Count)]);
        await Shop.Database.ReplicaFollowsAsync();

        await restore.UndoAsync();
        Assert.Equal(before, await Standing.DataAsync(Shop));
    }

    [Theory(Explicit = true)]
    [InlineData("Delete")]
    [InlineData("Keep")]
    public async Task Restore_OfTheFirstVolumeAlone_TreatsTheOtherAsAskedAndIsUndone(string wish)
    {
        await using var backup = await Shop.BackUpAsync(new("first"));
        await backup.EndAsync("Succeeded");
        var rows = await Shop.Database.AskAsync(Shop.Primary, Count);
        await Shop.Database.AskAsync(Shop.Primary, "create table shop.afterwards (id int primary key)");
        var before = await Standing.DataAsync(Shop);

        await using var restore = await RunningRestore.BeginAsync(Shop, "first", $"backupName: {backup.Name}", $"replicaVolumes: {wish}", "keepPrevious: Always");
        var done = await restore.EndAsync("Succeeded");

        Assert.Contains(done["status"]!["plan"]!["steps"]!.AsArray(), step => (string?)step == "datadir-orders-mysql-0 is restored.");
        Assert.Equal((rows, "1"), (await Shop.Database.AskAsync(Shop.Primary, Count), await Shop.Database.AskAsync(Shop.Primary, Tables)));
        Assert.Equal(wish == "Keep" ? "2" : "0", await Shop.Database.AskAsync(Shop.Replica, Tables));

        await restore.UndoAsync();
        Assert.Equal(before, await Standing.DataAsync(Shop));
        await Shop.Database.AskAsync(Shop.Primary, "drop table shop.afterwards");
    }

    [Fact(Explicit = true)]
    public async Task Restore_OntoVolumesWithoutRoomForBoth_DeletesFirstUnlessTheyAreToStay()
    {
        await using var backup = await Shop.BackUpAsync(new("narrow"));
        await backup.EndAsync("Succeeded");
        var rows = await Shop.Database.AskAsync(Shop.Primary, Count);
        await using var small = await SmallVolumes.BeginAsync(Shop, spareMebibytes: 100);
        await Shop.Database.AskAsync(Shop.Primary, "delete from shop.orders where id % 100 = 0");
        var before = (await Standing.OfAsync(Shop), await Standing.DataAsync(Shop));

        await using var stays = await RunningRestore.BeginAsync(Shop, "stays", $"backupName: {backup.Name}", "keepPrevious: Always");
        var refused = await stays.EndAsync("Failed");
        Assert.Equal("PlanBlocked", RunningRestore.Reason(refused));
        Assert.All(refused["status"]!["plan"]!["blockers"]!.AsArray(), blocker => Assert.Contains("bytes free", (string?)blocker, StringComparison.Ordinal));
        Assert.Equal(before, (await Standing.OfAsync(Shop), await Standing.DataAsync(Shop)));

        await using var goes = await RunningRestore.BeginAsync(Shop, "goes", $"backupName: {backup.Name}");
        var done = await goes.EndAsync("Succeeded");
        Assert.Contains(done["status"]!["plan"]!["warnings"]!.AsArray(), warning => ((string?)warning)!.Contains("no room for both", StringComparison.Ordinal));
        await goes.ConfirmedAsync();
        Assert.Equal([rows, rows], [await Shop.Database.AskAsync(Shop.Primary, Count), await Shop.Database.AskAsync(Shop.Replica, Count)]);
        Assert.Equal("", await Shop.LeftByRestoresAsync(Shop.Primary));
        await Shop.Database.ReplicaFollowsAsync();
    }

    [Fact(Explicit = true)]
    public async Task Restore_OfABackupThatIsDeletedMeanwhile_ComesFirst()
    {
        await using var backup = await Shop.BackUpAsync(new("deleted") { DeletesData = true });
        var taken = await backup.EndAsync("Succeeded");
        var rows = await Shop.Database.AskAsync(Shop.Primary, Count);
        await Shop.Database.AskAsync(Shop.Primary, Lose);

        await using var restore = await RunningRestore.BeginAsync(Shop, "deleted", $"backupName: {backup.Name}");
        await restore.UntilAsync("being stopped", seen => RunningRestore.Phase(seen) == "Stopping");
        await backup.DeleteAsync();
        await restore.EndAsync("Succeeded");

        Assert.Equal(rows, await Shop.Database.AskAsync(Shop.Primary, Count));
        await backup.GoneAsync(TimeSpan.FromMinutes(1));
        await backup.NothingRemainsAsync(taken.Prefix);
        await Shop.Database.ReplicaFollowsAsync();
    }

    [Fact(Explicit = true)]
    public async Task Restore_OfABackupWhoseObjectsAreDeletedMeanwhile_PutsBackWhatWasThere()
    {
        await using var backup = await Shop.BackUpAsync(new("emptied"));
        var taken = await backup.EndAsync("Succeeded");
        await Shop.Database.AskAsync(Shop.Primary, Lose);
        var before = await Standing.DataAsync(Shop);

        await using var restore = await RunningRestore.BeginAsync(Shop, "emptied", $"backupName: {backup.Name}");
        await restore.UntilAsync("being stopped", seen => RunningRestore.Phase(seen) == "Stopping");
        await Shop.Bucket.EmptyAsync(taken.Prefix);
        var failed = await restore.EndAsync("Failed");

        Assert.Contains(taken.Prefix[(taken.Prefix.IndexOf('/', StringComparison.Ordinal) + 1)..], (string?)failed["status"]!["message"], StringComparison.Ordinal);
        Assert.Equal(before, await Standing.DataAsync(Shop));
    }
}

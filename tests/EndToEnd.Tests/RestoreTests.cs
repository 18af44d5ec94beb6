using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Data that was lost is there again, elsewhere too; and whatever does not go well leaves the database as it was.</summary>
public sealed class RestoreTests(OpenShop open, Plane plane) : IClassFixture<OpenShop>
{
    private const string Count = "select count(*), sum(crc32(concat_ws('|', id, customer, note))) from shop.orders";
    private const string Lose = "delete from shop.orders where id % 3 = 0";

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Restore_InPlace_BringsBackWhatWasDeletedOnAllInstances()
    {
        await using var backup = await Shop.BackUpAsync(new("before"));
        await backup.EndAsync("Succeeded");
        var before = await Shop.Database.AskAsync(Shop.Primary, Count);
        await Shop.Database.AskAsync(Shop.Primary, Lose);

        await using var restore = await RunningRestore.BeginAsync(Shop, "in-place", $"backupName: {backup.Name}");
        var stopped = await restore.UntilAsync("the stopped workload", seen => RunningRestore.Phase(seen) == "Restoring");
        Assert.Equal(2, (int?)stopped["status"]!["stopped"]!["replicas"]);
        await using var waits = await Shop.BackUpAsync(new("meanwhile"));
        await waits.UntilAsync("waiting for the restore", seen => seen.Reason == "RestoreRunning");
        var done = await restore.EndAsync("Succeeded");

        Assert.True((bool?)done["status"]!["previousDataKept"], done["status"]!.ToJsonString());
        Assert.Equal([before, before], [await Shop.Database.AskAsync(Shop.Primary, Count), await Shop.Database.AskAsync(Shop.Replica, Count)]);
        await Shop.Database.ReplicaFollowsAsync();
        await waits.EndAsync("Succeeded");

        await restore.ChangeAsync(new { confirmed = true });
        await restore.ConfirmedAsync();
        Assert.Equal("", (await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "exec", Shop.Primary, "-c", "mysql", "--", "sh", "-c", "ls /var/lib/mysql/.controlplane-restore 2> /dev/null || true")).Trim());
    }

    [Fact]
    public async Task Restore_ThatIsCancelledWhileItRuns_LeavesTheDatabaseAsItWas()
    {
        await using var backup = await Shop.BackUpAsync(new("cancelled"));
        await backup.EndAsync("Succeeded");
        await Shop.Database.AskAsync(Shop.Primary, "create table if not exists shop.after (id int primary key); replace into shop.after values (1)");

        await using var restore = await RunningRestore.BeginAsync(Shop, "cancelled", $"backupName: {backup.Name}");
        await restore.UntilAsync("restoring", seen => RunningRestore.Phase(seen) == "Restoring");
        await restore.ChangeAsync(new { cancelled = true });
        await restore.EndAsync("Cancelled");

        Assert.Equal("1", await Shop.Database.AskAsync(Shop.Primary, "select id from shop.after"));
        await Shop.Database.ReplicaFollowsAsync();
    }

    [Fact]
    public async Task Restore_WithAWrongKey_IsRefusedByThePlanAndTouchesNothing()
    {
        await Shop.ApplySecretAsync("restore-keys", ("right", new string('1', 64)), ("wrong", new string('2', 64)));
        await Shop.AddStorageAsync("sealed", new { encryptionKeySecret = new { name = "restore-keys", key = "right" } });
        await using var backup = await Shop.BackUpAsync(new("sealed") { Storage = "sealed" });
        var sealedOne = await backup.EndAsync("Succeeded");
        var pods = await PodsAsync();

        await using var restore = await RunningRestore.BeginAsync(Shop, "wrong-key", RunningRestore.Source(sealedOne, "wrong"));
        var failed = await restore.EndAsync("Failed");

        Assert.Equal("PlanBlocked", RunningRestore.Reason(failed));
        Assert.Single(failed["status"]!["plan"]!["blockers"]!.AsArray());
        Assert.Equal(pods, await PodsAsync());
        await using var plan = await RunningRestore.BeginAsync(Shop, "right-key", "dryRun: true", RunningRestore.Source(sealedOne, "right"));
        Assert.Equal("Planned", RunningRestore.Reason(await plan.EndAsync("Succeeded")));
    }

    [Fact]
    public async Task Restore_FromTheBucketAlone_FillsAClusterOfAnotherNamespace()
    {
        await Shop.Database.AskAsync(Shop.Primary, "create table if not exists shop.travelled (id int primary key); replace into shop.travelled values (7)");
        await using var backup = await Shop.BackUpAsync(new("travels"));
        var taken = await backup.EndAsync("Succeeded");
        var elsewhere = await plane.Shops.TakeAsync();
        try
        {
            await using var restore = await RunningRestore.BeginAsync(elsewhere, "elsewhere", "keepPrevious: Never", RunningRestore.Source(taken));
            await restore.EndAsync("Succeeded");

            Assert.Equal("7", await elsewhere.Database.AskAsync(Shop.Primary, "select id from shop.travelled"));
            await elsewhere.Database.ReplicaFollowsAsync();
        }
        finally
        {
            plane.Shops.GiveBack(elsewhere);
        }
    }

    private async Task<string> PodsAsync() => string.Join(' ', (await Shop.Cluster.ListAsync($"api/v1/namespaces/{Shop.Namespace}/pods?labelSelector=app=orders-mysql")).Select(pod => (string?)pod["metadata"]!["uid"]));
}

using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Faults;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What cannot be restored is refused by the plan, which names all of it and touches nothing; what no plan can see is put back.</summary>
public sealed class RestoreFaultTests(OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    [Fact]
    public async Task Plan_OfWhatCannotBeRestored_NamesAllOfItAndTouchesNothing()
    {
        await Shop.Cluster.ApplyAsync(Shop.Namespace, await ClusterWithoutWorkloadAsync("ghost"));
        await using var backup = await Shop.BackUpAsync(new("spoiled"));
        var taken = await backup.EndAsync("Succeeded");
        var before = (await Standing.OfAsync(Shop), await Standing.DataAsync(Shop));
        await using var nowhere = await RunningRestore.IntoAsync("ghost", Shop, "nowhere", $"backupName: {backup.Name}");
        var stored = await SpoiledBackup.FromAsync(Shop.Bucket, taken);
        var segment = stored.Largest;

        // They wait for one another, and each names what is wrong with its own.
        await using var missing = await BeginAsync("missing", copy => copy.Remove(segment));
        await using var truncated = await BeginAsync("truncated", copy => copy[segment] = copy[segment][..^1]);
        await using var deleted = await BeginAsync("deleted", copy => copy.Clear());
        await using var foreign = await BeginAsync("foreign", _ => { }, manifest => manifest["engine"] = "XtraBackup");
        await using var later = await BeginAsync("later", _ => { }, Later, "replicaVolumes: Keep");

        await IsBlockedAsync(missing, $"{segment} is missing");
        await IsBlockedAsync(truncated, $"{segment} has ");
        await IsBlockedAsync(deleted, "manifest.json is not there");
        await IsBlockedAsync(foreign, "was made by XtraBackup, and the target's engine is MariaDbBackup");
        await IsBlockedAsync(later, "made by mariadb-backup 12.3.4", "is of server 12.3.4", "bytes free");
        var failed = await nowhere.EndAsync("Failed");
        Assert.Equal("WorkloadFaulty", RunningRestore.Reason(failed));
        Assert.Contains("nowhere", (string?)failed["status"]!["message"], StringComparison.Ordinal);
        Assert.Equal(before, (await Standing.OfAsync(Shop), await Standing.DataAsync(Shop)));
        await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "mysqlcluster", "ghost", "--timeout=60s");

        async Task<RunningRestore> BeginAsync(string stem, Action<Dictionary<string, byte[]>> spoil, Action<JsonNode>? manifest = null, params string[] further) =>
            await RunningRestore.BeginAsync(Shop, stem, [stored.Source(await stored.PutAsync(Shop.Bucket, spoil, manifest)), .. further]);
    }

    [Fact]
    public async Task Restore_OfABackupWithAFlippedByte_PutsBackWhatWasThereAndNamesTheObject()
    {
        await using var backup = await Shop.BackUpAsync(new("flipped"));
        var taken = await backup.EndAsync("Succeeded");
        var spoiled = await Shop.Bucket.FlipABitAsync(taken.Prefix);
        await Shop.Database.AskAsync(Shop.Primary, "create table shop.afterwards (id int primary key); insert into shop.afterwards values (41)");
        var before = ((await Standing.OfAsync(Shop)).Spec, await Standing.DataAsync(Shop));

        await using var restore = await RunningRestore.BeginAsync(Shop, "flipped", $"backupName: {backup.Name}");
        var failed = await restore.EndAsync("Failed");

        Assert.Equal("ManifestMismatch", RunningRestore.Reason(failed));
        Assert.Contains(spoiled, (string?)failed["status"]!["message"], StringComparison.Ordinal);
        Assert.Null(failed["status"]!["stopped"]);
        Assert.False((bool?)failed["status"]!["previousDataKept"]);
        Assert.Equal(before, ((await Standing.OfAsync(Shop)).Spec, await Standing.DataAsync(Shop)));
        await Shop.Database.AskAsync(Shop.Primary, "update shop.afterwards set id = 42");
        await Wait.UntilAsync("the changed row on the replica", TimeSpan.FromSeconds(30), () => Shop.Database.AskAsync(Shop.Replica, "select id from shop.afterwards"), seen => seen == "42");
        await Shop.Database.AskAsync(Shop.Primary, "drop table shop.afterwards");
    }

    // A server and a tool that nobody has, and a stream that no disk has room for.
    private static void Later(JsonNode manifest)
    {
        (manifest["positions"]!["serverVersion"], manifest["positions"]!["toolVersion"]) = ("12.3.4-MariaDB", "12.3.4");
        const long Much = 1L << 60;
        manifest["stream"]!["sizeBytes"] = (long)manifest["stream"]!["sizeBytes"]! + Much;
        manifest["segments"]![0]!["sizeBytes"] = (long)manifest["segments"]![0]!["sizeBytes"]! + Much;
    }

    private static async Task IsBlockedAsync(RunningRestore restore, params string[] named)
    {
        var failed = await restore.EndAsync("Failed");
        var blockers = failed["status"]!["plan"]?["blockers"]?.AsArray().Select(blocker => (string)blocker!).ToList() ?? [];

        Assert.Equal("PlanBlocked", RunningRestore.Reason(failed));
        Assert.True(blockers.Count == named.Length, string.Join('\n', blockers));
        Assert.All(named.Zip(blockers), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.All(blockers, blocker => Assert.Contains(blocker, (string?)failed["status"]!["message"], StringComparison.Ordinal));
        Assert.Null(failed["status"]!["stopped"]);
    }

    private async Task<string> ClusterWithoutWorkloadAsync(string name)
    {
        var spec = (await Shop.ResourceAsync())["spec"]!.DeepClone();
        spec["workload"]!["name"] = "nowhere";
        return new JsonObject
        {
            ["apiVersion"] = "backup.controlplane/v1",
            ["kind"] = "MySQLCluster",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = spec,
        }.ToJsonString();
    }
}

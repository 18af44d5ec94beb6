using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Resources are lost and the bucket is not: the catalogue comes back from it, and what is lost there is seen.</summary>
public sealed class ImportTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private const string Sweep = "backup.controlplane/sweep";
    private const string Import = "backup.controlplane/import";

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Import_AfterAllResourcesWereLost_BringsBackWhatIsWholeAndNoticesWhatGoesLater()
    {
        await using var first = await Shop.BackUpAsync(new("kept-one"));
        var one = await first.EndAsync("Succeeded");
        await using var second = await Shop.BackUpAsync(new("kept-two"));
        var two = await second.EndAsync("Succeeded");
        var objects = await Shop.Bucket.RemainsAsync(one.Prefix);

        await LoseEverythingAsync(first, second);
        Assert.Equal(objects, await Shop.Bucket.RemainsAsync(one.Prefix));

        await AskAsync(Import, "report 1");
        var offered = await SweptAsync(sweep => (int?)sweep["offered"] >= 2);
        var offers = offered["offers"]!.AsArray().ToDictionary(offer => (string)offer!["folder"]!, offer => offer!);
        foreach (var (backup, lost) in new[] { (first, one), (second, two) })
        {
            var offer = offers[$"{backup.Name}-{lost.Uid}"];
            Assert.Equal((long?)lost.Status!["sizeBytes"], (long?)offer["sizeBytes"]);
        }

        Assert.Null(await Shop.FindAsync(first.Name));
        await AskAsync(Import, "now 1");
        await Wait.UntilAsync(
            "the end of the import", Soon, async () => (await Shop.ResourceAsync())["status"]?["import"], import => import?["completed"] is not null, async _ => await Story.OfAsync(plane.Cluster, Shop.Namespace, first.Name));
        AssertSame(one, await first.EndAsync("Succeeded"));
        AssertSame(two, await second.EndAsync("Succeeded"));

        // With the finalizer, deleting it deletes the data under the name it was taken by.
        await plane.Cluster.MergeAsync("mysqlbackups", Shop.Namespace, second.Name, new { metadata = new { finalizers = new[] { "backup.controlplane/delete-data" } } });
        await second.DeleteAsync();
        await second.GoneAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(await Shop.Bucket.RemainsAsync(two.Prefix));
        Assert.Equal(objects, await Shop.Bucket.RemainsAsync(one.Prefix));

        // The sidecar comes back meanwhile; and what is younger than a minute is not looked for.
        await Shop.ReadyAsync();
        var young = DateTimeOffset.Parse((string)one.Status!["completed"]!, CultureInfo.InvariantCulture).AddSeconds(65) - TimeProvider.System.GetUtcNow();
        if (young > TimeSpan.Zero)
            await Wait.ForAsync(young);
        await Shop.Bucket.EmptyAsync(one.Prefix + "manifest.json");
        await AskAsync(Sweep, "report 2");
        await Wait.UntilAsync("DataMissing", Soon, first.SeeAsync, seen => seen.Reason == "DataMissing", async _ => await first.StoryAsync());
        Assert.Equal("False", (string?)Condition(await first.SeeAsync(), "Complete")!["status"]);
        Assert.Equal(1, (int?)(await SweptAsync(sweep => (int?)sweep["missing"] > 0))["missing"]);
    }

    // The sidecar goes and comes back with the cluster's resource; an import waits for neither.
    private async Task LoseEverythingAsync(params RunningBackup[] backups)
    {
        var spec = (await Shop.ResourceAsync())["spec"]!.DeepClone().AsObject();
        await plane.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "mysqlcluster", Shop.ClusterName, "--cascade=false", "--timeout=60s");

        // A cluster that goes takes no backup along.
        Assert.All(await Task.WhenAll(backups.Select(backup => backup.SeeAsync())), seen => Assert.Equal("Succeeded", seen.Phase));
        foreach (var backup in backups)
        {
            await backup.DeleteAsync();
            await backup.GoneAsync(TimeSpan.FromSeconds(60));
        }

        await plane.Cluster.ApplyAsync(Shop.Namespace, new JsonObject
        {
            ["apiVersion"] = "backup.controlplane/v1",
            ["kind"] = "MySQLCluster",
            ["metadata"] = new JsonObject { ["name"] = Shop.ClusterName },
            ["spec"] = spec,
        }.ToJsonString());
    }

    private Task AskAsync(string annotation, string word) => plane.Cluster.MergeAsync(
        "mysqlcluster", Shop.Namespace, Shop.ClusterName, new { metadata = new { annotations = new Dictionary<string, string> { [annotation] = word } } });

    private async Task<JsonNode> SweptAsync(Func<JsonNode, bool> enough) => (await Wait.UntilAsync(
        "the sweep of s3-main", Soon,
        async () => (await Shop.ResourceAsync())["status"]?["sweeps"]?.AsArray().FirstOrDefault(sweep => (string?)sweep!["storage"] == "s3-main"),
        sweep => sweep is not null && enough(sweep), async _ => await Story.OfAsync(plane.Cluster, Shop.Namespace, "")))!;

    private static JsonNode? Condition(BackupView backup, string type) =>
        backup.Status?["conditions"]?.AsArray().FirstOrDefault(condition => (string?)condition!["type"] == type);

    private static void AssertSame(BackupView before, BackupView after)
    {
        Assert.NotEqual(before.Uid, after.Uid);
        Assert.Equal((before.Destination, before.Source), (after.Destination, after.Source));
        foreach (var fact in new[] { "manifestDigest", "sizeBytes", "storedBytes", "segments", "gtidExecuted", "engine", "serverVersion" })
            Assert.Equal(before.Status![fact]?.ToJsonString(), after.Status![fact]?.ToJsonString());
    }
}

using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>The sweep of a cluster's place in a store: remains go, what is young or good or a stranger's stays.</summary>
public sealed class SweepTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private const string Annotation = "backup.controlplane/sweep";
    private const string Request = "backup.controlplane/request";

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private Shop Shop => open.Shop;

    private string Place => $"prod/{Shop.Namespace}/{Shop.ClusterName}/";

    [Fact]
    public async Task Sweep_OfAPlaceWithRemainsAndAStranger_RemovesRemainsAndReportsTheStranger()
    {
        await using var backup = await Shop.BackUpAsync(new("swept-around"));
        var good = await backup.EndAsync("Succeeded");
        var kept = await KeysAsync(good.Prefix);
        await PlantAsync();

        // All of it is younger than the plane's safe age of eight days.
        await AskAsync("now");
        var first = await SweptAsync(0);
        Assert.Equal("StrangersFound", (string?)first["reason"]);
        Assert.Equal(1, (long?)first["strangers"]);
        Assert.Contains("/orders/notes.txt", (string?)first["message"], StringComparison.Ordinal);
        Assert.Equal("False", (string?)Shop.Condition(await Shop.ResourceAsync(), "Tidy")!["status"]);
        await Wait.UntilAsync("the Event of the stranger", Soon, async () => (await Shop.EventsAsync(Shop.ClusterName)).Any(seen => (string?)seen["reason"] == "StrangersFound"));
        Assert.Equal(4 + kept.Count, (await Shop.Bucket.RemainsAsync(Place)).Count);

        // The same Job by hand, for which a second is old; only the plane never asks so.
        await RunAgainAsync(safeAgeSeconds: 1);

        Assert.Equal([Place + "notes.txt", .. kept], await Shop.Bucket.RemainsAsync(Place));
    }

    private async Task PlantAsync()
    {
        var lost = $"{Place}lost-{Guid.NewGuid():D}/data/01/";
        await Shop.Bucket.PutAsync(lost + "00000000", "half a backup");
        await Shop.Bucket.PutAsync(lost + "00000001", "and a bit more");
        await Shop.Bucket.BeginUploadAsync(lost + "00000002");
        await Shop.Bucket.PutAsync(Place + "notes.txt", "somebody's own");
    }

    private Task AskAsync(string word) => plane.Cluster.MergeAsync(
        "mysqlcluster", Shop.Namespace, Shop.ClusterName, new { metadata = new { annotations = new Dictionary<string, string> { [Annotation] = word } } });

    private async Task<JsonNode> SweptAsync(long removed)
    {
        var resource = await Wait.UntilAsync(
            "the sweep of s3-main", Soon, Shop.ResourceAsync, seen => (long?)Sweep(seen)?["strangers"] > 0, async _ => await Story.OfAsync(plane.Cluster, Shop.Namespace, ""));
        var sweep = Sweep(resource)!;
        Assert.Equal(removed, (long?)sweep["objectsRemoved"] ?? 0);
        return sweep;
    }

    private static JsonNode? Sweep(JsonNode resource) =>
        resource["status"]?["sweeps"]?.AsArray().FirstOrDefault(sweep => (string?)sweep!["storage"] == "s3-main" && sweep["lastSweep"] is not null);

    private async Task RunAgainAsync(int safeAgeSeconds)
    {
        var jobs = await plane.Cluster.ListAsync($"apis/batch/v1/namespaces/{Shop.Namespace}/jobs?labelSelector=backup.controlplane/operation=sweepcluster");
        var like = jobs.First(job => (bool?)RequestOf(job)["sweep"]!["onlyReports"] == false);
        var spec = like["spec"]!.DeepClone().AsObject();
        spec.Remove("selector");
        var annotations = spec["template"]!["metadata"]!["annotations"]!;
        var request = JsonNode.Parse((string)annotations[Request]!)!;
        request["sweep"]!["safeAgeSeconds"] = safeAgeSeconds;
        request["sweep"]!["asked"] = TimeProvider.System.GetUtcNow().AddSeconds(60).ToString("O");
        annotations[Request] = request.ToJsonString();
        spec["template"]!["metadata"]!["labels"] = new JsonObject();
        var job = new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject { ["name"] = "sweep-by-hand" },
            ["spec"] = spec,
        };
        await plane.Cluster.ApplyAsync(Shop.Namespace, job.ToJsonString());
        await Wait.UntilAsync(
            "the end of the sweep by hand", Soon,
            async () => (await plane.Cluster.GetAsync($"apis/batch/v1/namespaces/{Shop.Namespace}/jobs/sweep-by-hand"))?["status"],
            status => (int?)status?["succeeded"] == 1 || (int?)status?["failed"] > 0,
            async _ => await Story.OfAsync(plane.Cluster, Shop.Namespace, ""));
    }

    // Another scenario in the same shop may have asked for reports only.
    private static JsonNode RequestOf(JsonNode job) => JsonNode.Parse((string)job["spec"]!["template"]!["metadata"]!["annotations"]![Request]!)!;

    private async Task<IReadOnlyList<string>> KeysAsync(string prefix) => [.. (await Shop.Bucket.ListAsync(prefix)).Select(item => item.Key)];
}

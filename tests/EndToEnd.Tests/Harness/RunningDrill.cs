using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A drill that a test asked for.</summary>
internal sealed class RunningDrill(Shop shop, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    internal string Name => name;

    /// <summary>Asks for one; what is given are the lines of its spec beside the cluster.</summary>
    internal static async Task<RunningDrill> BeginAsync(Shop shop, string stem, params string[] spec)
    {
        var name = $"{stem}-{Guid.NewGuid().ToString("N")[..6]}";
        var document = $"apiVersion: backup.controlplane/v1\nkind: RestoreDrill\nmetadata:\n  name: {name}\nspec:\n  clusterName: {Shop.ClusterName}\n  {string.Join("\n  ", spec)}\n";
        await shop.Cluster.ApplyAsync(shop.Namespace, document);
        return new(shop, name);
    }

    internal async Task<JsonNode> SeeAsync() =>
        await shop.Cluster.GetAsync($"apis/backup.controlplane/v1/namespaces/{shop.Namespace}/restoredrills/{name}") ?? throw new InvalidOperationException($"The RestoreDrill {name} is gone.");

    /// <summary>The newest round, once so many have ended; fails with the whole story when it is not in this outcome.</summary>
    internal async Task<JsonNode> RoundAsync(int number, string outcome)
    {
        var seen = await Wait.UntilAsync(
            $"round {number} of {name}", Limit, SeeAsync, seen => Newest(seen) is { } round && (int)round["number"]! >= number, async seen => $"{seen}\n{await StoryAsync()}");
        var newest = Newest(seen)!;
        if ((string?)newest["outcome"] != outcome)
            Assert.Fail($"Round {number} of {name} ended as {newest}\n{await StoryAsync()}");
        return newest;
    }

    /// <summary>Its status, once it waits for a place in a budget.</summary>
    internal async Task<JsonNode> WaitsAsync() => (await Wait.UntilAsync(
        $"{name} waiting for a place", Limit, SeeAsync, seen => (string?)seen["status"]?["reason"] == "WaitingForPlace" && seen["status"]!["line"]?["position"] is not null,
        async seen => $"{seen}\n{await StoryAsync()}"))["status"]!;

    /// <summary>The Jobs that it has now.</summary>
    internal async Task<IReadOnlyList<JsonNode>> JobsAsync() => await shop.JobsAsync((string)(await SeeAsync())["metadata"]!["uid"]!);

    /// <summary>A round now, by a word that was not there before.</summary>
    internal Task RunAsync(string word) =>
        shop.Cluster.MergeAsync("restoredrills", shop.Namespace, name, new { metadata = new { annotations = new Dictionary<string, string> { ["backup.controlplane/run"] = word } } });

    internal Task ChangeAsync(object spec) => shop.Cluster.MergeAsync("restoredrills", shop.Namespace, name, new { spec });

    /// <summary>The reasons of its Events of a type.</summary>
    internal async Task<IReadOnlyList<string>> EventsAsync(string type) =>
        [.. (await shop.EventsAsync(name)).Where(one => (string?)one["type"] == type).Select(one => (string)one["reason"]!)];

    /// <summary>Until nothing that it made is there any more.</summary>
    internal async Task ClearedAsync()
    {
        var uid = (string)(await SeeAsync())["metadata"]!["uid"]!;
        await Wait.UntilAsync(
            $"the end of all that {name} made", TimeSpan.FromMinutes(1),
            async () => (await shop.JobsAsync(uid)).Concat(await shop.JobPodsAsync(uid)).Select(left => (string)left["metadata"]!["name"]!).ToList(), left => left.Count == 0, left => Task.FromResult(string.Join(", ", left)));
    }

    public async ValueTask DisposeAsync() =>
        await shop.Cluster.TryKubectlAsync("--namespace", shop.Namespace, "delete", "restoredrills", name, "--timeout=60s");

    private static JsonNode? Newest(JsonNode drill) => drill["status"]?["history"]?.AsArray().FirstOrDefault();

    private Task<string> StoryAsync() => Story.OfAsync(shop.Cluster, shop.Namespace, name);
}

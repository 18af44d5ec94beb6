using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A restore that a test asked for.</summary>
internal sealed class RunningRestore(Shop shop, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static readonly string[] Steps = ["Pending", "Planning", "Stopping", "Restoring", "Starting", "Succeeded"];

    internal string Name => name;

    /// <summary>Asks for one; what is given are the lines of its spec beside the cluster.</summary>
    internal static Task<RunningRestore> BeginAsync(Shop shop, string stem, params string[] spec) => IntoAsync(Shop.ClusterName, shop, stem, spec);

    /// <summary>Asks for one into another cluster.</summary>
    internal static async Task<RunningRestore> IntoAsync(string cluster, Shop shop, string stem, params string[] spec)
    {
        var name = $"{stem}-{Guid.NewGuid().ToString("N")[..6]}";
        var document = $"apiVersion: backup.controlplane/v1\nkind: MySQLRestore\nmetadata:\n  name: {name}\nspec:\n  clusterName: {cluster}\n  {string.Join("\n  ", spec)}\n";
        await shop.Cluster.ApplyAsync(shop.Namespace, document);
        return new(shop, name);
    }

    internal async Task<JsonNode> SeeAsync() =>
        await shop.Cluster.GetAsync($"apis/backup.controlplane/v1/namespaces/{shop.Namespace}/mysqlrestores/{name}") ?? throw new InvalidOperationException($"The MySQLRestore {name} is gone.");

    /// <summary>Until it stands as <paramref name="enough"/> says; fails with the whole story, at once when it ended otherwise.</summary>
    internal async Task<JsonNode> UntilAsync(string what, Func<JsonNode, bool> enough, TimeSpan? limit = null)
    {
        var seen = await Wait.UntilAsync($"{what} of {name}", limit ?? Limit, SeeAsync, seen => enough(seen) || IsFinal(seen), async seen => $"{seen}\n{await StoryAsync()}");
        if (!enough(seen))
            Assert.Fail($"Waited for {what} of {name}; it ended as {seen["status"]}\n{await StoryAsync()}");
        return seen;
    }

    /// <summary>Until it is final, which must be in this phase.</summary>
    internal Task<JsonNode> EndAsync(string phase, TimeSpan? limit = null) => UntilAsync($"phase {phase}", seen => Phase(seen) == phase, limit);

    /// <summary>Until it is at a step on its way to success, or past it.</summary>
    internal Task<JsonNode> ReachAsync(string phase) => UntilAsync($"phase {phase}", seen => Array.IndexOf(Steps, Phase(seen)) >= Array.IndexOf(Steps, phase));

    /// <summary>Until the previous data of one that succeeded are gone.</summary>
    internal Task<JsonNode> ConfirmedAsync() => Wait.UntilAsync($"the end of the previous data of {name}", Limit, SeeAsync, seen => Reason(seen) == "Confirmed", async seen => $"{seen}\n{await StoryAsync()}");

    /// <summary>A Pod of one of its Jobs that has not ended, as soon as there is one.</summary>
    internal async Task<JsonNode> JobPodAsync() =>
        (await Wait.UntilAsync($"a Job's Pod of {name}", Limit, WorkingPodsAsync, pods => pods.Count > 0, async _ => await StoryAsync()))[0];

    /// <summary>Until none of its Jobs has a Pod that works.</summary>
    internal Task QuietAsync() =>
        Wait.UntilAsync($"the end of the Jobs of {name}", TimeSpan.FromMinutes(1), WorkingPodsAsync, pods => pods.Count == 0, async pods => $"{string.Join(' ', pods)}\n{await StoryAsync()}");

    private async Task<IReadOnlyList<JsonNode>> WorkingPodsAsync() =>
        [.. (await shop.JobPodsAsync((string)(await SeeAsync())["metadata"]!["uid"]!)).Where(pod => (string?)pod["status"]!["phase"] is not ("Succeeded" or "Failed") && pod["metadata"]!["deletionTimestamp"] is null)];

    /// <summary>The field of a restore that says where a backup lies, with no more than the storage's own access; its key may be another one.</summary>
    internal static string Source(BackupView backup, string? key = null)
    {
        var storage = (JsonObject)backup.Status!["storage"]!.DeepClone();
        if (key is not null)
            storage["encryptionKeySecret"]!["key"] = key;
        return "backupSource: " + new JsonObject { ["destination"] = backup.Destination, ["storage"] = storage }.ToJsonString();
    }

    /// <summary>Has the previous data of one that succeeded put back.</summary>
    internal async Task UndoAsync()
    {
        await ChangeAsync(new { cancelled = true });
        await Wait.UntilAsync($"the way back of {name}", Limit, SeeAsync, seen => Phase(seen) == "Cancelled", async seen => $"{seen}\n{await StoryAsync()}");
    }

    internal Task ChangeAsync(object spec) => shop.Cluster.MergeAsync("mysqlrestores", shop.Namespace, name, new { spec });

    internal static string? Phase(JsonNode restore) => (string?)restore["status"]?["phase"];

    internal static string? Reason(JsonNode restore) => (string?)restore["status"]?["reason"];

    public async ValueTask DisposeAsync() =>
        await shop.Cluster.TryKubectlAsync("--namespace", shop.Namespace, "delete", "mysqlrestores", name, "--timeout=60s");

    private static bool IsFinal(JsonNode restore) => Phase(restore) is "Succeeded" or "Failed" or "Cancelled";

    private Task<string> StoryAsync() => Story.OfAsync(shop.Cluster, shop.Namespace, name);
}

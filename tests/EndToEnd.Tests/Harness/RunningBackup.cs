using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A backup that a test asked for; gone with its objects when the test ends.</summary>
internal sealed class RunningBackup(Shop shop, string name, bool deletesData) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    internal string Name => name;

    internal async Task<BackupView> SeeAsync() =>
        await shop.FindAsync(name) ?? throw new InvalidOperationException($"The MySQLBackup {name} is gone.");

    /// <summary>Until it stands as <paramref name="enough"/> says; fails with the whole story, at once when it ended otherwise.</summary>
    internal async Task<BackupView> UntilAsync(string what, Func<BackupView, bool> enough, TimeSpan? limit = null)
    {
        var seen = await Wait.UntilAsync($"{what} of {name}", limit ?? Limit, SeeAsync, seen => enough(seen) || seen.IsFinal, async seen => $"{seen}\n{await StoryAsync()}");
        if (!enough(seen))
            Assert.Fail($"Waited for {what} of {name}; it ended as {seen}\n{await StoryAsync()}");
        return seen;
    }

    /// <summary>Until it is final, which must be in this phase.</summary>
    internal Task<BackupView> EndAsync(string phase, TimeSpan? limit = null) => UntilAsync($"phase {phase}", seen => seen.Phase == phase, limit);

    /// <summary>Until bytes flow.</summary>
    internal Task<BackupView> FlowAsync() => UntilAsync("flowing bytes", seen => seen.Phase == "Running" && seen.BytesRead > 0);

    internal Task CancelAsync() => shop.Cluster.MergeAsync("mysqlbackups", shop.Namespace, name, new { spec = new { cancelled = true } });

    internal Task DeleteAsync() => shop.Cluster.KubectlAsync("--namespace", shop.Namespace, "delete", "mysqlbackups", name, "--wait=false");

    internal Task GoneAsync(TimeSpan limit) =>
        Wait.UntilAsync($"the end of {name}", limit, async () => await shop.FindAsync(name) is null, StoryAsync);

    internal async Task<IReadOnlyList<JsonNode>> JobsAsync() => await shop.JobsAsync((await SeeAsync()).Uid);

    /// <summary>The name of the Job Pod that runs now.</summary>
    internal async Task<string> JobPodAsync() =>
        (string)(await shop.JobPodsAsync((await SeeAsync()).Uid)).Single(pod => (string?)pod["status"]!["phase"] == "Running")["metadata"]!["name"]!;

    internal Task<string> StoryAsync() => Story.OfAsync(shop.Cluster, shop.Namespace, name);

    /// <summary>Until nothing of it is left in the store, which may take as long as a sweep.</summary>
    internal async Task NothingRemainsAsync(string prefix, TimeSpan? limit = null) => await Wait.UntilAsync(
        string.Create(CultureInfo.InvariantCulture, $"an empty {prefix}"), limit ?? TimeSpan.FromSeconds(45), () => shop.Bucket.RemainsAsync(prefix), remains => remains.Count == 0,
        async remains => string.Join(", ", remains.Take(10)) + "\n" + await StoryAsync());

    public async ValueTask DisposeAsync()
    {
        if (await shop.FindAsync(name) is not { } last)
            return;
        // The way out that every owner has, so that a test that failed does not wait for a removal that may be what failed.
        if (deletesData)
            await shop.Cluster.TryKubectlAsync("--namespace", shop.Namespace, "patch", "mysqlbackups", name, "--type", "merge", "--patch", """{"metadata":{"finalizers":null}}""");
        await shop.Cluster.TryKubectlAsync("--namespace", shop.Namespace, "delete", "mysqlbackups", name, "--timeout=60s");
        if (last.Destination.StartsWith($"s3://{shop.Bucket.Name}/", StringComparison.Ordinal))
            await shop.Bucket.EmptyAsync(last.Prefix);
    }
}

using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What an owner may change later: the bandwidth while a backup runs, the key once it is good.</summary>
public sealed class ChangedWishTests(OpenShop open) : IClassFixture<OpenShop>
{
    private const string Keys = "rewrap-keys";

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Bandwidth_ChangedAndTakenAwayInMidRun_CountsWithinSeconds()
    {
        await Shop.AddStorageAsync("limited", new { uploadBandwidth = "256Ki", compression = new { codec = "none", level = (int?)null } });
        await using var backup = await Shop.BackUpAsync(new("limited") { Storage = "limited" });
        var running = await backup.UntilAsync("a told limit", seen => seen.Phase == "Running" && seen.BytesRead > 0 && (long?)seen.Status!["uploadBytesPerSecond"] == 256 << 10);

        await LimitAsync("128Ki");
        var pod = await backup.JobPodAsync();
        await LoggedAsync(backup, pod, "from 262144 to 131072 bytes a second");

        // By now all would be stored, had nothing held it back; at this rate it would take several minutes more.
        running = await backup.SeeAsync();
        Assert.Equal("Running", running.Phase);
        Assert.True((long?)running.Status!["progress"]!["bytesStored"] < 16 << 20, running.Status["progress"]!.ToJsonString());

        await LimitAsync(null);
        await backup.EndAsync("Succeeded", TimeSpan.FromSeconds(45));
        Assert.Null((await backup.SeeAsync()).Status!["uploadBytesPerSecond"]);
    }

    [Fact]
    public async Task EncryptionKey_OfAGoodBackupChanged_IsRewrappedAndItsDataNotTouched()
    {
        await Shop.Cluster.ApplyAsync(Shop.Namespace, $$"""
            apiVersion: v1
            kind: Secret
            metadata: { name: {{Keys}} }
            stringData: { key-1: "{{NewKey()}}", key-2: "{{NewKey()}}" }
            """);
        await Shop.AddStorageAsync("sealed", new { encryptionKeySecret = new { name = Keys, key = "key-1" } });
        await using var backup = await Shop.BackUpAsync(new("rewrapped") { Storage = "sealed", DeletesData = true });
        var first = await backup.EndAsync("Succeeded");
        Assert.Equal("key-1", (string?)first.Status!["encryptionKeyId"]);
        var data = await DataAsync(first);

        // A key that is not there is said, and disturbs nothing.
        await WishAsync(backup, "key-3");
        var failed = await RewrapAsync(backup, rewrap => (string?)rewrap["reason"] == "RewrapFailed");
        Assert.Contains("key-3", (string?)Rewrapped(failed)!["message"], StringComparison.Ordinal);
        Assert.Equal(("Succeeded", "key-1"), (failed.Phase, (string?)failed.Status!["encryptionKeyId"]));

        await WishAsync(backup, "key-2");
        var second = await RewrapAsync(backup, rewrap => (string?)rewrap["status"] == "True");

        Assert.Equal(("Succeeded", "key-2"), (second.Phase, (string?)second.Status!["encryptionKeyId"]));
        var manifest = await Shop.Bucket.ReadAsync(second.Prefix + "manifest.json");
        Assert.Equal("key-2", (string?)JsonNode.Parse(manifest)!["sealing"]!["keyId"]);
        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData(manifest)), (string?)second.Status["manifestDigest"]);
        Assert.Equal(data, await DataAsync(second));

        await backup.DeleteAsync();
        await backup.GoneAsync(TimeSpan.FromSeconds(60));
        await backup.NothingRemainsAsync(second.Prefix);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static JsonNode? Rewrapped(BackupView backup) => Shop.Condition(backup.Resource, "Rewrapped");

    private static Task<BackupView> RewrapAsync(RunningBackup backup, Func<JsonNode, bool> enough) => Wait.UntilAsync(
        $"the condition Rewrapped of {backup.Name}", TimeSpan.FromSeconds(45), backup.SeeAsync,
        seen => Rewrapped(seen) is { } rewrap && enough(rewrap), async _ => await backup.StoryAsync());

    private Task LimitAsync(string? limit) =>
        Shop.ChangeAsync(new { backup = new { storages = new { limited = new { uploadBandwidth = limit } } } });

    private Task WishAsync(RunningBackup backup, string key) =>
        Shop.Cluster.MergeAsync("mysqlbackups", Shop.Namespace, backup.Name, new { spec = new { encryptionKey = key } });

    private Task LoggedAsync(RunningBackup backup, string pod, string words) => Wait.UntilAsync(
        $"'{words}' in the log of {pod}", TimeSpan.FromSeconds(20),
        async () => (await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "logs", pod)).Contains(words, StringComparison.Ordinal), backup.StoryAsync);

    private async Task<string[]> DataAsync(BackupView backup) =>
        [.. (await Shop.Bucket.ListAsync(backup.Prefix + "data/")).Select(item => $"{item.Key} {item.ETag} {item.LastModified:O}").Order(StringComparer.Ordinal)];
}

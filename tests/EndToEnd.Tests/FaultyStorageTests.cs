using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Storages that cannot be used: the right reason, a message to act on, no remains.</summary>
public sealed class FaultyStorageTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    [Fact]
    public async Task Backup_WithAnotherUsersKeys_FailsAsDenied()
    {
        var store = plane.Cluster.Environment;
        await Shop.ApplySecretAsync("stranger", store["S3_STRANGER_ACCESS_KEY"], store["S3_STRANGER_SECRET_KEY"]);
        await Shop.AddStorageAsync("denied", new { s3 = new { credentialsSecret = "stranger" } });

        var ended = await FailAsync("denied", "StorageDenied", attempts: 1);

        Assert.Contains(Shop.Bucket.Name, ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_WithAWrongSecretKey_FailsAsDenied()
    {
        await Shop.ApplySecretAsync("mistyped", plane.Cluster.Environment["S3_ACCESS_KEY"], "wrong-" + Guid.NewGuid().ToString("N"));
        await Shop.AddStorageAsync("mistyped", new { s3 = new { credentialsSecret = "mistyped" } });

        await FailAsync("mistyped", "StorageDenied", attempts: 1);
    }

    [Fact]
    public async Task Backup_IntoAMissingBucket_FailsAsMissing()
    {
        await Shop.AddStorageAsync("nowhere", new { s3 = new { bucket = "no-such-bucket-here" } });

        var ended = await FailAsync("nowhere", "StorageMissing", attempts: 1);

        Assert.Contains("no-such-bucket-here", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_ToAnEndpointThatDoesNotAnswer_FailsAsUnavailableAfterItsAttempts()
    {
        // A port of the bridge on which nobody listens.
        var endpoint = $"http://{plane.Cluster.Environment.BridgeAddress}:9";
        await Shop.AddStorageAsync("silent", new { s3 = new { endpointUrl = endpoint } });

        var ended = await FailAsync("silent", "StorageUnavailable", attempts: 2);

        Assert.Contains(endpoint, ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_WithoutTheSecretThatTheStorageNames_FailsAsSecretMissingAfterItsAttempts()
    {
        await Shop.AddStorageAsync("unkeyed", new { s3 = new { credentialsSecret = "never-applied" } });

        var ended = await FailAsync("unkeyed", "SecretMissing", attempts: 2);

        Assert.Contains("never-applied", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_WhoseSecretIsAppliedMeanwhile_Succeeds()
    {
        await Shop.AddStorageAsync("late", new { s3 = new { credentialsSecret = "late" } });
        await using var backup = await Shop.BackUpAsync(new("late") { Storage = "late" });

        await backup.UntilAsync("a pause after the first attempt", seen => seen.Reason == "Retrying");
        await Shop.ApplySecretAsync("late", plane.Cluster.Environment["S3_ACCESS_KEY"], plane.Cluster.Environment["S3_SECRET_KEY"]);
        var ended = await backup.EndAsync("Succeeded");

        Assert.Equal(2, ended.Attempts.Count);
    }

    private async Task<BackupView> FailAsync(string storage, string reason, int attempts)
    {
        await using var backup = await Shop.BackUpAsync(new(storage) { Storage = storage });
        var ended = await backup.EndAsync("Failed", TimeSpan.FromMinutes(3));

        Assert.True(ended.Reason == reason && ended.Attempts.Count == attempts, $"{ended}; expected {reason} after {attempts} attempts.\n{await backup.StoryAsync()}");
        Assert.All(ended.Attempts, attempt => Assert.Equal(reason, (string?)attempt!["reason"]));
        await Wait.UntilAsync($"a warning with reason {reason}", TimeSpan.FromSeconds(20), () => Shop.EventsAsync(backup.Name), events => events.Any(happened => (string?)happened["type"] == "Warning" && (string?)happened["reason"] == reason));
        Assert.Empty(await Shop.Bucket.RemainsAsync(Prefix(ended)));
        return ended;
    }

    // A destination in a bucket that is not ours to look into has nothing to leave.
    private static string Prefix(BackupView ended) => ended.Destination.Length == 0 ? "none/" : ended.Prefix;
}

using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Who waits for whom, and what is refused.</summary>
public sealed class QueueTests(OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    [Fact]
    public async Task Backups_TwoOfOneClusterAtOnce_RunOneAfterTheOther()
    {
        await using var first = await Shop.BackUpAsync(new("first") { Throttle = 40 });
        await first.FlowAsync();
        await using var second = await Shop.BackUpAsync(new("second"));

        var waiting = await second.UntilAsync("waiting", seen => seen is { Phase: "Pending", Reason: "BackupRunning" });
        Assert.Contains(first.Name, waiting.Message, StringComparison.Ordinal);
        var one = await first.EndAsync("Succeeded");
        var two = await second.EndAsync("Succeeded");

        Assert.True(Instant(two, "started") >= Instant(one, "completed"), "they overlapped");
        Assert.Single(await first.JobsAsync());
        Assert.Single(await second.JobsAsync());
    }

    [Fact]
    public async Task Backup_OfASuspendedCluster_WaitsAndSaysSo()
    {
        await Shop.ChangeAsync(new { suspended = true });
        try
        {
            await using var backup = await Shop.BackUpAsync(new("suspended"));
            await backup.UntilAsync("waiting", seen => seen is { Phase: "Pending", Reason: "Suspended" });
            Assert.Empty(await backup.JobsAsync());

            await Shop.ChangeAsync(new { suspended = false });
            await backup.EndAsync("Succeeded");
        }
        finally
        {
            await Shop.ChangeAsync(new { suspended = false });
        }
    }

    [Fact]
    public async Task Backup_OfAnUnknownCluster_FailsAndNamesIt()
    {
        await using var backup = await Shop.BackUpAsync(new("no-cluster") { Cluster = "oders" });
        var waiting = await backup.UntilAsync("waiting", seen => seen.Reason == "ClusterNotFound");
        Assert.Contains("oders", waiting.Message, StringComparison.Ordinal);

        var ended = await backup.EndAsync("Failed");

        Assert.Equal("ClusterNotFound", ended.Reason);
    }

    [Fact]
    public async Task Backup_IntoAnUnknownStorage_FailsAndNamesThoseThereAre()
    {
        await using var backup = await Shop.BackUpAsync(new("no-storage") { Storage = "s3-mian" });

        var ended = await backup.EndAsync("Failed");

        Assert.Equal("StorageNotFound", ended.Reason);
        Assert.Contains("s3-mian", ended.Message, StringComparison.Ordinal);
        Assert.Contains("s3-main", ended.Message, StringComparison.Ordinal);
    }

    private static DateTimeOffset Instant(BackupView backup, string field) =>
        DateTimeOffset.Parse((string)backup.Status![field]!, System.Globalization.CultureInfo.InvariantCulture);
}

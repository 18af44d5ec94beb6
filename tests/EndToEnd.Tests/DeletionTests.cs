using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Cancelling and deleting: the work stops, and data goes exactly when its owner said so.</summary>
public sealed class DeletionTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    // Ten seconds for the database: long enough to be met at work on a machine that has much to do.
    private const int Slow = 8;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    // The work stops at once; the word of it may wait for the Pod, which this kubelet was seen to keep for 40 s without telling that its container had ended.
    private static readonly TimeSpan OnceThePodIsGone = TimeSpan.FromSeconds(75);

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Backup_CancelledWhileItRuns_StopsAndLeavesNothing()
    {
        await using var backup = await Shop.BackUpAsync(new("cancelled") { Throttle = Slow });
        await backup.FlowAsync();

        await backup.CancelAsync();
        await Shop.ToolIsGoneAsync();
        var ended = await backup.EndAsync("Cancelled", OnceThePodIsGone);

        Assert.Single(ended.Attempts);
        await backup.NothingRemainsAsync(ended.Prefix);
    }

    [Fact]
    public async Task Backup_CancelledBeforeItBegan_NeverMakesAJob()
    {
        await using var first = await Shop.BackUpAsync(new("holds-the-slot") { Throttle = Slow });
        await first.FlowAsync();
        await using var second = await Shop.BackUpAsync(new("cancelled-early"));
        await second.UntilAsync("waiting", seen => seen.Reason == "BackupRunning");

        await second.CancelAsync();
        var ended = await second.EndAsync("Cancelled", Soon);

        Assert.Empty(ended.Attempts);
        Assert.Empty(await second.JobsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Backup_DeletedWhileItRuns_StopsAndLeavesNothing(bool deletesData)
    {
        await using var backup = await Shop.BackUpAsync(new("deleted-running") { Throttle = Slow, DeletesData = deletesData });
        var flowing = await backup.FlowAsync();

        await backup.DeleteAsync();
        await Shop.ToolIsGoneAsync();
        await backup.GoneAsync(OnceThePodIsGone);

        await backup.NothingRemainsAsync(flowing.Prefix);
        await NoJobsAsync(flowing.Uid);
    }

    [Fact]
    public async Task Backup_DeletedWithTheFinalizer_TakesItsDataAlong()
    {
        await using var backup = await Shop.BackUpAsync(new("with-finalizer") { DeletesData = true });
        var ended = await backup.EndAsync("Succeeded");
        Assert.NotEmpty(await Shop.Bucket.ListAsync(ended.Prefix));

        await backup.DeleteAsync();
        await backup.GoneAsync(TimeSpan.FromSeconds(45));

        Assert.Empty(await Shop.Bucket.RemainsAsync(ended.Prefix));
        await NoJobsAsync(ended.Uid);
    }

    [Fact]
    public async Task Backup_DeletedWithoutTheFinalizer_LeavesItsData()
    {
        await using var backup = await Shop.BackUpAsync(new("without-finalizer"));
        var ended = await backup.EndAsync("Succeeded");
        var before = (await Shop.Bucket.ListAsync(ended.Prefix)).Select(item => (item.Key, item.Size)).ToArray();

        await backup.DeleteAsync();
        await backup.GoneAsync(TimeSpan.FromSeconds(45));
        await Wait.ForAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(before, (await Shop.Bucket.ListAsync(ended.Prefix)).Select(item => (item.Key, item.Size)));
        await Shop.Bucket.EmptyAsync(ended.Prefix);
    }

    [Fact]
    public async Task Backup_DeletedWithItsNeighbourOfTheSameStart_LeavesTheNeighbour()
    {
        var name = "twin-" + Guid.NewGuid().ToString("N")[..6];
        await using var kept = await Shop.BackUpAsync(new(name + "1") { ExactName = true });
        var neighbour = await kept.EndAsync("Succeeded");
        await using var deleted = await Shop.BackUpAsync(new(name) { ExactName = true, DeletesData = true });
        await deleted.EndAsync("Succeeded");

        await deleted.DeleteAsync();
        await deleted.GoneAsync(TimeSpan.FromSeconds(45));

        Assert.NotEmpty(await Shop.Bucket.ListAsync(neighbour.Prefix));
    }

    [Fact]
    public async Task Backup_DeletedWhenItsBucketIsGone_SaysRemovalFailedAndMayBeLetGo()
    {
        using var bucket = new Bucket(plane.Cluster.Environment, "e2e-gone-" + Guid.NewGuid().ToString("N")[..8]);
        await bucket.MakeAsync();
        await Shop.AddStorageAsync("going", new { s3 = new { bucket = bucket.Name } });
        await using var backup = await Shop.BackUpAsync(new("bucket-gone") { Storage = "going", DeletesData = true });
        await backup.EndAsync("Succeeded");

        await bucket.RemoveAsync();
        await backup.DeleteAsync();
        var failed = await Wait.UntilAsync("RemovalFailed", TimeSpan.FromMinutes(1), backup.SeeAsync, seen => seen.Reason == "RemovalFailed", async _ => await backup.StoryAsync());

        Assert.Contains(bucket.Name, failed.Message, StringComparison.Ordinal);
        await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "patch", "mysqlbackups", backup.Name, "--type", "merge", "--patch", """{"metadata":{"finalizers":null}}""");
        await backup.GoneAsync(TimeSpan.FromSeconds(20));
        await NoJobsAsync(failed.Uid);
    }

    private Task NoJobsAsync(string uid) =>
        Wait.UntilAsync("the end of all Jobs of the backup", TimeSpan.FromSeconds(60), () => Shop.JobsAsync(uid), jobs => jobs.Count == 0);
}

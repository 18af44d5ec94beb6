using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Whatever a restore in place needs dies at each of its steps, while rows are written: it ends with the restored database, or, where its owner cancels it, with exactly the one from
/// before, and says which: <c>./dev fire</c>.
/// </summary>
[Collection(Alone.Name)]
public sealed class RestoreUnderFireTests(Plane plane, ShopUnderFire open, ITestOutputHelper output) : IClassFixture<ShopUnderFire>
{
    private const string Planning = nameof(Planning);
    private const string Stopping = nameof(Stopping);
    private const string Restoring = nameof(Restoring);
    private const string Starting = nameof(Starting);

    // Two Jobs one after the other, an outage of a minute, and pauses between tries.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    private Shop Shop => open.Shop;

    [Theory(Explicit = true)]
    [InlineData(Planning)]
    [InlineData(Restoring)]
    public Task Restore_WhoseJobPodIsDeleted_Succeeds(string step) => SurvivesAsync(step, "a Job's Pod deleted", async restore =>
        await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "pod", (string)(await restore.JobPodAsync())["metadata"]!["name"]!, "--grace-period=0", "--force", "--wait=false"));

    [Theory(Explicit = true)]
    [InlineData(Planning)]
    [InlineData(Restoring)]
    public Task Restore_WhoseRunnerIsKilled_Succeeds(string step) =>
        SurvivesAsync(step, "a runner killed", async restore => await Containers.KillPodAsync((string)(await restore.JobPodAsync())["metadata"]!["uid"]!));

    [Theory(Explicit = true)]
    [InlineData(Planning)]
    [InlineData(Stopping)]
    [InlineData(Starting)]
    public Task Restore_WhosePrimaryIsKilled_Succeeds(string step) => SurvivesAsync(step, "the primary killed", async _ =>
        await Containers.KillPodAsync((string)(await Wait.UntilAsync("the primary's Pod", TimeSpan.FromSeconds(30), PrimaryAsync, pod => pod is not null))!["metadata"]!["uid"]!));

    [Theory(Explicit = true)]
    [InlineData(Planning)]
    [InlineData(Stopping)]
    [InlineData(Restoring)]
    [InlineData(Starting)]
    public Task Restore_WhoseSiloIsKilled_Succeeds(string step) => SurvivesAsync(step, "the silo killed", _ => plane.KillSiloAsync());

    [Theory(Explicit = true)]
    [InlineData(Planning)]
    [InlineData(Stopping)]
    [InlineData(Restoring)]
    [InlineData(Starting)]
    public Task Restore_WithoutApiServerForAMinute_Succeeds(string step) =>
        SurvivesAsync(step, "no API server for a minute", _ => Outage.OfTheApiServerAsync(plane.Cluster, TimeSpan.FromMinutes(1)));

    [Theory(Explicit = true)]
    [InlineData(Planning)]
    [InlineData(Stopping)]
    [InlineData(Restoring)]
    [InlineData(Starting)]
    public Task Restore_WithoutStoreForAMinute_Succeeds(string step) =>
        SurvivesAsync(step, "no store for a minute", _ => Outage.OfTheStoreAsync(TimeSpan.FromMinutes(1)));

    [Theory(Explicit = true)]
    [InlineData(Planning)]
    [InlineData(Stopping)]
    [InlineData(Restoring)]
    [InlineData(Starting)]
    public async Task Restore_ThatIsCancelled_LeavesExactlyWhatWasThere(string step)
    {
        await using var writing = await BeginWritingAsync();
        var (rows, standing) = (await Ledger.NowAsync(Shop), await Standing.OfAsync(Shop));
        var began = TimeProvider.System.GetTimestamp();
        await using var restore = await RunningRestore.BeginAsync(Shop, "fire", $"backupName: {open.Backup}");
        await restore.UntilAsync($"phase {step}", seen => RunningRestore.Phase(seen) == step);
        await restore.ChangeAsync(new { cancelled = true });
        var done = await restore.EndAsync("Cancelled", Limit);
        Say(step, "cancelled", began, done);

        Assert.Equal("Cancelled", RunningRestore.Reason(done));
        Assert.Contains(step == Planning ? "Nothing was touched" : "put back", (string?)done["status"]!["message"], StringComparison.Ordinal);
        Assert.NotEqual(true, (bool?)done["status"]!["previousDataKept"]);
        await Shop.Database.EndWritingAsync();
        await NothingIsLeftAsync(restore, standing, touched: step != Planning);
        foreach (var pod in new[] { Shop.Primary, Shop.Replica })
            await rows.IsInAsync(sql => Shop.Database.AskAsync(pod, sql));
    }

    private async Task SurvivesAsync(string step, string what, Func<RunningRestore, Task> strike)
    {
        await using var writing = await BeginWritingAsync();
        var standing = await Standing.OfAsync(Shop);
        var began = TimeProvider.System.GetTimestamp();
        await using var restore = await RunningRestore.BeginAsync(Shop, "fire", $"backupName: {open.Backup}", "keepPrevious: Never");
        await restore.UntilAsync($"phase {step}", seen => RunningRestore.Phase(seen) == step);
        await strike(restore);
        var done = await restore.EndAsync("Succeeded", Limit);
        Say(step, what, began, done);

        done = await restore.ConfirmedAsync();
        Assert.Contains($"the data of backup '{open.Backup}'", (string?)done["status"]!["message"], StringComparison.Ordinal);
        await NothingIsLeftAsync(restore, standing, touched: true);
        foreach (var pod in new[] { Shop.Primary, Shop.Replica })
            await open.Ledger.IsAllOfAsync(sql => Shop.Database.AskAsync(pod, sql));
        await Shop.Database.ReplicatesAsync();
    }

    /// <summary>A write load that has begun, and goes on until the database is stopped.</summary>
    private async Task<Command.Running> BeginWritingAsync()
    {
        const string Count = "select max(seq) from shop.ledger";
        await Shop.Database.ReplicaFollowsAsync();
        var before = await Shop.Database.AskAsync(Shop.Primary, Count);
        var writing = Shop.Database.BeginWriting(TimeSpan.FromMinutes(10), rowsPerSecond: 50);
        await Wait.UntilAsync("the write load", TimeSpan.FromSeconds(30), async () => await Shop.Database.AskAsync(Shop.Primary, Count) != before);
        return writing;
    }

    private async Task NothingIsLeftAsync(RunningRestore restore, Standing before, bool touched)
    {
        await restore.QuietAsync();
        await Shop.ReadyAsync();
        var now = await Standing.OfAsync(Shop);
        Assert.Equal(before.Spec, now.Spec);
        Assert.Equal(touched, before.Pods != now.Pods);
        foreach (var pod in new[] { Shop.Primary, Shop.Replica })
            Assert.Equal("", (await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "exec", pod, "-c", "mysql", "--", "sh", "-c", "ls -A /var/lib/mysql | grep controlplane || true")).Trim());
    }

    // A Pod that is being deleted still has its server.
    private Task<JsonNode?> PrimaryAsync() => Shop.Cluster.GetAsync($"api/v1/namespaces/{Shop.Namespace}/pods/{Shop.Primary}");

    private void Say(string step, string what, long began, JsonNode done) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{step,-9} | {what,-26} | {TimeProvider.System.GetElapsedTime(began).TotalSeconds,5:F1} s | {RunningRestore.Phase(done)}, {RunningRestore.Reason(done)}: {done["status"]!["message"]}"));
}

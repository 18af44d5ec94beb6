using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// The plane is elsewhere, and this cluster, with its nodes and databases, a member: <c>./dev away test</c>. All that it does here goes through the account of <c>deploy/member</c>.
/// </summary>
[Collection(Alone.Name)]
public sealed class AwayTests(Plane plane, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Count = "select count(*), sum(crc32(concat_ws('|', id, customer, note))) from shop.orders";

    private static string Script => Path.Combine(DevEnvironment.Checkout, "devcluster", "away.sh");

    private static string Silo => Environment.GetEnvironmentVariable("CONTROLPLANE_SILO") is { Length: > 0 } program ? program : throw new InvalidOperationException("These tests are of a plane that is elsewhere: run `./dev away test`.");

    private readonly List<Shop> shops = [];
    private Cluster? home;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var shop in shops)
            await shop.CloseAsync();
        home?.Dispose();
        await Command.RunAsync(Script, ["down"]);
        await plane.ScaleAsync(1);
        await plane.SiloReadyAsync();
    }

    [Fact(Explicit = true)]
    public async Task Member_WithNodes_IsBackedUpRestoredFromWhatAnotherMemberStoredAndProven()
    {
        // Taken under another plane, as member local: what is known of it here is where it lies.
        var origin = await OpenAsync("e2e-origin");
        var rows = await origin.Database.AskAsync(Shop.Primary, Count);
        await origin.Database.AskAsync(Shop.Primary, "create table shop.travelled (id int primary key); insert into shop.travelled values (7)");
        var taken = await (await origin.BackUpAsync(new("travels"))).EndAsync("Succeeded");

        await MoveAwayAsync();
        var shop = await OpenAsync("e2e-away");
        await shop.Database.AskAsync(Shop.Primary, "delete from shop.orders");
        await using var restore = await RunningRestore.BeginAsync(shop, "from-elsewhere", "keepPrevious: Never", RunningRestore.Source(taken));
        var restored = await restore.EndAsync("Succeeded");
        Assert.Equal((rows, "7"), (await shop.Database.AskAsync(Shop.Primary, Count), await shop.Database.AskAsync(Shop.Replica, "select id from shop.travelled")));
        await shop.Database.ReplicaFollowsAsync();
        output.WriteLine($"restored: {restored["status"]!["message"]}");

        await using var backup = await shop.BackUpAsync(new("of-a-member"));
        await backup.EndAsync("Succeeded");
        await using var drill = await RunningDrill.BeginAsync(shop, "in-a-member", "backup:", $"  name: {backup.Name}");
        await drill.RoundAsync(1, "Passed");

        await shop.Database.AskAsync(Shop.Primary, "drop table shop.travelled");
        await using var undone = await RunningRestore.BeginAsync(shop, "to-and-fro", $"backupName: {backup.Name}");
        await undone.EndAsync("Succeeded");
        Assert.Equal("7", await shop.Database.AskAsync(Shop.Primary, "select id from shop.travelled"));
        await undone.UndoAsync();
        Assert.Equal("0", await shop.Database.AskAsync(Shop.Primary, "select count(*) from information_schema.tables where table_name = 'travelled'"));

        // It was this plane, and nothing of it ran where it lives.
        var member = await home!.GetAsync("apis/backup.controlplane/v1/memberclusters/works");
        output.WriteLine($"member: {member!["status"]!.ToJsonString()}");
        Assert.Equal((2, 0), ((int)member["status"]!["clusters"]!, member["status"]!["missingRights"]?.AsArray().Count ?? 0));
        Assert.Empty(await plane.SiloPodsAsync());
        Assert.Empty(await home.ListAsync("apis/batch/v1/jobs"));
    }

    private async Task<Shop> OpenAsync(string name)
    {
        var shop = await Shop.OpenAsync(plane.Cluster, name, OpenShop.Mebibytes);
        shops.Add(shop);
        return shop;
    }

    private async Task MoveAwayAsync()
    {
        await plane.ScaleAsync(0);
        await Wait.UntilAsync("no silo in this cluster", TimeSpan.FromMinutes(2), async () => (await plane.SiloPodsAsync()).Count == 0);
        await Command.RunAsync(Script, ["up", Silo]);
        home = new(plane.Cluster.Environment, Joining.Kubeconfig(plane.Cluster.Environment, "home"));
    }
}

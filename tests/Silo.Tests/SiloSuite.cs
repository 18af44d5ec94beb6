using System.Net;
using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Silo.Storage;
using ControlPlane.Silo.Tests.Fixtures;
using ControlPlane.Silo.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Reminders;

namespace ControlPlane.Silo.Tests;

/// <summary>What a silo does on its database, whichever that is.</summary>
public abstract class SiloSuite : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Start_OnAnEmptyDatabase_IsReadyAndWatchesItsMember()
    {
        await using var silo = await StartAsync();
        using var client = new HttpClient();

        foreach (var probe in new[] { "live", "startup", "ready" })
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(silo.Health(probe))).StatusCode);
        await RunningSilo.UntilAsync(() => silo.Edge.Watches.Contains("start"));
    }

    [Fact]
    public async Task Fleet_AskedAtTheDashboardsDoor_AnswersFromTheReadModelAndNowhereElse()
    {
        await using var silo = await StartAsync();
        using var client = new HttpClient();
        var view = silo.Services.GetRequiredService<IFleetView>();
        var claim = await view.ClaimAsync(new("north"), RowKind.Backup, default);
        var now = TimeProvider.System.GetUtcNow();
        await view.WriteAsync(new()
        {
            Member = new("north"), Kind = RowKind.Backup, Claim = claim, Time = now, Synced = now, Replaces = true,
            Rows = [new BackupRow { Namespace = "shop", Name = "b1", Uid = "u1", Created = now, Cluster = "orders", Storage = "s3-main", Phase = "Failed" }],
        }, default);

        var door = new Uri(silo.Dashboard, "/fleet/");
        using var page = JsonDocument.Parse(await client.GetStringAsync(new Uri(door, "backups?phase=Failed")));
        Assert.Equal("b1", page.RootElement.GetProperty("items")[0].GetProperty("name").GetString());
        var age = page.RootElement.GetProperty("asOf")[0];
        Assert.Equal("north", age.GetProperty("member").GetString());
        Assert.InRange(age.GetProperty("ageSeconds").GetDouble(), 0, 60);
        using var totals = JsonDocument.Parse(await client.GetStringAsync(new Uri(door, "totals")));
        Assert.Equal(1, totals.RootElement.GetProperty("backups").GetProperty("byPhase").GetProperty("Failed").GetInt64());

        Assert.Contains("<title>The fleet</title>", await client.GetStringAsync(new Uri(silo.Dashboard, "/fleet")), StringComparison.Ordinal);
        using var refused = await client.GetAsync(new Uri(door, "clusters?limit=0"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("\"parameter\":\"limit\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(silo.Health("live"), "/fleet/totals"))).StatusCode);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, new Uri(door, "totals")) { Headers = { Host = "elsewhere.example" } };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await client.SendAsync(foreign)).StatusCode);
    }

    [Fact]
    public async Task Restart_BackupUnderWay_GoesOnWhereItWas()
    {
        await using (var first = await StartAsync())
        {
            await first.Grains.GetGrain<IClusterGrain>(Orders.Cluster.ToString()).ApplyAsync(Orders.Spec());
            await first.Grains.GetGrain<IBackupGrain>(Orders.Backup.ToString()).ApplyAsync(Orders.Wish());
            await RunningSilo.UntilAsync(() => !first.Edge.Surveys.IsEmpty);
        }

        // Nobody tells the second silo anything: the reminder alone brings the backup back.
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var second = await StartAsync(services => services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, clock));
        await RunningSilo.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return !second.Edge.Surveys.IsEmpty;
        });
        Assert.Equal("shop.orders", $"{second.Edge.Surveys.First().Backup.Namespace}.{second.Edge.Surveys.First().ClusterName}");
        Assert.Equal(Orders.Backup, (await second.Grains.GetGrain<IClusterGrain>(Orders.Cluster.ToString()).GetViewAsync()).Running);
    }

    [Fact]
    public async Task Forget_BackupAndCluster_LeaveNoRowBehind()
    {
        await using var silo = await StartAsync();
        var database = silo.Services.GetRequiredService<Database>();
        await silo.Grains.GetGrain<IClusterGrain>(Orders.Cluster.ToString()).ApplyAsync(Orders.Spec());
        await silo.Grains.GetGrain<IBackupGrain>(Orders.Backup.ToString()).ApplyAsync(Orders.Wish());
        await RunningSilo.UntilAsync(() => !silo.Edge.Surveys.IsEmpty);
        Assert.Equal(2, await DatabaseSuite.CountAsync(database, "grain_state"));

        await silo.Grains.GetGrain<IBackupGrain>(Orders.Backup.ToString()).ForgetAsync("u1");
        await silo.Grains.GetGrain<IClusterGrain>(Orders.Cluster.ToString()).ForgetAsync("c1");

        // The member's own reminder stays.
        await LeftAsync(database, "grain_state", 0);
        await LeftAsync(database, "reminder", 1);
    }

    // In a rolling upgrade an old silo may be asked for a grain that a new one wrote.
    [Fact]
    public async Task Activate_StateOfANewerRelease_IsRefusedAndLeftAlone()
    {
        await using (var first = await StartAsync())
            await first.Grains.GetGrain<IClusterGrain>(Orders.Cluster.ToString()).ApplyAsync(Orders.Spec());

        await using var second = await StartAsync();
        var database = second.Services.GetRequiredService<Database>();
        await DatabaseSuite.RunAsync(database, "UPDATE grain_state SET payload = @Payload", ("@Payload", """{"SchemaVersion":99,"Uid":"newer"}"""u8.ToArray()));
        var grain = second.Grains.GetGrain<IClusterGrain>(Orders.Cluster.ToString());
        var before = await DatabaseSuite.RunAsync(database, "SELECT max(version) FROM grain_state");

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => grain.ApplyAsync(Orders.Spec() with { Generation = 2 }));

        Assert.Contains("stored by a newer release in form 99", refused.ToString(), StringComparison.Ordinal);
        Assert.Equal(before, await DatabaseSuite.RunAsync(database, "SELECT max(version) FROM grain_state"));
    }

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    internal string Folder => folder.Path;

    /// <summary>The arguments that name the database, the same each time.</summary>
    internal abstract Task<string[]> DatabaseAsync();

    internal async Task<RunningSilo> StartAsync(Action<IServiceCollection>? configure = null) => await RunningSilo.StartAsync(await DatabaseAsync(), configure);

    private static async Task LeftAsync(Database database, string table, long expected)
    {
        for (var tries = 0; tries < 100 && await DatabaseSuite.CountAsync(database, table) > expected; tries++)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.Equal(expected, await DatabaseSuite.CountAsync(database, table));
    }
}

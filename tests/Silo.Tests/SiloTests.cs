using System.Net;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Silo.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Reminders;

namespace ControlPlane.Silo.Tests;

public sealed class SiloTests : IDisposable
{
    private static readonly MemberKey Member = new(MemberKey.Local);
    private static readonly ClusterKey Orders = new(Member, "shop", "orders");
    private static readonly BackupKey Backup1 = new(Member, "shop", "backup1");

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Start_OnAnEmptyFolder_IsReadyAndWatchesItsMember()
    {
        await using var silo = await RunningSilo.StartAsync(Path.Combine(folder.Path, "made", "anew"));
        using var client = new HttpClient();

        foreach (var probe in new[] { "live", "startup", "ready" })
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(silo.Health(probe))).StatusCode);
        await RunningSilo.UntilAsync(() => silo.Edge.Watches.Contains("start"));
    }

    [Fact]
    public async Task Metrics_OnThePortOfTheProbes_TellOfBackupsAndOfOrleans()
    {
        await using var silo = await RunningSilo.StartAsync(folder.Path);
        using var client = new HttpClient();
        await silo.Grains.GetGrain<IBackupGrain>(Backup1.ToString()).ApplyAsync(Wish());
        await silo.Grains.GetGrain<IBackupGrain>(Backup1.ToString()).ApplyAsync(Wish() with { Generation = 2, Cancelled = true });

        var told = await client.GetStringAsync(new Uri(silo.Health("live"), Telemetry.Path));

        Assert.Matches("controlplane_backups_ended_total\\{[^}]*phase=\"Cancelled\"[^}]*\\} 1", told);
        Assert.Contains("orleans_", told, StringComparison.Ordinal);
        Assert.Contains("dotnet_", told, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(silo.Health("live", silo.DashboardPort), Telemetry.Path))).StatusCode);
    }

    [Fact]
    public async Task Restart_BackupUnderWay_GoesOnWhereItWas()
    {
        await using (var first = await RunningSilo.StartAsync(folder.Path))
        {
            await first.Grains.GetGrain<IClusterGrain>(Orders.ToString()).ApplyAsync(Spec());
            await first.Grains.GetGrain<IBackupGrain>(Backup1.ToString()).ApplyAsync(Wish());
            await RunningSilo.UntilAsync(() => !first.Edge.Surveys.IsEmpty);
        }

        // Nobody tells the second silo anything: the reminder alone brings the backup back.
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var second = await RunningSilo.StartAsync(folder.Path, services => services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, clock));
        await RunningSilo.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return !second.Edge.Surveys.IsEmpty;
        });
        Assert.Equal("shop.orders", $"{second.Edge.Surveys.First().Backup.Namespace}.{second.Edge.Surveys.First().ClusterName}");
        Assert.Equal(Backup1, (await second.Grains.GetGrain<IClusterGrain>(Orders.ToString()).GetViewAsync()).Running);
    }

    [Fact]
    public async Task Forget_BackupAndCluster_LeaveNoRowBehind()
    {
        await using (var silo = await RunningSilo.StartAsync(folder.Path))
        {
            await silo.Grains.GetGrain<IClusterGrain>(Orders.ToString()).ApplyAsync(Spec());
            await silo.Grains.GetGrain<IBackupGrain>(Backup1.ToString()).ApplyAsync(Wish());
            await RunningSilo.UntilAsync(() => !silo.Edge.Surveys.IsEmpty);
            Assert.Equal(2, await CountAsync(silo, "grain_state"));

            await silo.Grains.GetGrain<IBackupGrain>(Backup1.ToString()).ForgetAsync("u1");
            await silo.Grains.GetGrain<IClusterGrain>(Orders.ToString()).ForgetAsync("c1");
            for (var tries = 0; tries < 100 && await CountAsync(silo, "grain_state") > 0; tries++)
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            Assert.Equal(0, await CountAsync(silo, "grain_state"));
            for (var tries = 0; tries < 100 && await CountAsync(silo, "reminder") > 1; tries++)
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            Assert.Equal(1, await CountAsync(silo, "reminder"));
        }
    }

    [Fact]
    public async Task Dashboard_AskedByLoopback_AnswersOnlyAtItsOwnDoor()
    {
        await using var silo = await RunningSilo.StartAsync(folder.Path);
        using var client = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(silo.Dashboard)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(silo.Health("ready", silo.DashboardPort))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(silo.Health("live"), "/dashboard/"))).StatusCode);

        using var foreign = new HttpRequestMessage(HttpMethod.Get, silo.Dashboard) { Headers = { Host = "elsewhere.example" } };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await client.SendAsync(foreign)).StatusCode);
    }

    [Fact]
    public async Task Start_FolderInUse_NamesTheKey()
    {
        await using var first = await RunningSilo.StartAsync(folder.Path);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningSilo.StartAsync(folder.Path));
        Assert.StartsWith("Silo:DataFolder '", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Silo:HealthPort=70000", "HealthPort")]
    [InlineData("--Silo:HealthAddress=everywhere", "HealthAddress")]
    [InlineData("--Silo:Member=No_Label", "Member")]
    [InlineData("--Silo:DataFolder=", "DataFolder")]
    [InlineData("--Silo:ShutdownTimeout=00:00:00", "ShutdownTimeout")]
    public async Task Start_BadSetting_NamesTheKey(string argument, string key)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => SiloHost.BuildAsync([argument], (_, _) => { }));

        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static async Task<long> CountAsync(RunningSilo silo, string table)
    {
        await using var connection = await silo.Services.GetRequiredService<Storage.SqliteDataSource>().OpenConnectionAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The table's name is a literal of this test.
        command.CommandText = $"SELECT count(*) FROM {table}";
#pragma warning restore CA2100
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static BackupSpec Wish() => new()
    {
        Uid = "u1",
        Generation = 1,
        Created = TimeProvider.System.GetUtcNow(),
        ClusterName = "orders",
        StorageName = "s3-main",
    };

    private static ClusterSpec Spec() => new()
    {
        Uid = "c1",
        Generation = 1,
        Workload = new() { Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" },
        CredentialsSecret = "orders-backup",
        BackupEnabled = true,
        Image = new() { Name = "controlplane/sidecar:1.0" },
        Storages = new Dictionary<string, StorageSpec>
        {
            ["s3-main"] = new() { Request = new() { Name = "s3-main", Type = Protocol.StorageType.S3, S3 = new() { Bucket = "backups" } } },
        },
    };
}

using System.Net;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Silo.Tests.Fixtures;
using Microsoft.Extensions.Options;

namespace ControlPlane.Silo.Tests;

/// <summary>A silo that runs alone.</summary>
public sealed class SiloTests : SiloSuite
{
    [Fact]
    public async Task Dashboard_AskedByLoopback_AnswersOnlyAtItsOwnDoor()
    {
        await using var silo = await StartAsync();
        using var client = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(silo.Dashboard)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(silo.Health("ready", silo.DashboardPort))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(silo.Health("live"), "/dashboard/"))).StatusCode);

        using var foreign = new HttpRequestMessage(HttpMethod.Get, silo.Dashboard) { Headers = { Host = "elsewhere.example" } };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await client.SendAsync(foreign)).StatusCode);
    }

    [Fact]
    public async Task Metrics_OnThePortOfTheProbes_TellOfBackupsAndOfOrleans()
    {
        await using var silo = await StartAsync();
        using var client = new HttpClient();
        await silo.Grains.GetGrain<IBackupGrain>(Orders.Backup.ToString()).ApplyAsync(Orders.Wish());
        await silo.Grains.GetGrain<IBackupGrain>(Orders.Backup.ToString()).ApplyAsync(Orders.Wish() with { Generation = 2, Cancelled = true });

        var told = await client.GetStringAsync(new Uri(silo.Health("live"), Telemetry.Path));

        Assert.Matches("controlplane_backups_ended_total\\{[^}]*phase=\"Cancelled\"[^}]*\\} 1", told);
        Assert.Contains("orleans_", told, StringComparison.Ordinal);
        Assert.Contains("dotnet_", told, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(silo.Health("live", silo.DashboardPort), Telemetry.Path))).StatusCode);
    }

    [Fact]
    public async Task Start_FolderInUse_NamesTheKey()
    {
        await using var first = await StartAsync();

        var refused = await Assert.ThrowsAsync<SetupException>(() => StartAsync());
        Assert.StartsWith("Silo:DataFolder '", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Silo:HealthPort=70000", "HealthPort")]
    [InlineData("--Silo:HealthAddress=everywhere", "HealthAddress")]
    [InlineData("--Silo:HealthAddress=", "HealthAddress")]
    [InlineData("--Silo:DataFolder=", "DataFolder")]
    [InlineData("--Silo:ShutdownTimeout=00:00:00", "ShutdownTimeout")]
    [InlineData("--Silo:AdvertisedAddress=10.0.0.7", "Silo:AdvertisedAddress is for other silos")]
    [InlineData("--Silo:AdvertisedAddress=pod --Silo:ConnectionString=Host=db;Database=plane", "AdvertisedAddress")]
    [InlineData("--Silo:ConnectionString=Host=db;Database=plane --Silo:DataFolder=/data", "Silo:DataFolder is of a silo that runs alone")]
    [InlineData("--Silo:ConnectionString=Host=db;Database=plane --Silo:ConnectionStringFile=/file", "say the same")]
    public async Task Start_BadSetting_NamesTheKey(string arguments, string key)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => SiloHost.BuildAsync(arguments.Split(' '), (_, _) => { }));

        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
    }

    internal override Task<string[]> DatabaseAsync() => Task.FromResult(RunningSilo.Alone(Path.Combine(Folder, "made", "anew")));
}

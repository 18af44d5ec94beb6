using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What takes longer than a change should wait for: <c>./dev soak [MINUTES]</c>.</summary>
[Collection(Alone.Name)]
public sealed class SoakTests(Plane plane, OpenShop open, ITestOutputHelper output) : IClassFixture<OpenShop>
{
    private const string Jobs = "backup.controlplane/operation=backup";

    private static readonly int Minutes = int.TryParse(Environment.GetEnvironmentVariable("CONTROLPLANE_SOAK_MINUTES"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 15;

    private readonly Random random = new(Environment.TickCount);
    private readonly Dictionary<string, string> seen = [];

    private Shop Shop => open.Shop;

    [Fact(Explicit = true)]
    public async Task Schedule_OfEveryMinuteWhileSilosDie_AccountsForEachDueTimeAndKeepsThree()
    {
        await ScheduleAsync(suspended: false);
        var first = Time((await Wait.UntilAsync("the first due time", TimeSpan.FromSeconds(20), StatusAsync, status => status?["nextDue"] is not null))!["nextDue"]);
        var chaos = ChaosAsync(first.AddMinutes(Minutes));
        while (!chaos.IsCompleted)
        {
            await LookAsync();
            await Wait.ForAsync(TimeSpan.FromSeconds(1));
        }

        output.WriteLine(await chaos);
        await plane.SiloReadyAsync();
        await Wait.UntilAsync("a due time after the last kill", TimeSpan.FromMinutes(3), StatusAsync, status => status is not null && Time(status["lastDue"]) >= first.AddMinutes(Minutes));
        await ScheduleAsync(suspended: true);
        await Wait.UntilAsync("the end of the schedule", TimeSpan.FromMinutes(1), StatusAsync, status => status is not null && status["nextDue"] is null);

        // Ten minutes lie between a plan and its act.
        await Wait.UntilAsync("three good backups and no other", TimeSpan.FromMinutes(14), LookAsync, () => Task.FromResult(string.Join(' ', seen.Select(one => $"{one.Key}={one.Value}"))));
        await CheckAsync(first);
    }

    private async Task CheckAsync(DateTimeOffset first)
    {
        var status = (await StatusAsync())!;
        var due = (int)((Time(status["lastDue"]) - first) / TimeSpan.FromMinutes(1)) + 1;
        var missed = (int)status["missed"]!;
        output.WriteLine($"{due} due times: {seen.Count} backups, {missed} missed; {string.Join(", ", seen.Values.GroupBy(phase => phase).Select(group => $"{group.Count()} {group.Key}"))}");
        Assert.Equal(due, seen.Count + missed);

        var left = await BackupsAsync();
        var kept = left.Select(backup => new BackupView(backup)).ToList();
        Assert.Equal(3, kept.Count);
        Assert.All(kept, backup => Assert.Equal("Succeeded", backup.Phase));
        var objects = await Shop.Bucket.RemainsAsync($"prod/{Shop.Namespace}/");
        Assert.All(objects, key => Assert.Contains(kept, backup => key.StartsWith(backup.Prefix, StringComparison.Ordinal)));
        Assert.All(kept, backup => Assert.Contains(backup.Prefix + "manifest.json", objects));
        foreach (var backup in left)
            await Shop.Cluster.TryKubectlAsync("--namespace", Shop.Namespace, "delete", "mysqlbackups", (string)backup["metadata"]!["name"]!, "--timeout=60s");
    }

    // Kills, and absences of up to three due times.
    private async Task<string> ChaosAsync(DateTimeOffset until)
    {
        var (kills, absences) = (0, 0);
        while (TimeProvider.System.GetUtcNow() < until)
        {
            await Wait.ForAsync(TimeSpan.FromSeconds(random.Next(10, 70)));
            if (random.Next(4) > 0)
            {
                await plane.KillSiloAsync();
                kills++;
                continue;
            }

            await plane.ScaleAsync(0);
            await Wait.ForAsync(TimeSpan.FromSeconds(random.Next(20, 150)));
            await plane.ScaleAsync(1);
            await plane.SiloReadyAsync();
            absences++;
        }

        return $"{kills} silos killed, {absences} absences";
    }

    // Whether the three newest are all there is, and good.
    private async Task<bool> LookAsync()
    {
        var running = await plane.Cluster.ListAsync($"apis/batch/v1/namespaces/{Shop.Namespace}/jobs?labelSelector={Jobs}");
        Assert.InRange(running.Count(job => (int?)job["status"]?["active"] > 0), 0, 1);
        var backups = await BackupsAsync();
        foreach (var backup in backups)
            seen[(string)backup["metadata"]!["name"]!] = (string?)backup["status"]?["phase"] ?? "";
        return backups.Count == 3 && backups.All(backup => (string?)backup["status"]?["phase"] == "Succeeded");
    }

    private Task<IReadOnlyList<JsonNode>> BackupsAsync() =>
        plane.Cluster.ListAsync($"apis/backup.controlplane/v1/namespaces/{Shop.Namespace}/mysqlbackups?labelSelector=backup.controlplane/schedule=soak");

    private Task ScheduleAsync(bool suspended) =>
        Shop.ChangeAsync(new { backup = new { schedule = new[] { new { name = "soak", schedule = "* * * * *", storageName = "s3-main", keep = 3, suspended } } } });

    private async Task<JsonNode?> StatusAsync() => (await Shop.ResourceAsync())["status"]?["schedules"]?[0];

    private static DateTimeOffset Time(JsonNode? text) => text is null ? default : DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}

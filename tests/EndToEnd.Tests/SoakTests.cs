using System.Globalization;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What takes longer than a change should wait for: <c>./dev soak [MINUTES]</c>.</summary>
[Collection(Alone.Name)]
public sealed class SoakTests(Plane plane, OpenShop open, ITestOutputHelper output) : IClassFixture<OpenShop>
{
    private static readonly int Minutes = int.TryParse(Environment.GetEnvironmentVariable("CONTROLPLANE_SOAK_MINUTES"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 15;

    private readonly Random random = new(Environment.TickCount);

    private Shop Shop => open.Shop;

    [Fact(Explicit = true)]
    public async Task Schedule_OfEveryMinuteWhileSilosDie_AccountsForEachDueTimeAndKeepsThree()
    {
        var schedule = await MinutelySchedule.BeginAsync(Shop, "soak", keep: 3);
        var until = schedule.First.AddMinutes(Minutes);
        var chaos = ChaosAsync(until);
        while (!chaos.IsCompleted)
        {
            await schedule.LookAsync();
            await Wait.ForAsync(TimeSpan.FromSeconds(1));
        }

        output.WriteLine(await chaos);
        await plane.SiloReadyAsync();
        await schedule.SuspendAfterAsync(until);

        // Ten minutes lie between a plan and its act.
        await Wait.UntilAsync(
            "three good backups and no other", TimeSpan.FromMinutes(14), schedule.LookAsync, backups => backups.Count == 3 && backups.All(backup => new BackupView(backup).Phase == "Succeeded"),
            _ => Task.FromResult(string.Join(' ', schedule.Seen.Select(one => $"{one.Key}={one.Value}"))));
        await CheckAsync(schedule);
        await schedule.RemoveAsync();
    }

    private async Task CheckAsync(MinutelySchedule schedule)
    {
        var kept = (await schedule.LookAsync()).Select(backup => new BackupView(backup)).ToList();
        var (due, missed) = await schedule.AccountAsync();
        output.WriteLine($"{due} due times: {schedule.Seen.Count} backups, {missed} missed; {string.Join(", ", schedule.Seen.Values.GroupBy(phase => phase).Select(group => $"{group.Count()} {group.Key}"))}");

        Assert.Equal(3, kept.Count);
        Assert.All(kept, backup => Assert.Equal("Succeeded", backup.Phase));
        var objects = await Shop.Bucket.RemainsAsync($"prod/{Shop.Namespace}/");
        Assert.All(objects, key => Assert.Contains(kept, backup => key.StartsWith(backup.Prefix, StringComparison.Ordinal)));
        Assert.All(kept, backup => Assert.Contains(backup.Prefix + "manifest.json", objects));
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
                var pods = await plane.SiloPodsAsync();
                await plane.KillSiloAsync(pods[random.Next(pods.Count)]);
                kills++;
                continue;
            }

            await plane.ScaleAsync(0);
            await Wait.ForAsync(TimeSpan.FromSeconds(random.Next(20, 150)));
            await plane.ScaleAsync(Plane.Silos);
            await plane.SiloReadyAsync();
            absences++;
        }

        return $"{kills} silos killed, {absences} absences";
    }
}

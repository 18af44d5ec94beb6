using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Storage;

namespace ControlPlane.Fleet;

/// <summary>The catalogues of a fleet's clusters, as their grains store them.</summary>
internal sealed class Catalogues(IGrainStorage storage, IGrainFactory grains)
{
    private static readonly DateTimeOffset Newest = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly RetentionRules Rules = new(
        new Dictionary<string, ScheduleRule>
        {
            ["hourly"] = new(new() { Count = 24, MaxAge = TimeSpan.FromDays(7), Daily = 30, Weekly = 20, Monthly = 24, Yearly = 7 }, TimeZoneInfo.Utc),
        },
        default);

    public static Catalogues Of(IServiceProvider services) =>
        new(services.GetRequiredKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME), services.GetRequiredService<IGrainFactory>());

    /// <summary>Writes them, each with so many backups, one an hour.</summary>
    public async Task<string> FillAsync(int from, int to, int backups)
    {
        var start = TimeProvider.System.GetTimestamp();
        await Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) =>
            await storage.WriteStateAsync(RetentionGrain.StateName, Id(number), new GrainState<RetentionState>(new RetentionState
            {
                Uid = string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{number:D12}"),
                Entries = [.. Enumerable.Range(0, backups).Select(hour => Backup(number, hour))],
            })));
        return Seconds(start);
    }

    /// <summary>Reads a catalogue and takes its newest: how long that took, and how many there were.</summary>
    public async Task<string> NewestAsync(int number, int count)
    {
        var start = TimeProvider.System.GetTimestamp();
        var newest = (await ReadAsync(number)).Take(count).ToList();
        return $"{Seconds(start)} {newest.Count}";
    }

    /// <summary>Reads a catalogue and plans: how long the plan alone took, and how many stay.</summary>
    public async Task<string> PlanAsync(int number)
    {
        var entries = await ReadAsync(number);
        var start = TimeProvider.System.GetTimestamp();
        var kept = RetentionPlanner.Plan(Rules, entries, Newest).Count(verdict => verdict.Keeps);
        return string.Create(CultureInfo.InvariantCulture, $"{Seconds(start)} {kept}");
    }

    private async Task<IReadOnlyList<CatalogueEntry>> ReadAsync(int number)
    {
        var state = new GrainState<RetentionState>(new RetentionState());
        await storage.ReadStateAsync(RetentionGrain.StateName, Id(number), state);
        return state.State!.Entries;
    }

    private GrainId Id(int number) => grains.GetGrain<IRetentionGrain>(FleetOf.Key(number)).GetGrainId();

    private static string Seconds(long start) => TimeProvider.System.GetElapsedTime(start).TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);

    private static CatalogueEntry Backup(int number, int hour) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"c{number}-hourly-{hour:D6}"),
        Uid = string.Create(CultureInfo.InvariantCulture, $"0d1f7f4e-8a55-4f0b-{number:D4}-{hour:D12}"),
        Storage = "s3-main",
        Place = "s3://backups/prod",
        Schedule = "hourly",
        Good = hour % 50 != 49,
        Stored = true,
        Completed = Newest.AddHours(-hour),
        Due = Newest.AddHours(-hour).AddMinutes(-20),
    };
}

using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;
using ControlPlane.Grains.Clusters.Retention;

namespace ControlPlane.Bench.Plane;

/// <summary>A plan of thousands of backups, as it is made at each end of a backup; the median and the worst of a hundred.</summary>
internal static class RetentionBench
{
    internal static int Run()
    {
        var count = Workplace.Number("BENCH_BACKUPS", 5000);
        Console.WriteLine($"retention: a plan of {count} backups; {Machine.Facts()}");
        var now = new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
        var backups = Enumerable.Range(0, count).Select(hour => Backup(hour, now)).ToList();
        var retention = new RetentionSpec { Count = 24, MaxAge = TimeSpan.FromDays(7), Daily = 30, Weekly = 20, Monthly = 24, Yearly = 7 };
        var rules = new RetentionRules(new Dictionary<string, ScheduleRule> { ["hourly"] = new(retention, TimeZoneInfo.FindSystemTimeZoneById("Europe/Prague")) }, default);
        var kept = 0;
        var milliseconds = new List<double>();
        for (var turn = 0; turn < 120; turn++)
        {
            var began = TimeProvider.System.GetTimestamp();
            kept = RetentionPlanner.Plan(rules, backups, now).Count(verdict => verdict.Keeps);

            // The first ones compile.
            if (turn >= 20)
                milliseconds.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        }

        milliseconds.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kept} stay; median {milliseconds[milliseconds.Count / 2]:F1} ms, worst {milliseconds[^1]:F1} ms"));
        return 0;
    }

    private static CatalogueEntry Backup(int hour, DateTimeOffset now) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"orders-hourly-{hour:D6}"),
        Uid = string.Create(CultureInfo.InvariantCulture, $"0d1f7f4e-8a55-4f0b-9c0a-{hour:D12}"),
        Storage = "s3-main",
        Schedule = "hourly",
        Good = hour % 50 != 49,
        Completed = now.AddHours(-hour),
        Due = now.AddHours(-hour).AddMinutes(-20),
    };
}

using System.Text.Json;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads <c>spec.backup.schedule</c>, and what the status of an earlier life says of it.</summary>
internal static class ScheduleReader
{
    /// <summary>Where a schedule stands in the schema.</summary>
    public const string Pattern = "spec.backup.schedule[]";

    public const int MostSchedules = 64;

    /// <summary>Beyond a day a due time would lie nearer to the next one than to itself.</summary>
    public const long LongestJitterSeconds = 24 * 60 * 60;

    /// <summary>The schedules; only to be trusted when there were no faults.</summary>
    public static List<ScheduleSpec> Read(FieldReader backup)
    {
        var retention = RetentionReader.ReadSection(backup);
        var storages = backup.Raw("storages") is { ValueKind: JsonValueKind.Object } map ? map.EnumerateObject().Select(entry => entry.Name).ToList() : [];
        var schedules = new List<ScheduleSpec>();
        foreach (var entry in backup.Items("schedule", MostSchedules))
        {
            if (Read(entry, storages, retention) is { } schedule)
            {
                if (schedules.Any(earlier => earlier.Name == schedule.Name))
                    entry.Add("name", $"\"{schedule.Name}\" is an earlier entry's name; give each schedule a name of its own");
                schedules.Add(schedule);
            }

            entry.Close();
        }

        return schedules;
    }

    /// <summary>What the status says: written by this product; one that somebody wrote otherwise is left out of account.</summary>
    public static IReadOnlyList<ScheduleStatus> ReadRecorded(ResourceHeader header, JsonElement document)
    {
        try
        {
            return document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
                && status.Deserialize(StatusJson.Default.ClusterStatusDocument) is { } recorded
                ? recorded.ToStatus(header.Uid).Schedules
                : [];
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or FormatException)
        {
            return [];
        }
    }

    private static ScheduleSpec? Read(FieldReader entry, List<string> storages, RetentionSpec? ofCluster)
    {
        var name = entry.Required("name", FieldChecks.Label);
        entry.Expect("schedule");
        entry.Expect("storageName");
        var cron = entry.Text("schedule", text => text.Length == 0 ? null : DueTimes.CronFault(text));
        var storage = entry.Text("storageName", text => entry.IsPart ? FieldChecks.StorageName(text) : storages.Contains(text) ? null : $"is none of spec.backup.storages; use {(storages.Count == 0 ? "one that you add there" : Spelling.List([.. storages]))}");
        entry.Word("type", "full");
        var zone = entry.Text("timeZone", DueTimes.ZoneFault);
        var jitter = entry.Number("jitterSeconds", 0, LongestJitterSeconds);
        var concurrency = entry.Word("concurrencyPolicy", nameof(ConcurrencyPolicy.Forbid), nameof(ConcurrencyPolicy.Queue));
        var missed = entry.Word("missedRunPolicy", nameof(MissedRunPolicy.RunOnce), nameof(MissedRunPolicy.Skip));
        var suspended = entry.Flag("suspended") ?? false;
        var retention = RetentionReader.ReadSchedule(entry, ofCluster);
        return name is null ? null : new()
        {
            Name = name,
            Cron = cron?.Trim() ?? "",
            StorageName = storage ?? "",
            TimeZone = zone ?? DueTimes.Utc,
            Jitter = TimeSpan.FromSeconds(jitter ?? 0),
            Concurrency = concurrency == nameof(ConcurrencyPolicy.Queue) ? ConcurrencyPolicy.Queue : ConcurrencyPolicy.Forbid,
            MissedRun = missed == nameof(MissedRunPolicy.Skip) ? MissedRunPolicy.Skip : MissedRunPolicy.RunOnce,
            Suspended = suspended,
            Retention = retention,
        };
    }
}

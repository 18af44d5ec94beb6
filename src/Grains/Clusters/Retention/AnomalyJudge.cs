using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>
/// What is unusual about a good backup, beside those before it of the same schedule and storage. Pure. Judged by medians of logarithms: neither growth, nor one
/// odd backup among those before, nor the unit makes a difference. A warning needs both: many deviations away, and a factor that matters.
/// </summary>
internal static class AnomalyJudge
{
    /// <summary>So many of the newest before it are looked at.</summary>
    public const int Longest = 20;

    /// <summary>Fewer are no series.</summary>
    public const int Shortest = 8;

    /// <summary>So many deviations away begins what is unusual.</summary>
    public const double MostDeviations = 6;

    /// <summary>A series is taken to vary by at least so much: backups that are all the same say nothing of the next one.</summary>
    public const double LeastDeviation = 0.05;

    /// <summary>At most this share of the median is a collapse.</summary>
    public const double Collapse = 0.5;

    /// <summary>By this factor at least the ratio jumps, up or down.</summary>
    public const double RatioFactor = 1.5;

    /// <summary>By this factor at least a duration jumps.</summary>
    public const double DurationFactor = 3;

    /// <summary>And by so many seconds: a backup of seconds waits for its Pod longer than it works.</summary>
    public const double LeastSeconds = 60;

    /// <summary>
    /// What ended longer ago is not judged any more: a plane that lost its memory hears of old backups again, in no order.
    /// </summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromDays(1);

    // What makes the deviation of a normal distribution out of the median of the absolute ones.
    private const double Consistency = 1.4826;

    /// <summary>What is unusual about a backup that has just come into the catalogue; the very same object where nothing is.</summary>
    public static RetentionState Take(RetentionState before, RetentionState next, string uid, DateTimeOffset now)
    {
        if (before.Entries.Any(entry => entry.Uid == uid) || next.Entries.FirstOrDefault(entry => entry.Uid == uid) is not { } entry || now - entry.Completed > Freshness)
            return next;
        var found = Judge(entry, next.Entries);
        return found.Count == 0 ? next : RetentionMachine.With(next, new HashSet<string> { uid }, one => one with { Unusual = found });
    }

    /// <summary>What is unusual about a backup, beside the others.</summary>
    public static IReadOnlyList<BackupAnomaly> Judge(CatalogueEntry entry, IEnumerable<CatalogueEntry> entries)
    {
        if (!Counts(entry))
            return [];
        var series = entries
            .Where(other => Counts(other) && other.Uid != entry.Uid && other.Schedule == entry.Schedule && other.Storage == entry.Storage && other.Completed < entry.Completed)
            .OrderByDescending(other => other.Completed).ThenBy(other => other.Uid, StringComparer.Ordinal).Take(Longest).ToList();
        if (series.Count < Shortest)
            return [];
        return
        [
            .. Find(Reasons.SizeCollapsed, entry, series, Size, (value, median) => value <= median * Collapse,
                (value, median) => $"Its size of {Bytes(value)} is {Percent(value / median)} of the median of {Bytes(median)}"),
            .. Find(Reasons.RatioJumped, entry, series, Ratio, (value, median) => Math.Max(value / median, median / value) >= RatioFactor,
                (value, median) => $"It was stored in {Percent(value)} of its size, where the median is {Percent(median)}"),
            .. Find(Reasons.DurationJumped, entry, series, Seconds, (value, median) => value >= median * DurationFactor && value - median >= LeastSeconds,
                (value, median) => $"It took {Span(value)}, where the median is {Span(median)}"),
        ];
    }

    private static IEnumerable<BackupAnomaly> Find(
        string reason, CatalogueEntry entry, List<CatalogueEntry> series, Func<CatalogueEntry, double?> measure, Func<double, double, bool> matters, Func<double, double, string> said)
    {
        var values = series.Select(measure).OfType<double>().Select(one => Math.Log(one)).ToList();
        if (measure(entry) is not { } value || values.Count < Shortest)
            yield break;
        var middle = Median(values);
        var deviation = Math.Max(Consistency * Median([.. values.Select(one => Math.Abs(one - middle))]), LeastDeviation);
        var (median, away) = (Math.Exp(middle), Math.Abs(Math.Log(value) - middle) / deviation);
        if (away < MostDeviations || !matters(value, median))
            yield break;
        yield return new()
        {
            Reason = reason,
            Value = value,
            Median = median,
            Deviations = Math.Round(away, 1),
            Backups = values.Count,
            Message = string.Create(CultureInfo.InvariantCulture, $"{said(value, median)} of the {values.Count} backups before it, {away:0.0} deviations away."),
        };
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        var half = values.Count / 2;
        return values.Count % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    // What was imported was measured elsewhere; an increment is as large as what changed.
    private static bool Counts(CatalogueEntry entry) => entry is { Good: true, Imported: null, Base: null };

    // An empty one is the greatest collapse of all, and has a logarithm all the same.
    private static double? Size(CatalogueEntry entry) => entry.SizeBytes is { } bytes ? Math.Max(1, bytes) : null;

    private static double? Ratio(CatalogueEntry entry) => entry is { SizeBytes: > 0 and var bytes, StoredBytes: > 0 and var stored } ? (double)stored / bytes : null;

    private static double? Seconds(CatalogueEntry entry) => entry.Duration is { } duration ? Math.Max(0.001, duration.TotalSeconds) : null;

    private static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++)
            bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.#} {units[unit]}");
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %");

    private static string Span(double seconds) => ObjectivesMachine.Span(TimeSpan.FromSeconds(Math.Round(seconds)));
}

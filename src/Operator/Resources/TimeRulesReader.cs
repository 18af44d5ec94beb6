using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads <c>windows</c> and <c>blackouts</c>, wherever they stand. Pure.</summary>
internal static class TimeRulesReader
{
    private const int LongestReason = 256;

    private static readonly string[] Days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    private static readonly string[] OfClockTimes = ["days", "timeZone"];

    /// <summary>The rules of a section; none where it has none.</summary>
    public static TimeRules Read(FieldReader spec)
    {
        List<TimeWindow> windows = [];
        foreach (var item in spec.Items("windows", TimeRules.Most))
        {
            item.Demand("from");
            item.Demand("to");
            windows.Add(ClockTimes(item));
            item.Close();
        }

        List<Blackout> blackouts = [];
        foreach (var item in spec.Items("blackouts", TimeRules.Most))
        {
            blackouts.Add(ReadBlackout(item));
            item.Close();
        }

        return windows.Count == 0 && blackouts.Count == 0 ? TimeRules.None : new() { Windows = windows, Blackouts = blackouts };
    }

    private static Blackout ReadBlackout(FieldReader item)
    {
        var when = ClockTimes(item) with { Start = Instant(item, "start"), End = Instant(item, "end") };
        if (!item.Has("from") && !item.Has("to"))
        {
            if (!item.Has("start") && !item.Has("end"))
                item.Add("from", "is missing; give from and to, or start or end, or both");
            foreach (var field in OfClockTimes.Where(item.Has))
                item.Add(field, "has no effect without from and to; add them, or remove it");
        }
        else
        {
            item.Demand("from");
            item.Demand("to");
        }

        if (when.Start >= when.End)
            item.Add("end", "is not after start; swap them, or remove one");
        return new()
        {
            When = when,
            BindsAll = item.Word("applies", "Scheduled", "All") == "All",
            Reason = item.Text("reason", text => text.Length <= LongestReason && !text.Any(char.IsControl) ? null
                : string.Create(CultureInfo.InvariantCulture, $"is no short sentence; use at most {LongestReason} characters without line feeds")) ?? "",
        };
    }

    private static TimeWindow ClockTimes(FieldReader item)
    {
        var (from, to) = (Time(item, "from"), Time(item, "to"));
        var days = item.Texts("days", Days.Length);
        foreach (var unknown in days.Where(day => !Days.Contains(day)).Take(1))
            item.Add("days", $"has a day that is not known; use {Spelling.List(Days)}");
        return new()
        {
            From = from,
            To = to,
            Days = [.. days.Where(Days.Contains).Distinct().Select(day => (DayOfWeek)((Array.IndexOf(Days, day) + 1) % Days.Length))],
            TimeZone = item.Text("timeZone", DueTimes.ZoneFault) ?? DueTimes.Utc,
        };
    }

    private static TimeSpan? Time(FieldReader item, string name) =>
        item.Text(name, text => TimeSpan.TryParseExact(text, @"hh\:mm", CultureInfo.InvariantCulture, out _) ? null : "is no time of day; use for example 22:00") is { } time
            ? TimeSpan.ParseExact(time, @"hh\:mm", CultureInfo.InvariantCulture)
            : null;

    private static DateTimeOffset? Instant(FieldReader item, string name) =>
        KubernetesTime.Read(item.Text(name, text => KubernetesTime.Read(text) is null ? "is no instant; use for example 2026-12-24T12:00:00Z" : null));
}

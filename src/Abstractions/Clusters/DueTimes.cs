using System.Text.RegularExpressions;
using Cronos;
using NodaTime;
using NodaTime.TimeZones;

namespace ControlPlane.Abstractions.Clusters;

/// <summary>
/// The instants at which a schedule falls due: five fields of cron by the clock of a place. As in cron, and unlike in the library, a day that is
/// given both as a day of the month and as a day of the week means either. When the clock goes forward, a local time that is skipped falls due
/// at the moment the clock resumes; when it goes back, one that comes twice falls due at its first coming. What comes at an interval (a star,
/// a range or a step for the minute or the hour) goes on by elapsed time through both.
/// </summary>
/// <remarks>
/// The one library reads the fields and counts local times, the other knows the clocks. The first could do both, by the platform's time zones, whose clocks
/// disagree with themselves where summer time is reckoned backwards, as in Casablanca: there it answers an instant with that same instant, for ever.
/// </remarks>
public sealed partial class DueTimes
{
    /// <summary>The time zone where none is given.</summary>
    public const string Utc = "UTC";

    private static readonly string[] Macros = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

    private static readonly DateTime AnyDay = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly CronExpression[] calendars;
    private readonly bool comesAtAnInterval;
    private readonly DateTimeZone zone;

    private DueTimes(string cron, DateTimeZone zone)
    {
        calendars = Parse(cron);
        comesAtAnInterval = cron.Trim().StartsWith('@') ? cron.Trim().Equals("@hourly", StringComparison.OrdinalIgnoreCase) : Fields(cron)[..2].Any(field => field.AsSpan().ContainsAny("*?-/"));
        this.zone = zone;
    }

    /// <summary>Reads a schedule that <see cref="CronFault"/> and <see cref="ZoneFault"/> find nothing wrong with.</summary>
    /// <exception cref="FormatException">Something is wrong with it.</exception>
    public static DueTimes Read(string cron, string timeZone) =>
        ZoneFault(timeZone) is { } zoneFault ? throw new FormatException($"'{timeZone}' {zoneFault}.")
        : CronFault(cron) is { } cronFault ? throw new FormatException($"'{cron}' {cronFault}.")
        : new(cron, DateTimeZoneProviders.Tzdb[timeZone]);

    /// <summary>What is wrong with a schedule's text, as the rest of a sentence that begins with it; null when nothing is.</summary>
    public static string? CronFault(string cron)
    {
        var text = cron.Trim();
        if (text.StartsWith("TZ=", StringComparison.Ordinal) || text.StartsWith("CRON_TZ=", StringComparison.Ordinal))
            return "names a time zone; name it in timeZone";
        if (text.StartsWith("@every", StringComparison.OrdinalIgnoreCase))
            return "counts from whenever the plane started, so that each start would move it; give the times, for example '*/30 * * * *'";
        if (text.StartsWith('@') && !Macros.Contains(text.ToLowerInvariant()))
            return $"is not known; use {string.Join(", ", Macros)} or five fields";
        var fields = Fields(text);
        if (!text.StartsWith('@') && fields.Length != 5)
            return $"has {fields.Length} fields; use five: minute, hour, day of the month, month, day of the week, for example '30 2 * * *'";
        if (fields.Any(field => field.Equals("H", StringComparison.OrdinalIgnoreCase) || field.StartsWith("H/", StringComparison.OrdinalIgnoreCase) || field.StartsWith("H(", StringComparison.OrdinalIgnoreCase)))
            return "leaves the time to a hash; give it, and spread clusters by jitterSeconds";
        try
        {
            return Parse(text).Any(expression => expression.GetNextOccurrence(AnyDay) is not null) ? null : "never falls due: there is no such day";
        }
        catch (CronFormatException trouble)
        {
            return $"is no schedule ({trouble.Message.Replace("The given cron expression has an invalid format. ", "", StringComparison.Ordinal).TrimEnd('.')}); use for example '30 2 * * *'";
        }
    }

    /// <summary>What is wrong with a time zone, likewise.</summary>
    public static string? ZoneFault(string timeZone) =>
        ZoneNames().IsMatch(timeZone) && DateTimeZoneProviders.Tzdb.GetZoneOrNull(timeZone) is not null
            ? null
            : "is no time zone of the IANA database; use for example Europe/Prague";

    /// <summary>The first due time after an instant; null when there is none any more.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        Instant? first = null;
        foreach (var calendar in calendars)
        {
            if (Next(calendar, Instant.FromDateTimeOffset(after)) is { } next && (first is null || next < first))
                first = next;
        }

        return first?.ToDateTimeOffset();
    }

    // From one change of the clock to the next: in between, local time and instants go side by side.
    private Instant? Next(CronExpression calendar, Instant after)
    {
        for (var span = zone.GetZoneInterval(after); ; span = zone.GetZoneInterval(span.End))
        {
            var isFirst = !span.HasStart || span.Start <= after;
            var local = calendar.GetNextOccurrence(Local(isFirst ? after : span.Start, span), inclusive: !isFirst);
            while (!comesAtAnInterval && local is { } again && CameBefore(again, span))
                local = calendar.GetNextOccurrence(again);
            if (local is null)
                return null;
            var instant = Instant.FromDateTimeUtc(local.Value) - Duration.FromSeconds(span.WallOffset.Seconds);
            if (!span.HasEnd || instant < span.End)
                return instant;
            if (!comesAtAnInterval && local < Local(span.End, zone.GetZoneInterval(span.End)))
                return span.End;
        }
    }

    private bool CameBefore(DateTime local, ZoneInterval span) =>
        span.HasStart && local < Local(span.Start, zone.GetZoneInterval(span.Start - Duration.Epsilon));

    private static DateTime Local(Instant instant, ZoneInterval span) => (instant + Duration.FromSeconds(span.WallOffset.Seconds)).ToDateTimeUtc();

    private static CronExpression[] Parse(string text) =>
        Fields(text.Trim()) is [var minute, var hour, var day, var month, var weekday] && IsGiven(day) && IsGiven(weekday)
            ? [CronExpression.Parse($"{minute} {hour} {day} {month} *"), CronExpression.Parse($"{minute} {hour} * {month} {weekday}")]
            : [CronExpression.Parse(text)];

    private static string[] Fields(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static bool IsGiven(string day) => day is not ("*" or "?" or "*/1");

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}\z")]
    private static partial Regex ZoneNames();
}

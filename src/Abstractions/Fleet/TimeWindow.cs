using System.Globalization;
using NodaTime;
using NodaTime.Extensions;
using NodaTime.TimeZones;

namespace ControlPlane.Abstractions.Fleet;

/// <summary>
/// A stretch of time: from one clock time to another on some days of the week by the clock of a place, from one instant to another, or both. When a clock
/// goes forward over an end of it, that end is the moment the clock resumes; when it goes back, the first coming counts: as for schedules.
/// </summary>
[GenerateSerializer, Immutable, Alias("TimeWindow")]
public sealed record TimeWindow
{
    private static readonly ZoneLocalMappingResolver Resolver = Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    /// <summary>The days on which it begins; empty for each.</summary>
    [Id(0)]
    public IReadOnlyList<DayOfWeek> Days { get; init; } = [];

    /// <summary>The time of day at which it begins; null where it has no time of day.</summary>
    [Id(1)]
    public TimeSpan? From { get; init; }

    /// <summary>The time of day at which it ends; on the next day unless it is later than <see cref="From"/>.</summary>
    [Id(2)]
    public TimeSpan? To { get; init; }

    /// <summary>Whose clock counts: a name of the IANA database.</summary>
    [Id(3)]
    public string TimeZone { get; init; } = Clusters.DueTimes.Utc;

    /// <summary>Nothing of it lies before this instant; null for no limit.</summary>
    [Id(4)]
    public DateTimeOffset? Start { get; init; }

    /// <summary>Nothing of it lies from this instant on; null for no limit.</summary>
    [Id(5)]
    public DateTimeOffset? End { get; init; }

    /// <summary>When the stretch ends that is on at an instant; null when none is.</summary>
    public DateTimeOffset? OnUntil(DateTimeOffset now)
    {
        if (now < Start || now >= End)
            return null;
        if (From is null)
            return End ?? DateTimeOffset.MaxValue;
        var zone = DateTimeZoneProviders.Tzdb[TimeZone];
        var instant = Instant.FromDateTimeOffset(now);
        var today = instant.InZone(zone).Date;
        for (var back = 1; back >= 0; back--)
        {
            if (Stretch(today.PlusDays(-back), zone) is { } stretch && stretch.Begin <= instant && instant < stretch.End)
                return Earlier(stretch.End.ToDateTimeOffset(), End);
        }

        return null;
    }

    /// <summary>When the next stretch begins after an instant; null when none does any more.</summary>
    public DateTimeOffset? Next(DateTimeOffset now)
    {
        if (From is null)
            return Start > now ? Start : null;
        var zone = DateTimeZoneProviders.Tzdb[TimeZone];
        var after = Start > now ? Start.Value : now;
        if (after > now && OnUntil(after) is not null)
            return after;
        var today = Instant.FromDateTimeOffset(after).InZone(zone).Date;
        for (var ahead = 0; ahead <= 8; ahead++)
        {
            if (Stretch(today.PlusDays(ahead), zone) is { } stretch && stretch.Begin.ToDateTimeOffset() is var begin && begin > now && begin >= after)
                return End <= begin ? null : begin;
        }

        return null;
    }

    /// <summary>As a person would say it: <c>Sat, Sun 22:00-06:00 Europe/Prague</c>.</summary>
    public override string ToString()
    {
        List<string> parts = [];
        if (Days.Count > 0)
            parts.Add(string.Join(", ", Days.Select(day => day.ToString()[..3])));
        if (From is { } from && To is { } to)
            parts.Add($"{Time(from)}-{Time(to)} {TimeZone}");
        if (Start is { } start)
            parts.Add($"from {Clock(start)}");
        if (End is { } end)
            parts.Add($"until {Clock(end)}");
        return string.Join(" ", parts);
    }

    private (Instant Begin, Instant End)? Stretch(LocalDate day, DateTimeZone zone)
    {
        if (Days.Count > 0 && !Days.Contains(day.DayOfWeek.ToDayOfWeek()))
            return null;
        var last = To > From ? day : day.PlusDays(1);
        var stretch = (Begin: At(day, From!.Value, zone), End: At(last, To!.Value, zone));
        return stretch.Begin < stretch.End ? stretch : null;
    }

    private static Instant At(LocalDate day, TimeSpan time, DateTimeZone zone) =>
        zone.ResolveLocal(day.AtMidnight() + Period.FromTicks(time.Ticks), Resolver).ToInstant();

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other) => other < one ? other.Value : one;

    private static string Time(TimeSpan time) => time.ToString(@"hh\:mm", CultureInfo.InvariantCulture);

    internal static string Clock(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

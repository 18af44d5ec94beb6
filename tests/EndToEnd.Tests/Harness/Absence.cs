using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>Four due times, of which one member is away at the second and the third, and what becomes of each. The minutes come once an hour.</summary>
/// <param name="First">The first due time.</param>
internal sealed record Absence(DateTimeOffset First)
{
    /// <summary>The tier whose schedules skip what was missed.</summary>
    internal const string Skipping = "silver";

    internal DateTimeOffset Second => First.AddMinutes(2);

    internal DateTimeOffset Third => First.AddMinutes(3);

    internal DateTimeOffset Last => First.AddMinutes(13);

    /// <summary>When the member is cut off.</summary>
    internal DateTimeOffset Cut => Second.AddSeconds(-20);

    /// <summary>When it is back: so late after the third due time that this one does not count as on time any more.</summary>
    internal DateTimeOffset Back => Third.AddMinutes(5).AddSeconds(10);

    internal string Cron => $"{string.Join(',', new[] { First, Second, Third, Last }.Select(due => due.Minute.ToString(CultureInfo.InvariantCulture)))} * * * *";

    /// <summary>The due times that become backups.</summary>
    internal IReadOnlyList<DateTimeOffset> Taken(bool away, string tier) =>
        !away ? [First, Second, Third, Last] : tier == Skipping ? [First, Last] : [First, Third, Last];

    /// <summary>How many are counted as missed.</summary>
    internal int Missed(bool away, string tier) => 4 - Taken(away, tier).Count;

    /// <summary>The first due time of a plan made now.</summary>
    internal static Absence After(DateTimeOffset now)
    {
        var soonest = now.AddSeconds(40);
        return new(new DateTimeOffset(soonest.Year, soonest.Month, soonest.Day, soonest.Hour, soonest.Minute, 0, TimeSpan.Zero).AddMinutes(1));
    }
}

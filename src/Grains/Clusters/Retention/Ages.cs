using System.Globalization;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>Rules as their owner wrote them.</summary>
internal static class Ages
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
        [("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1))];

    /// <summary>In the greatest unit that leaves no rest: <c>30d</c>, <c>36h</c>.</summary>
    public static string Write(TimeSpan age)
    {
        var (unit, length) = Units.FirstOrDefault(one => age.Ticks % one.Length.Ticks == 0, Units[^1]);
        return string.Create(CultureInfo.InvariantCulture, $"{age.Ticks / length.Ticks}{unit}");
    }

    /// <summary>All rules for good backups.</summary>
    public static string Write(RetentionSpec spec) => string.Join(", ", Periods.Of(spec)
        .Select(period => string.Create(CultureInfo.InvariantCulture, $"{period.Name} {period.Most}"))
        .Concat(spec.MaxAge is { } age ? [$"maxAge {Write(age)}"] : []));
}

using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>One of the rules that keep the newest backup of each of the last so many periods.</summary>
/// <param name="Name">The field.</param>
/// <param name="Most">So many.</param>
/// <param name="NumberOf">The period of a backup, from its place among the newest and its day. Equal numbers, one period.</param>
internal sealed record Period(string Name, int Most, Func<int, DateOnly, int> NumberOf);

/// <summary>The periods of a rule.</summary>
internal static class Periods
{
    private static readonly (string Name, Func<RetentionSpec, int?> Most, Func<int, DateOnly, int> NumberOf)[] All =
    [
        ("count", spec => spec.Count, (place, _) => place),
        ("daily", spec => spec.Daily, (_, day) => day.DayNumber),

        // The first day of all was a Monday.
        ("weekly", spec => spec.Weekly, (_, day) => day.DayNumber / 7),
        ("monthly", spec => spec.Monthly, (_, day) => (day.Year * 12) + day.Month),
        ("yearly", spec => spec.Yearly, (_, day) => day.Year),
    ];

    /// <summary>Those that it names, in the order of the fields.</summary>
    public static IEnumerable<Period> Of(RetentionSpec spec) =>
        from one in All
        let most = one.Most(spec)
        where most is not null
        select new Period(one.Name, most.Value, one.NumberOf);
}

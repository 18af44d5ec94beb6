using System.Globalization;
using System.Text.RegularExpressions;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads which backups stay: <c>retention</c> of a cluster, of a schedule, and the reference system's <c>keep</c>. Pure.</summary>
internal static partial class RetentionReader
{
    public const long Most = 10_000;
    public const long MostFailed = 1_000;
    private const long LongestAgeHours = 100 * 366 * 24L;
    private const string NoAge = "is no age; use a whole number of hours, days or weeks, at most 100 years, for example 72h, 30d or 8w";

    private static readonly string[] Rules = ["count", "maxAge", "daily", "weekly", "monthly", "yearly", "failedHistory"];

    /// <summary>The section of a cluster, or of whatever else has one of its own; null where there is none.</summary>
    public static RetentionSpec? ReadSection(FieldReader owner)
    {
        if (owner.Section("retention") is not { } section)
            return null;
        var read = new RetentionSpec
        {
            Count = Number(section, "count", 1, Most),
            MaxAge = ReadAge(section),
            Daily = Number(section, "daily", 1, Most),
            Weekly = Number(section, "weekly", 1, Most),
            Monthly = Number(section, "monthly", 1, Most),
            Yearly = Number(section, "yearly", 1, Most),
            FailedHistory = Number(section, "failedHistory", 0, MostFailed),
        };
        section.Close();
        if (!Rules.Any(section.Has))
            owner.Add("retention", $"names no rule; use at least one of {Spelling.List(Rules)}, or remove it");
        return read;
    }

    /// <summary>
    /// What a schedule's backups are kept by: its own <c>retention</c>, with <c>keep</c> as another word for <c>count</c>; otherwise the
    /// cluster's. <c>keep: 0</c> keeps all, as the reference system has it. Null keeps all.
    /// </summary>
    public static RetentionSpec? ReadSchedule(FieldReader schedule, RetentionSpec? ofCluster)
    {
        var keep = Number(schedule, "keep", 0, Most);
        var own = ReadSection(schedule);
        if (keep == 0 && own is not null)
            schedule.Add("keep", "is 0, which keeps all backups, and retention says otherwise; remove one of them");
        else if (keep is not null && own?.Count is not null)
            schedule.Add("keep", "says the same as retention.count; remove one of them");
        return keep switch
        {
            0 => null,
            { } count => (own ?? new()) with { Count = count },
            _ => own ?? ofCluster,
        };
    }

    /// <summary>How long a backup is to be kept by its own word; null where it says nothing.</summary>
    public static TimeSpan? ReadBackup(FieldReader backup)
    {
        if (backup.Section("retention") is not { } section)
            return null;
        section.Demand("maxAge");
        var age = ReadAge(section);
        section.Close();
        return age;
    }

    private static int? Number(FieldReader reader, string name, long least, long most) => (int?)reader.Number(name, least, most);

    private static TimeSpan? ReadAge(FieldReader section) => section.Text("maxAge", text => Age(text) is null ? NoAge : null) is { } text ? Age(text) : null;

    private static TimeSpan? Age(string text)
    {
        if (Ages().Match(text) is not { Success: true } match)
            return null;
        var hours = long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch { "w" => 7 * 24, "d" => 24, _ => 1 };
        return hours <= LongestAgeHours ? TimeSpan.FromHours(hours) : null;
    }

    [GeneratedRegex(@"^(?<number>[1-9][0-9]{0,6})(?<unit>[hdw])\z")]
    private static partial Regex Ages();
}

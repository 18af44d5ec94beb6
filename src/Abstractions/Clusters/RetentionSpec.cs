namespace ControlPlane.Abstractions.Clusters;

/// <summary>
/// Which backups of one schedule stay: each that any of the rules keeps. Without any rule for good backups, all of them stay. A day, a week,
/// a month and a year are those of the schedule's time zone, UTC where it names none; a week begins on Monday.
/// </summary>
[GenerateSerializer, Immutable, Alias("RetentionSpec")]
public sealed record RetentionSpec
{
    /// <summary>
    /// So many failed and cancelled backups of a schedule stay where its rule says nothing else: enough to see since when and how it fails.
    /// </summary>
    public const int DefaultFailedHistory = 10;

    /// <summary>The newest so many; null for no such rule.</summary>
    [Id(0)]
    public int? Count { get; init; }

    /// <summary>Those that are not older; null for no such rule.</summary>
    [Id(1)]
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The newest of each of the last so many days that have a backup; null for no such rule.</summary>
    [Id(2)]
    public int? Daily { get; init; }

    /// <summary>The same for weeks.</summary>
    [Id(3)]
    public int? Weekly { get; init; }

    /// <summary>The same for months.</summary>
    [Id(4)]
    public int? Monthly { get; init; }

    /// <summary>The same for years.</summary>
    [Id(5)]
    public int? Yearly { get; init; }

    /// <summary>The newest so many failed and cancelled backups; null for <see cref="DefaultFailedHistory"/>.</summary>
    [Id(6)]
    public int? FailedHistory { get; init; }

    /// <summary>Whether it says anything of good backups.</summary>
    public bool LimitsGood => (Count ?? Daily ?? Weekly ?? Monthly ?? Yearly) is not null || MaxAge is not null;
}

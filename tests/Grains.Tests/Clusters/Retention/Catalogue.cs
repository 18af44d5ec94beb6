using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using CsCheck;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

/// <summary>Backups for a planner, written down or made up.</summary>
internal static class Catalogue
{
    public const string Schedule = "nightly";

    /// <summary>A Sunday.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Any rule, the empty one too.</summary>
    public static readonly Gen<RetentionSpec> AnyRule = Gen.Select(Most(4), Most(4), Most(4), Most(3), Most(3), Most(40), Most(3)).Select((count, daily, weekly, monthly, yearly, days, failed) => new RetentionSpec
    {
        Count = count,
        Daily = daily,
        Weekly = weekly,
        Monthly = monthly,
        Yearly = yearly,
        MaxAge = days is { } some ? TimeSpan.FromDays(some) : null,
        FailedHistory = failed,
    });

    /// <summary>Years of backups of three schedules and by hand, in two storages, with chains.</summary>
    public static readonly Gen<CatalogueEntry[]> AnyBackups = AnyBackup.Array[0, 60].Select(Linked);

    private static readonly string?[] Asking = ["nightly", "nightly", "hourly", "gone", null];

    private static Gen<CatalogueEntry> AnyBackup => Gen.Select(
        Gen.Int[0, 1_200], Gen.Int[-2, 3], Gen.Int[0, 2], Gen.Int[0, 4], Gen.Int[0, 15], Gen.Int[0, 12])
        .Select((halfDays, late, storage, schedule, luck, wish) => new CatalogueEntry
        {
            Name = "",
            Uid = "",
            Storage = storage == 2 ? "azure" : "s3",
            Schedule = Asking[schedule],
            Completed = Now.AddHours(-12 * halfDays),
            Due = Asking[schedule] is null || wish == 5 ? null : Now.AddHours((-12 * halfDays) - late),
            Good = luck > 3,
            Held = luck == 9,
            Restoring = luck == 10,
            DeletesData = luck != 11,
            Expired = luck == 12,
            Base = luck is > 12 or 2 ? "" : null,
            KeepFor = wish == 0 ? TimeSpan.FromDays(100) : null,
        });

    /// <summary>A good backup of the schedule.</summary>
    public static CatalogueEntry Nightly(int number, DateTimeOffset completed) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"n{number}"),
        Uid = string.Create(CultureInfo.InvariantCulture, $"u{number}"),
        Storage = "s3",
        Good = true,
        Completed = completed,
        Schedule = Schedule,
    };

    public static RetentionRules Rule(RetentionSpec retention, string zone = "UTC") =>
        new(new Dictionary<string, ScheduleRule> { [Schedule] = new(retention, TimeZoneInfo.FindSystemTimeZoneById(zone)) }, default);

    // Whoever is an increment is one of the next older backup.
    private static CatalogueEntry[] Linked(CatalogueEntry[] backups) =>
    [
        .. backups.OrderByDescending(backup => backup.Completed).Select((backup, index) => backup with
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"n{index}"),
            Uid = string.Create(CultureInfo.InvariantCulture, $"u{index}"),
            Base = backup.Base is null ? null : string.Create(CultureInfo.InvariantCulture, $"u{index + 1}"),
        }),
    ];

    private static Gen<int?> Most(int most) => Gen.Int[0, most].Select(number => number == 0 ? default(int?) : number);
}

using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using static ControlPlane.Grains.Tests.Clusters.Retention.Catalogue;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

public sealed class RetentionPlannerTests
{
    private static readonly RetentionSpec Nothing = new();

    /// <summary>One backup each night, the newest last night; from which nights do they stay?</summary>
    public static TheoryData<string, RetentionSpec, int[]> Rules => new()
    {
        { "no rule", Nothing, [.. Enumerable.Range(0, 40)] },
        { "count", Nothing with { Count = 3 }, [0, 1, 2] },
        { "maxAge: what is exactly as old still stays", Nothing with { MaxAge = TimeSpan.FromDays(3) }, [0, 1, 2, 3] },
        { "daily", Nothing with { Daily = 2 }, [0, 1] },

        // Now is Sunday, 1 November 2026, 12:00. Monday was 26 October: 6 nights ago.
        { "weekly", Nothing with { Weekly = 3 }, [0, 7, 14] },
        { "monthly", Nothing with { Monthly = 2 }, [0, 1] },
        { "monthly, further back", Nothing with { Monthly = 5 }, [0, 1, 32] },
        { "yearly", Nothing with { Yearly = 3 }, [0] },
        { "several: any keeps", Nothing with { Count = 2, Weekly = 2, Monthly = 3 }, [0, 1, 7, 32] },
        { "age and count", Nothing with { Count = 1, MaxAge = TimeSpan.FromHours(60) }, [0, 1, 2] },
        { "nothing but failures", Nothing with { FailedHistory = 1 }, [.. Enumerable.Range(0, 40)] },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Plan_OfFortyNights_KeepsWhatAnyRuleKeeps(string rule, RetentionSpec retention, int[] nights)
    {
        var backups = Enumerable.Range(0, 40).Select(night => Nightly(night, Now.AddDays(-night)));

        var verdicts = Plan(retention, [.. backups]);

        Assert.Equal(nights.Select(night => $"n{night}"), verdicts.Where(verdict => verdict.Keeps).Select(verdict => verdict.Backup.Name));
        Assert.False(string.IsNullOrEmpty(rule));
    }

    [Theory]
    [InlineData("UTC", "2026-10-31T23:30Z 2026-10-31T22:30Z", 1)]
    [InlineData("Europe/Prague", "2026-10-31T23:30Z 2026-10-31T22:30Z", 2)]
    [InlineData("America/New_York", "2026-11-01T03:30Z 2026-10-31T04:30Z", 1)]

    // The night on which 02:00 to 03:00 comes twice is one day all the same.
    [InlineData("Europe/Prague", "2026-10-25T01:30Z 2026-10-25T00:30Z 2026-10-24T22:30Z", 1)]
    public void Plan_ByDays_GoesByTheClockOfThePlace(string zone, string instants, int days)
    {
        var backups = instants.Split(' ').Select((instant, index) => Nightly(index, DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture)));

        var verdicts = RetentionPlanner.Plan(Rule(Nothing with { Daily = 9 }, zone), [.. backups], Now);

        Assert.Equal(days, verdicts.Count(verdict => verdict.Keeps));
    }

    [Fact]
    public void Plan_ByWeeks_BeginsThemOnMonday()
    {
        var sunday = new DateTimeOffset(2026, 10, 25, 12, 0, 0, TimeSpan.Zero);

        var verdicts = Plan(Nothing with { Weekly = 9 }, Nightly(0, sunday.AddDays(1)), Nightly(1, sunday), Nightly(2, sunday.AddDays(-6)));

        Assert.Equal([true, true, false], verdicts.Select(verdict => verdict.Keeps));
    }

    [Fact]
    public void Plan_AfterAMonthWithoutBackups_CountsTheDaysThatHaveOne()
    {
        var backups = Enumerable.Range(0, 9).Select(night => Nightly(night, Now.AddDays(-30 - night)));

        Assert.Equal(7, Plan(Nothing with { Daily = 7 }, [.. backups]).Count(verdict => verdict.Keeps));
    }

    [Fact]
    public void Plan_OfABackupThatEndsAfterMidnight_FilesItUnderTheDayItWasDue()
    {
        var midnight = new DateTimeOffset(2026, 10, 20, 0, 0, 0, TimeSpan.Zero);
        var late = Nightly(0, midnight.AddMinutes(20)) with { Due = midnight.AddMinutes(-30) };

        var verdicts = Plan(Nothing with { Daily = 9 }, late, Nightly(1, midnight.AddHours(-2)), Nightly(2, midnight.AddHours(1)));

        Assert.Equal(["n2", "n0"], verdicts.Where(verdict => verdict.Keeps).Select(verdict => verdict.Backup.Name));
    }

    [Fact]
    public void Plan_OfWhatIsAllTooOld_KeepsTheNewestGoodOneOfTheClusterAndOfEachStorage()
    {
        var year = Now.AddYears(-1);
        var verdicts = Plan(
            Nothing with { MaxAge = TimeSpan.FromDays(1) },
            Nightly(0, year), Nightly(1, year.AddDays(-1)), Nightly(2, year.AddDays(-2)) with { Storage = "azure" }, Nightly(3, year.AddDays(-3)) with { Storage = "azure" },
            Nightly(4, year.AddDays(1)) with { Good = false });

        Assert.Equal("stays: the newest good backup", Of(verdicts, "n0").Message);
        Assert.Equal("stays: the newest good backup in storage 'azure'", Of(verdicts, "n2").Message);
        Assert.Equal("goes: no rule of schedule 'nightly' keeps it (maxAge 1d)", Of(verdicts, "n1").Message);
        Assert.False(Of(verdicts, "n3").Keeps);
    }

    [Fact]
    public void Plan_WhenTheNewestIsGoingAlready_KeepsTheNextOne()
    {
        var verdicts = Plan(Nothing with { MaxAge = TimeSpan.FromDays(1) }, Nightly(0, Now.AddDays(-9)) with { Expired = true, Held = true }, Nightly(1, Now.AddDays(-10)));

        Assert.Equal([RetentionReason.Expired, RetentionReason.Newest], verdicts.Select(verdict => verdict.Why));
    }

    [Fact]
    public void Plan_OfEachProtection_SaysWhy()
    {
        var old = Now.AddDays(-50);
        var verdicts = Plan(
            Nothing with { Count = 1 },
            Nightly(0, Now), Nightly(1, old) with { Held = true }, Nightly(2, old) with { Restoring = true }, Nightly(3, old) with { DeletesData = false },
            Nightly(4, old) with { Schedule = null }, Nightly(5, old) with { Schedule = "gone" }, Nightly(6, old) with { Schedule = null, KeepFor = TimeSpan.FromDays(60) },
            Nightly(7, old) with { Schedule = null, KeepFor = TimeSpan.FromHours(36) }, Nightly(8, old) with { Schedule = null, Good = false });

        Assert.Equal(
            [
                "stays: the newest good backup; count, 1 of 1", "stays: held by its annotation", "stays: a restore or a drill reads it", "stays: without its finalizer, its data is not to go with it",
                "stays: asked for by hand", "stays: schedule 'gone' is not in the cluster's spec", "stays: its own maxAge of 60d", "goes: older than its own maxAge of 36h", "stays: asked for by hand",
            ],
            verdicts.Select(verdict => verdict.Message));
    }

    [Fact]
    public void Plan_OfAChain_KeepsEveryBaseOfWhatStays()
    {
        var verdicts = Plan(
            Nothing with { Count = 1 },
            Nightly(0, Now) with { Base = "u1" }, Nightly(1, Now.AddDays(-1)) with { Base = "u2" }, Nightly(2, Now.AddDays(-2)) with { Base = "lost" },
            Nightly(3, Now.AddDays(-3)) with { Base = "u4" }, Nightly(4, Now.AddDays(-4)));

        Assert.Equal([true, true, true, false, false], verdicts.Select(verdict => verdict.Keeps));
        Assert.Equal("stays: 'n0' needs it", verdicts[2].Message);
    }

    [Theory]
    [InlineData(null, 10)]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    public void Plan_OfFailures_KeepsTheLastOfTheirSchedule(int? history, int stay)
    {
        var failures = Enumerable.Range(0, 20).Select(night => Nightly(night, Now.AddDays(-night)) with { Good = false });

        var verdicts = Plan(Nothing with { Count = 1, FailedHistory = history }, [.. failures]);

        Assert.Equal(stay, verdicts.TakeWhile(verdict => verdict.Keeps).Count());
        Assert.Equal(stay, verdicts.Count(verdict => verdict.Keeps));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"goes: it is no backup, and older than the {stay} that failedHistory of schedule 'nightly' keeps"), verdicts[^1].Message);
    }

    [Fact]
    public void Plan_OfTwoSchedulesInOneStorage_CountsEachForItself()
    {
        var verdicts = RetentionPlanner.Plan(
            new(new Dictionary<string, ScheduleRule> { ["nightly"] = new(Nothing with { Count = 1 }, TimeZoneInfo.Utc), ["hourly"] = new(Nothing with { Count = 2 }, TimeZoneInfo.Utc), ["kept"] = new(null, TimeZoneInfo.Utc) }, default),
            [.. from night in Enumerable.Range(0, 3) from schedule in new[] { "nightly", "hourly", "kept" } select Nightly(night, Now.AddDays(-night)) with { Name = $"{schedule}{night}", Uid = $"{schedule}{night}", Schedule = schedule }],
            Now);

        Assert.Equal(["hourly0", "kept0", "nightly0", "hourly1", "kept1", "kept2"], verdicts.Where(verdict => verdict.Keeps).Select(verdict => verdict.Backup.Name));
        Assert.Equal("stays: schedule 'kept' keeps all", Of(verdicts, "kept2").Message);
    }

    [Fact]
    public void Plan_OfAClusterMadeAnew_LeavesTheEarlierOnesBackupsAlone()
    {
        var rules = Rule(Nothing with { Count = 1 }) with { Since = Now.AddDays(-2) };

        var verdicts = RetentionPlanner.Plan(rules, [Nightly(0, Now), Nightly(1, Now.AddDays(-1)), Nightly(2, Now.AddDays(-3)), Nightly(3, Now.AddDays(-4)) with { Good = false }], Now);

        Assert.Equal([true, false, true, true], verdicts.Select(verdict => verdict.Keeps));
        Assert.Equal("stays: taken before this cluster's resource was made", verdicts[2].Message);
    }

    private static IReadOnlyList<RetentionVerdict> Plan(RetentionSpec retention, params CatalogueEntry[] backups) => RetentionPlanner.Plan(Rule(retention), backups, Now);

    private static RetentionVerdict Of(IReadOnlyList<RetentionVerdict> verdicts, string name) => verdicts.Single(verdict => verdict.Backup.Name == name);
}

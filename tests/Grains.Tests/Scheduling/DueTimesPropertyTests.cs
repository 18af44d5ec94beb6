using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using CsCheck;

namespace ControlPlane.Grains.Tests.Scheduling;

/// <summary>
/// Due times beside a computation that shares nothing with them: it goes through the minutes of each local day, and asks the time zone where each of
/// them lies on the line of instants.
/// </summary>
public sealed class DueTimesPropertyTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Prague", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "America/St_Johns", "Asia/Tehran"];

    // The platform's clocks of Casablanca and Dublin, where summer time is reckoned backwards, contradict themselves; they have tables instead.
    // Single minutes and hours only: what comes at an interval goes on by elapsed time, which the tables tell.
    private static readonly Gen<(int[] Minutes, int[] Hours, int[] Days, int[] Months, int[] Weekdays, string Zone, int Year)> Schedules = Gen.Select(
        Some(0, 59, 3), Some(0, 23, 3), Some(1, 31, 3), Some(1, 12, 4), Some(0, 6, 3), Gen.Int[0, Zones.Length - 1].Select(number => Zones[number]), Gen.Int[1990, 2090]);

    [Fact]
    public void Next_OverACenturyOfYears_AgreesWithCountingMinutes() => Schedules.Sample(
        schedule =>
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(schedule.Zone);
            var cron = string.Create(CultureInfo.InvariantCulture, $"{List(schedule.Minutes)} {List(schedule.Hours)} {List(schedule.Days)} {List(schedule.Months)} {List(schedule.Weekdays)}");
            var from = new DateTimeOffset(schedule.Year, 1, 1, 0, 0, 0, TimeSpan.Zero);
            var expected = Counted(schedule, zone, from, from.AddYears(1));

            // The 30th of February and its like.
            if (DueTimes.CronFault(cron) is not null)
                Assert.Empty(expected);
            else
                Assert.Equal(expected, Listed(cron, schedule.Zone, from, from.AddYears(1)));
        },
        iter: 400);

    [Theory]
    [InlineData("Europe/Prague", 2, 30)]
    [InlineData("Australia/Lord_Howe", 1, 45)]
    [InlineData("America/Sao_Paulo", 0, 0)]
    public void Next_OfANightlyScheduleOverACentury_AgreesWithCountingMinutes(string name, int hour, int minute)
    {
        var from = new DateTimeOffset(1990, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var expected = Counted(([minute], [hour], [], [], [], name, 0), TimeZoneInfo.FindSystemTimeZoneById(name), from, from.AddYears(100));

        Assert.InRange(expected.Count, 36_523, 36_526);
        Assert.Equal(expected, Listed(string.Create(CultureInfo.InvariantCulture, $"{minute} {hour} * * *"), name, from, from.AddYears(100)));
    }

    private static List<DateTimeOffset> Listed(string cron, string zone, DateTimeOffset after, DateTimeOffset before)
    {
        var times = DueTimes.Read(cron, zone);
        var listed = new List<DateTimeOffset>();
        for (var next = times.Next(after); next < before; next = times.Next(next.Value))
            listed.Add(next.Value);
        return listed;
    }

    private static List<DateTimeOffset> Counted(
        (int[] Minutes, int[] Hours, int[] Days, int[] Months, int[] Weekdays, string Zone, int Year) schedule, TimeZoneInfo zone, DateTimeOffset after, DateTimeOffset before)
    {
        var found = new SortedSet<DateTimeOffset>();
        for (var day = DateTime.SpecifyKind(after.UtcDateTime.Date.AddDays(-1), DateTimeKind.Unspecified); day <= before.UtcDateTime.Date.AddDays(1); day = day.AddDays(1))
        {
            var either = schedule is { Days.Length: > 0, Weekdays.Length: > 0 };
            var (ofMonth, ofWeek) = (schedule.Days.Length == 0 || schedule.Days.Contains(day.Day), schedule.Weekdays.Length == 0 || schedule.Weekdays.Contains((int)day.DayOfWeek));
            if ((schedule.Months.Length > 0 && !schedule.Months.Contains(day.Month)) || !(either ? ofMonth || ofWeek : ofMonth && ofWeek))
                continue;
            foreach (var local in from hour in schedule.Hours from minute in schedule.Minutes select day.AddHours(hour).AddMinutes(minute))
            {
                var instant = Instant(local, zone);
                if (instant > after && instant < before)
                    found.Add(instant);
            }
        }

        return [.. found];
    }

    private static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone)
    {
        // Skipped: the first local minute that there is again.
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);

        // Doubled: the first of the two, which lies at the greater offset from UTC.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static string List(int[] numbers) => numbers.Length == 0 ? "*" : string.Join(',', numbers.Order());

    private static Gen<int[]> Some(int smallest, int largest, int most) =>
        Gen.Int[smallest, largest].Array[smallest == 0 && largest >= 23 ? 1 : 0, most].Select(numbers => numbers.Distinct().ToArray());
}

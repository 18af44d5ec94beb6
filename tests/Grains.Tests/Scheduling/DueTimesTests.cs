using System.Globalization;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Tests.Scheduling;

public sealed class DueTimesTests
{
    [Theory]
    [InlineData("30 2 * * *", "2026-11-26T02:30Z 2026-11-27T02:30Z")]
    [InlineData("*/15 * * * *", "2026-11-26T00:15Z 2026-11-26T00:30Z")]
    [InlineData("0 22-2/2 * * *", "2026-11-26T02:00Z 2026-11-26T22:00Z")]
    [InlineData("0 0 * * mon-fri/2", "2026-11-27T00:00Z 2026-11-30T00:00Z")]
    [InlineData("0 0 31 JAN,mar *", "2027-01-31T00:00Z 2027-03-31T00:00Z")]
    [InlineData("5 4 * * 7", "2026-11-29T04:05Z 2026-12-06T04:05Z")]
    [InlineData("0 0 L * *", "2026-11-30T00:00Z 2026-12-31T00:00Z")]
    [InlineData("0 0 29 2 *", "2028-02-29T00:00Z 2032-02-29T00:00Z")]
    [InlineData("@hourly", "2026-11-26T01:00Z 2026-11-26T02:00Z")]
    [InlineData("@daily", "2026-11-27T00:00Z 2026-11-28T00:00Z")]
    [InlineData("@midnight", "2026-11-27T00:00Z 2026-11-28T00:00Z")]
    [InlineData("@weekly", "2026-11-29T00:00Z 2026-12-06T00:00Z")]
    [InlineData("@monthly", "2026-12-01T00:00Z 2027-01-01T00:00Z")]
    [InlineData("@yearly", "2027-01-01T00:00Z 2028-01-01T00:00Z")]
    [InlineData("@annually", "2027-01-01T00:00Z 2028-01-01T00:00Z")]
    public void Next_OfEachForm_IsAsCronHasIt(string cron, string expected) =>
        Assert.Equal(expected, Told(DueTimes.Read(cron, "UTC"), "2026-11-26T00:00Z", 2));

    // The reference, Kubernetes and cron itself take either of the two days; the library would want both at once.
    [Theory]
    [InlineData("0 0 13 * 5", "2026-11-27T00:00Z 2026-12-04T00:00Z 2026-12-11T00:00Z 2026-12-13T00:00Z")]
    [InlineData("0 0 1,15 * sun", "2026-11-29T00:00Z 2026-12-01T00:00Z 2026-12-06T00:00Z 2026-12-13T00:00Z")]
    [InlineData("0 0 13 * *", "2026-12-13T00:00Z 2027-01-13T00:00Z 2027-02-13T00:00Z 2027-03-13T00:00Z")]
    [InlineData("0 0 ? * 5", "2026-11-27T00:00Z 2026-12-04T00:00Z 2026-12-11T00:00Z 2026-12-18T00:00Z")]
    public void Next_OfADayOfTheMonthAndOfTheWeek_IsWhicheverComes(string cron, string expected) =>
        Assert.Equal(expected, Told(DueTimes.Read(cron, "UTC"), "2026-11-26T00:00Z", 4));

    [Theory]
    [InlineData("Europe/Prague", "30 2 * * *", "2026-03-28T00:00Z", "2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z")]
    [InlineData("Europe/Prague", "30 2 * * *", "2026-10-24T00:00Z", "2026-10-24T00:30Z 2026-10-25T00:30Z 2026-10-26T01:30Z")]
    [InlineData("Europe/Prague", "0 2-3 * * *", "2026-03-29T00:00Z", "2026-03-29T01:00Z 2026-03-30T00:00Z 2026-03-30T01:00Z")]
    [InlineData("Europe/Prague", "*/30 2 * * *", "2026-10-24T23:00Z", "2026-10-25T00:00Z 2026-10-25T00:30Z 2026-10-25T01:00Z 2026-10-25T01:30Z 2026-10-26T01:00Z")]
    [InlineData("Europe/Prague", "0 * * * *", "2026-03-28T23:30Z", "2026-03-29T00:00Z 2026-03-29T01:00Z 2026-03-29T02:00Z")]
    [InlineData("Europe/Prague", "0 * * * *", "2026-10-24T23:30Z", "2026-10-25T00:00Z 2026-10-25T01:00Z 2026-10-25T02:00Z")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00Z", "2026-10-03T15:30Z 2026-10-04T15:15Z")]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2026-04-03T12:00Z", "2026-04-03T14:45Z 2026-04-04T14:45Z 2026-04-05T15:15Z")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", "2018-11-03T00:00Z", "2018-11-03T03:00Z 2018-11-04T03:00Z 2018-11-05T02:00Z")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2026-03-21T00:00Z", "2026-03-21T02:30Z 2026-03-22T02:00Z 2026-03-23T01:30Z")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2026-02-13T12:00Z", "2026-02-14T01:30Z 2026-02-15T01:30Z 2026-02-16T02:30Z")]
    [InlineData("Europe/Dublin", "30 1 * * *", "2026-03-28T00:00Z", "2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z")]
    [InlineData("Pacific/Apia", "0 12 * * *", "2011-12-29T00:00Z", "2011-12-29T22:00Z 2011-12-30T10:00Z 2011-12-30T22:00Z")]
    [InlineData("America/Sao_Paulo", "30 23 * * *", "2019-02-16T00:00Z", "2019-02-16T01:30Z 2019-02-17T01:30Z 2019-02-18T02:30Z")]
    public void Next_OnANightWhenTheClockIsChanged_IsOnceAndNeverLost(string zone, string cron, string after, string expected) =>
        Assert.Equal(expected, Told(DueTimes.Read(cron, zone), after, expected.Split(' ').Length));

    [Theory]
    [InlineData("@every 5m", "counts from whenever the plane started")]
    [InlineData("@every_minute", "counts from whenever the plane started")]
    [InlineData("@reboot", "is not known; use @yearly")]
    [InlineData("CRON_TZ=Europe/Prague 0 2 * * *", "name it in timeZone")]
    [InlineData("0 0 2 * * *", "has 6 fields; use five")]
    [InlineData("nightly", "has 1 fields; use five")]
    [InlineData("H 2 * * *", "leaves the time to a hash")]
    [InlineData("H/15 * * * *", "leaves the time to a hash")]
    [InlineData("0 0 30 2 *", "never falls due")]
    [InlineData("61 * * * *", "between 0 and 59")]
    [InlineData("*/0 * * * *", "between 1 and 59")]
    [InlineData("0 0 * foo *", "is no schedule")]
    [InlineData("0 0 32 * 5", "is no schedule")]
    public void CronFault_OfWhatIsNoSchedule_SaysWhatWouldBeRight(string cron, string expected)
    {
        Assert.Contains(expected, DueTimes.CronFault(cron), StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => DueTimes.Read(cron, "UTC"));
    }

    [Theory]
    [InlineData("Local")]
    [InlineData("GMT+2")]
    [InlineData("Central European Standard Time")]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    public void ZoneFault_OfWhatIsNoZone_SaysWhatWouldBeRight(string zone) =>
        Assert.Contains("IANA", DueTimes.ZoneFault(zone), StringComparison.Ordinal);

    [Theory]
    [InlineData("Europe/Prague")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+2")]
    [InlineData("UTC")]
    public void ZoneFault_OfAZone_IsNone(string zone) => Assert.Null(DueTimes.ZoneFault(zone));

    private static string Told(DueTimes times, string after, int count)
    {
        var told = new List<string>();
        DateTimeOffset? next = DateTimeOffset.Parse(after, CultureInfo.InvariantCulture);
        for (var number = 0; number < count; number++)
        {
            next = times.Next(next!.Value);
            told.Add(next!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture));
        }

        return string.Join(' ', told);
    }
}

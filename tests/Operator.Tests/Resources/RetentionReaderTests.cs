using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Tests.Resources;

public sealed class RetentionReaderTests
{
    private static readonly RetentionSpec OfCluster = new() { Daily = 5 };

    public static TheoryData<string, RetentionSpec?> Right => new()
    {
        { "{}", OfCluster },
        { """{"keep":7}""", new() { Count = 7 } },
        { """{"keep":0}""", null },
        { """{"keep":3,"retention":{"maxAge":"30d"}}""", new() { Count = 3, MaxAge = TimeSpan.FromDays(30) } },
        { """{"retention":{"maxAge":"72h"}}""", new() { MaxAge = TimeSpan.FromDays(3) } },
        { """{"retention":{"maxAge":"8w","failedHistory":0}}""", new() { MaxAge = TimeSpan.FromDays(56), FailedHistory = 0 } },
        { """{"retention":{"failedHistory":4}}""", new() { FailedHistory = 4 } },
        {
            """{"retention":{"count":1,"daily":2,"weekly":3,"monthly":4,"yearly":5,"failedHistory":6,"maxAge":"1h"}}""",
            new() { Count = 1, Daily = 2, Weekly = 3, Monthly = 4, Yearly = 5, FailedHistory = 6, MaxAge = TimeSpan.FromHours(1) }
        },
    };

    public static TheoryData<string, string> Wrong => new()
    {
        { """{"keep":-1}""", "keep: -1 is no whole number from 0 to 10000." },
        { """{"keep":"7"}""", "keep: \"7\" is no whole number" },
        { """{"keep":3,"retention":{"count":3}}""", "keep: says the same as retention.count; remove one of them." },
        { """{"keep":0,"retention":{"daily":3}}""", "keep: is 0, which keeps all backups, and retention says otherwise; remove one of them." },
        { """{"retention":{}}""", "retention: names no rule; use at least one of count, maxAge, daily, weekly, monthly, yearly or failedHistory, or remove it." },
        { """{"retention":7}""", "retention: 7 is no object" },
        { """{"retention":{"count":0}}""", "retention.count: 0 is no whole number from 1 to 10000." },
        { """{"retention":{"daily":1,"hourly":24}}""", "retention.hourly: is not known; " },
        { """{"retention":{"failedHistory":1001}}""", "retention.failedHistory: 1001 is no whole number from 0 to 1000." },
        { """{"retention":{"maxAge":"30"}}""", "retention.maxAge: \"30\" is no age; use a whole number of hours, days or weeks, at most 100 years, for example 72h, 30d or 8w." },
        { """{"retention":{"maxAge":"1d12h"}}""", "retention.maxAge: \"1d12h\" is no age" },
        { """{"retention":{"maxAge":"0d"}}""", "retention.maxAge: \"0d\" is no age" },
        { """{"retention":{"maxAge":"30D"}}""", "retention.maxAge: \"30D\" is no age" },
        { """{"retention":{"maxAge":"36601d"}}""", "retention.maxAge: \"36601d\" is no age" },
        { """{"retention":{"maxAge":"9999999w"}}""", "retention.maxAge: \"9999999w\" is no age" },
        { """{"retention":{"maxAge":30}}""", "retention.maxAge: 30 is no text" },
        { """{"retention":{"type":"count","count":3}}""", "retention.type: is not known" },
    };

    [Theory, MemberData(nameof(Right), DisableDiscoveryEnumeration = true)]
    public void ReadSchedule_OfARightOne_IsItsRule(string json, RetentionSpec? expected)
    {
        var (read, faults) = Read(json);

        Assert.Empty(faults);
        Assert.Equal(expected, read);
    }

    [Theory, MemberData(nameof(Wrong))]
    public void ReadSchedule_OfAWrongOne_NamesFieldValueAndWhatIsRight(string json, string said) =>
        Assert.StartsWith(said, Assert.Single(Read(json).Faults), StringComparison.Ordinal);

    [Theory]
    [InlineData("{}", null, null)]
    [InlineData("""{"retention":{"maxAge":"2d"}}""", 48, null)]
    [InlineData("""{"retention":{}}""", null, "retention.maxAge: is missing.")]
    [InlineData("""{"retention":{"maxAge":"2d","count":3}}""", 48, "retention.count: is not known; known here are maxAge.")]
    public void ReadBackup_OfItsOwnWish_IsAnAge(string json, int? hours, string? said)
    {
        var faults = new FaultList();

        var age = RetentionReader.ReadBackup(new(JsonSerializer.Deserialize<JsonElement>(json), "", "", faults));

        Assert.Equal(hours, (int?)age?.TotalHours);
        Assert.Equal(said, faults.All.SingleOrDefault());
    }

    private static (RetentionSpec? Read, IReadOnlyList<string> Faults) Read(string json)
    {
        var faults = new FaultList();
        return (RetentionReader.ReadSchedule(new(JsonSerializer.Deserialize<JsonElement>(json), "", "", faults), OfCluster), faults.All);
    }
}

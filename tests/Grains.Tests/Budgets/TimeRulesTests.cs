using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;
using CsCheck;

namespace ControlPlane.Grains.Tests.Budgets;

/// <summary>Windows and blackouts by the clocks of places, also on the nights when those are changed.</summary>
public sealed class TimeRulesTests
{
    private static readonly TimeWindow Nights = new() { From = new(22, 0, 0), To = new(6, 0, 0), TimeZone = "Europe/Prague" };

    private static readonly string[] Zones = ["UTC", "Europe/Prague", "Australia/Lord_Howe", "America/Sao_Paulo"];

    [Theory]
    [InlineData("2026-06-10T19:59:59Z", null)]
    [InlineData("2026-06-10T20:00:00Z", "2026-06-11T04:00:00Z")]
    [InlineData("2026-06-11T03:59:59Z", "2026-06-11T04:00:00Z")]
    [InlineData("2026-06-11T04:00:00Z", null)]
    [InlineData("2026-01-10T20:30:00Z", null)]
    [InlineData("2026-01-10T21:00:00Z", "2026-01-11T05:00:00Z")]
    // Shorter by the hour that is skipped, longer by the one that comes twice.
    [InlineData("2026-03-28T22:00:00Z", "2026-03-29T04:00:00Z")]
    [InlineData("2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z")]
    public void OnUntil_OverMidnightInPrague_GoesByTheClockThere(string now, string? until) => Assert.Equal(Instant(until), Nights.OnUntil(Instant(now)!.Value));

    [Theory]
    // 02:15 to 02:45 is skipped on the night to summer time: there is none of it.
    [InlineData("2:15", "2:45", "2026-03-29T00:59:00Z", null)]
    [InlineData("2:15", "2:45", "2026-03-29T01:00:00Z", null)]
    // 02:15 to 03:30 begins when the clock resumes, at three.
    [InlineData("2:15", "3:30", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("2:15", "3:30", "2026-03-29T00:59:59Z", null)]
    // 02:15 comes twice on the night to winter time, and the first counts; so does 02:45.
    [InlineData("2:15", "2:45", "2026-10-25T00:15:00Z", "2026-10-25T00:45:00Z")]
    [InlineData("2:15", "2:45", "2026-10-25T01:15:00Z", null)]
    [InlineData("2:15", "3:30", "2026-10-25T01:15:00Z", "2026-10-25T02:30:00Z")]
    public void OnUntil_OnANightWhenTheClockIsChanged_GoesAsSchedulesDo(string from, string to, string now, string? until)
    {
        var window = Nights with { From = TimeSpan.Parse(from, null), To = TimeSpan.Parse(to, null) };

        Assert.Equal(Instant(until), window.OnUntil(Instant(now)!.Value));
    }

    [Fact]
    public void OnUntil_OfAWindowFromATimeToTheSame_IsTheWholeDay()
    {
        var saturdays = new TimeWindow { Days = [DayOfWeek.Saturday], From = TimeSpan.Zero, To = TimeSpan.Zero };

        Assert.Equal(Instant("2026-11-29T00:00:00Z"), saturdays.OnUntil(Instant("2026-11-28T23:59:59Z")!.Value));
        Assert.Null(saturdays.OnUntil(Instant("2026-11-29T00:00:00Z")!.Value));
        Assert.Equal(Instant("2026-12-05T00:00:00Z"), saturdays.Next(Instant("2026-11-29T00:00:00Z")!.Value));
    }

    [Fact]
    public void Next_OfDaysWithinTwoInstants_LiesBetweenThem()
    {
        var window = Nights with { Days = [DayOfWeek.Monday], Start = Instant("2026-12-07T22:00:00Z"), End = Instant("2026-12-15T00:00:00Z") };

        // It is on already when the first instant comes.
        Assert.Equal(Instant("2026-12-07T22:00:00Z"), window.Next(Instant("2026-11-01T00:00:00Z")!.Value));
        Assert.Equal(Instant("2026-12-14T21:00:00Z"), window.Next(Instant("2026-12-08T12:00:00Z")!.Value));
        Assert.Equal(Instant("2026-12-15T00:00:00Z"), window.OnUntil(Instant("2026-12-14T21:30:00Z")!.Value));
        Assert.Null(window.Next(Instant("2026-12-15T00:00:00Z")!.Value));
    }

    [Theory]
    [InlineData(WorkKind.Scheduled, true)]
    [InlineData(WorkKind.Drill, true)]
    [InlineData(WorkKind.OnDemand, false)]
    [InlineData(WorkKind.Restore, false)]
    public void Judge_OutsideOfAllWindows_BindsWhatTheClockAsksFor(WorkKind kind, bool binds)
    {
        var objection = new TimeRules { Windows = [Nights] }.Judge(kind, Instant("2026-06-10T12:00:00Z")!.Value);

        Assert.Equal(binds ? (Reasons.OutsideWindow, Instant("2026-06-10T20:00:00Z")) : (null, null), (objection?.Reason, objection?.Until));
        Assert.Null(new TimeRules { Windows = [Nights] }.Judge(kind, Instant("2026-06-10T21:00:00Z")!.Value));
    }

    [Theory]
    [InlineData(false, WorkKind.Scheduled, true)]
    [InlineData(false, WorkKind.OnDemand, false)]
    [InlineData(true, WorkKind.OnDemand, true)]
    [InlineData(true, WorkKind.Restore, true)]
    public void Judge_InABlackout_BindsTheClockOrAll(bool all, WorkKind kind, bool binds)
    {
        var rules = new TimeRules { Blackouts = [new() { When = new() { Start = Instant("2026-12-24T12:00:00Z"), End = Instant("2026-12-27T06:00:00Z") }, BindsAll = all, Reason = "sales" }] };

        var objection = rules.Judge(kind, Instant("2026-12-25T00:00:00Z")!.Value);

        Assert.Equal(binds ? (Reasons.Blackout, Instant("2026-12-27T06:00:00Z")) : (null, null), (objection?.Reason, objection?.Until));
        Assert.True(!binds || objection!.Message.Contains("sales", StringComparison.Ordinal));
        Assert.Null(rules.Judge(kind, Instant("2026-12-27T06:00:00Z")!.Value));
        Assert.Equal(Instant("2026-12-24T12:00:00Z"), rules.NextChange(Instant("2026-12-01T00:00:00Z")!.Value));
    }

    [Fact]
    public void Next_OfAnyWindow_IsTheFirstInstantAtWhichItIsOn() => Gen.Select(Gen.Int[0, 1439], Gen.Int[0, 1439], Gen.Int[0, 127], Gen.Int[0, 3], Gen.Int[0, 527_039]).Sample((from, to, days, place, minute) =>
    {
        var window = new TimeWindow
        {
            From = TimeSpan.FromMinutes(from),
            To = TimeSpan.FromMinutes(to),
            TimeZone = Zones[place],
            Days = [.. Enum.GetValues<DayOfWeek>().Where(day => (days >> (int)day & 1) == 1)],
        };
        var now = Instant("2026-01-01T00:00:00Z")!.Value.AddMinutes(minute);
        if (window.OnUntil(now) is { } end)
        {
            Assert.NotNull(window.OnUntil(end.AddTicks(-1)));
            Assert.InRange(end - now, TimeSpan.FromTicks(1), TimeSpan.FromHours(25));
        }
        else if (window.Next(now) is { } next)
        {
            Assert.NotNull(window.OnUntil(next));
            for (var at = now; at < next; at = at.AddMinutes(7))
                Assert.Null(window.OnUntil(at));
        }
    }, iter: 2000);

    private static DateTimeOffset? Instant(string? text) => text is null ? null : DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

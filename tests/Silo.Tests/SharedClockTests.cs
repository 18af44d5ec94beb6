using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Silo.Tests;

public sealed class SharedClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider machine = new(Noon);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1.9, 0)]
    [InlineData(-1.9, 0)]
    [InlineData(2.1, 2.1)]
    [InlineData(-300, -300)]
    [InlineData(300, 300)]
    public async Task Set_ByTheDatabase_FollowsItBeyondWhatClocksDiffer(double database, double expected)
    {
        var clock = new SharedClock(machine);

        Assert.Equal(expected != 0, await AskAsync(clock, TimeSpan.FromSeconds(database)));
        Assert.Equal(Noon.AddSeconds(expected), clock.GetUtcNow());
    }

    [Fact]
    public async Task Set_OnceTheMachineIsRightAgain_IsTheMachinesTime()
    {
        var clock = new SharedClock(machine);
        await AskAsync(clock, TimeSpan.FromMinutes(-5));

        Assert.False(await AskAsync(clock, TimeSpan.FromMinutes(-5) + TimeSpan.FromSeconds(1)));
        Assert.True(await AskAsync(clock, TimeSpan.FromSeconds(0.5)));
        Assert.Equal(TimeSpan.Zero, clock.Offset);
    }

    [Fact]
    public async Task Set_ByAnAnswerThatTookLong_ChangesNothing()
    {
        var clock = new SharedClock(machine);

        Assert.False(await clock.SetAsync(
            _ =>
            {
                machine.Advance(TimeSpan.FromSeconds(3));
                return Task.FromResult<DateTimeOffset?>(Noon.AddHours(1));
            },
            CancellationToken.None));
        Assert.Equal(TimeSpan.Zero, clock.Offset);
    }

    [Fact]
    public async Task Set_ByAnAnswerOfHalfASecondAgo_AllowsForTheWay()
    {
        var clock = new SharedClock(machine);
        await clock.SetAsync(
            _ =>
            {
                machine.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult<DateTimeOffset?>(Noon.AddMinutes(5).AddSeconds(0.5));
            },
            CancellationToken.None);

        Assert.Equal(TimeSpan.FromMinutes(5), clock.Offset);
    }

    [Fact]
    public async Task Timers_OfAClockThatIsOff_GoByTheMachine()
    {
        var clock = new SharedClock(machine);
        await AskAsync(clock, TimeSpan.FromMinutes(5));
        var began = clock.GetTimestamp();
        var rang = false;
        await using var timer = clock.CreateTimer(_ => rang = true, null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);

        machine.Advance(TimeSpan.FromSeconds(9));
        Assert.False(rang);
        machine.Advance(TimeSpan.FromSeconds(1));
        Assert.True(rang);
        Assert.Equal(TimeSpan.FromSeconds(10), clock.GetElapsedTime(began));
    }

    private Task<bool> AskAsync(SharedClock clock, TimeSpan ahead) =>
        clock.SetAsync(_ => Task.FromResult<DateTimeOffset?>(machine.GetUtcNow() + ahead), CancellationToken.None);
}

namespace ControlPlane.Grains.Tests;

public sealed class ReminderTimeTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 10_000)]
    [InlineData(9_999, 10_000)]
    [InlineData(10_000, 10_000)]
    [InlineData(600_000_003, 600_010_000)]
    public void RoundUp_OfAWait_IsTheNextWholeMillisecond(long ticks, long expected) =>
        Assert.Equal(TimeSpan.FromTicks(expected), ReminderTime.RoundUp(TimeSpan.FromTicks(ticks)));
}

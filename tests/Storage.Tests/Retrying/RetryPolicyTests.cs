namespace ControlPlane.Storage.Tests;

public sealed class RetryPolicyTests
{
    private readonly ImpatientTime time = new();
    private readonly List<StoreRetry> retries = [];

    [Fact]
    public async Task RunAsync_AlwaysTransient_GrowsItsDelaysUpToTheLongest()
    {
        var settings = new RetrySettings { Attempts = 12, TotalTime = TimeSpan.FromDays(1) };

        await Assert.ThrowsAsync<ObjectStoreException>(() => RunAsync(settings, ObjectStoreFault.Transient));

        Assert.Equal(11, retries.Count);
        Assert.All(retries, retry => Assert.InRange(retry.Delay, TimeSpan.Zero, settings.LongestDelay));
        Assert.True(retries[^1].Delay > TimeSpan.FromSeconds(5), $"{retries[^1].Delay}");
    }

    [Fact]
    public async Task RunAsync_TotalTimeIsUp_EndsBeforeItsAttempts()
    {
        var settings = new RetrySettings { Attempts = 1000, TotalTime = TimeSpan.FromMinutes(5) };

        var trouble = await Assert.ThrowsAsync<ObjectStoreException>(() => RunAsync(settings, ObjectStoreFault.Transient));

        Assert.InRange(retries.Count, 20, 200);
        Assert.InRange(Waited, settings.TotalTime, settings.TotalTime + settings.LongestDelay);
        Assert.Contains("It was tried", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_TriesThatTakeLongBecauseBytesMoveSlowly_AreNotTakenForTimeLost()
    {
        var policy = new RetryPolicy(new RetrySettings(), time, retries.Add);

        await Assert.ThrowsAsync<ObjectStoreException>(() => policy.RunAsync(
            _ =>
            {
                time.Advance(TimeSpan.FromMinutes(17));
                return Throw(ObjectStoreFault.Transient);
            },
            TestContext.Current.CancellationToken));

        // Each counts for a minute of the five.
        Assert.Equal(4, retries.Count);
    }

    [Theory]
    [InlineData(ObjectStoreFault.Transient, 2)]
    [InlineData(ObjectStoreFault.Corrupted, 2)]
    [InlineData(ObjectStoreFault.Denied, 0)]
    [InlineData(ObjectStoreFault.NoBucket, 0)]
    [InlineData(ObjectStoreFault.NotFound, 0)]
    [InlineData(ObjectStoreFault.Exists, 0)]
    [InlineData(ObjectStoreFault.Refused, 0)]
    public async Task RunAsync_FaultOfAKind_IsTriedAgainOrNot(ObjectStoreFault fault, int again)
    {
        await Assert.ThrowsAsync<ObjectStoreException>(() => RunAsync(new RetrySettings { Attempts = 3 }, fault));

        Assert.Equal(again, retries.Count);
    }

    [Fact]
    public async Task RunAsync_OneAttempt_IsOne()
    {
        await Assert.ThrowsAsync<ObjectStoreException>(() => RunAsync(new RetrySettings { Attempts = 1 }, ObjectStoreFault.Transient));

        Assert.Empty(retries);
    }

    [Fact]
    public async Task RunAsync_GivenUpWhileItWaits_EndsAtOnce()
    {
        using var giveUp = new CancellationTokenSource();
        var policy = new RetryPolicy(new RetrySettings(), time, _ => giveUp.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => policy.RunAsync(_ => Throw(ObjectStoreFault.Transient), giveUp.Token));
    }

    [Fact]
    public async Task RunAsync_MistakeOfOurs_IsNotTriedAgain()
    {
        var policy = new RetryPolicy(new RetrySettings(), time, retries.Add);

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => policy.RunAsync(_ => throw new InvalidOperationException("ours"), CancellationToken.None));

        Assert.Empty(retries);
    }

    private TimeSpan Waited => retries.Aggregate(TimeSpan.Zero, (sum, retry) => sum + retry.Delay);

    private static Task Throw(ObjectStoreFault fault) => throw new ObjectStoreException(fault, "Cannot do it.");

    private Task RunAsync(RetrySettings settings, ObjectStoreFault fault) =>
        new RetryPolicy(settings, time, retries.Add).RunAsync(_ => Throw(fault), TestContext.Current.CancellationToken);

    /// <summary>A clock on which every wait is over at once, and has taken its time.</summary>
    private sealed class ImpatientTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan span) => Interlocked.Add(ref ticks, span.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Add(ref ticks, dueTime.Ticks);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}

using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Storage;
using ControlPlane.Testing;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Sidecar.Tests.Runner.Flow;

public sealed class UploadLimitTests : IDisposable
{
    private const int MiB = 1 << 20;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly FakeTimeProvider time = new();
    private readonly CancellationTokenSource stop = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => stop.Dispose();

    [Theory]
    [InlineData(64 * 1024, 1)]
    [InlineData(64 * 1024, 4)]
    [InlineData(1_000_003, 3)]
    [InlineData(50 * MiB, 4)]
    [InlineData(3L << 30, 16)]
    public void TakeAsync_OverMinutes_GrantsWhatTheRateSays(long rate, int count)
    {
        using var limit = new UploadLimit(time, rate);
        var connections = Open(limit, count);

        Advance(TimeSpan.FromMinutes(2), connections);

        // A block more may be saved up, or on its way.
        Assert.InRange(Sent(connections), (rate * 120) - (512 * 1024), rate * 120);
    }

    [Fact]
    public void TakeAsync_AfterAnHourOfSilence_SendsOneSecondsWorthAtOnceAndNoMore()
    {
        using var limit = new UploadLimit(time, MiB);
        var connections = Open(limit, 4);
        time.Advance(TimeSpan.FromHours(1));

        Ask(connections);
        Assert.Equal(MiB, Sent(connections));

        Advance(TimeSpan.FromSeconds(10), connections);
        Assert.InRange(Sent(connections), (11 * MiB) - (32 * 1024), 11 * MiB);
    }

    [Fact]
    public void TakeAsync_OfManyConnections_GrantsEachTheSameAndKeepsAllOfThemMoving()
    {
        using var limit = new UploadLimit(time, 64 * 1024);
        var connections = Open(limit, 16);

        for (var seconds = 0; seconds < 60; seconds += 2)
        {
            var before = connections.Select(each => each.Sent).ToList();
            Advance(TimeSpan.FromSeconds(2), connections);
            Assert.All(connections.Zip(before), pair => Assert.True(pair.First.Sent > pair.Second, "a connection stood still for two seconds"));
        }

        Assert.InRange(connections.Max(each => each.Sent) - connections.Min(each => each.Sent), 0, 4 * 1024);
    }

    [Fact]
    public void BytesPerSecond_LoweredAndRaisedWhileSomebodyWaits_CountsAtOnce()
    {
        using var limit = new UploadLimit(time, 10 * MiB);
        var connections = Open(limit, 4);
        Advance(TimeSpan.FromSeconds(10), connections);

        limit.BytesPerSecond = MiB;
        var before = Sent(connections);
        Advance(TimeSpan.FromSeconds(10), connections);
        Assert.InRange(Sent(connections) - before, 9 * MiB, 11 * MiB);

        limit.BytesPerSecond = 100 * MiB;
        before = Sent(connections);
        Advance(TimeSpan.FromSeconds(1), connections);
        Assert.InRange(Sent(connections) - before, 98L * MiB, 102L * MiB);
    }

    [Fact]
    public async Task BytesPerSecond_TakenAwayWhileSomebodyWaits_LetsAllGo()
    {
        using var limit = new UploadLimit(time, 64 * 1024);
        var waiting = Enumerable.Range(0, 3).Select(_ => limit.TakeAsync(9 * MiB, Token).AsTask()).ToList();
        Assert.All(waiting, each => Assert.False(each.IsCompleted));

        limit.BytesPerSecond = null;

        Assert.All(await Task.WhenAll(waiting), count => Assert.Equal(9 * MiB, count));
        Assert.Equal(9 * MiB, await limit.TakeAsync(9 * MiB, Token));
        Assert.Null(limit.BytesPerSecond);
    }

    [Fact]
    public async Task BytesPerSecond_SetWhereThereWasNone_BeginsWithNothingSavedUp()
    {
        using var limit = new UploadLimit(time);
        Assert.Equal(int.MaxValue, await limit.TakeAsync(int.MaxValue, Token));
        time.Advance(TimeSpan.FromHours(1));

        limit.BytesPerSecond = MiB;

        Assert.False(limit.TakeAsync(MiB, stop.Token).AsTask().IsCompleted);
        await stop.CancelAsync();
    }

    [Fact]
    public async Task TakeAsync_GivenUp_EndsAtOnceAndLeavesItsTurnToTheNext()
    {
        using var limit = new UploadLimit(time, 64 * 1024);
        var first = limit.TakeAsync(MiB, stop.Token).AsTask();
        var second = limit.TakeAsync(MiB, Token).AsTask();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await limit.TakeAsync(1, stop.Token));
        time.Advance(TimeSpan.FromMilliseconds(63));

        Assert.Equal(4096, await second);
    }

    [Fact]
    public async Task TakeAsync_OnTheWayToARealStore_HoldsItsBytesBackUntilTheLimitIsTakenAway()
    {
        using var limit = new UploadLimit(time, MiB);
        var store = ObjectStores.OpenS3(DevelopmentStore.Find().Settings($"sidecar-tests/{Guid.NewGuid():N}") with { Pace = limit.TakeAsync }, TimeProvider.System);
        var putting = store.PutAsync("paced", new byte[4 * MiB], PutCondition.None, Token);

        // Three seconds let three MiB go at the most, however fast the store is.
        for (var gone = TimeSpan.Zero; gone < TimeSpan.FromSeconds(3); gone += Step)
        {
            time.Advance(Step);
            await Task.Yield();
        }

        Assert.False(putting.IsCompleted);
        limit.BytesPerSecond = null;
        await putting;
        await store.DeleteAsync(["paced"], Token);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task BytesPerSecond_ThatIsNone_IsRefused(long rate)
    {
        using var limit = new UploadLimit(time);
        Assert.Throws<ArgumentOutOfRangeException>(() => limit.BytesPerSecond = rate);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await limit.TakeAsync((int)rate, Token));
    }

    /// <summary>Goes through the time in small steps; at each, every connection asks again as soon as it was granted something.</summary>
    private void Advance(TimeSpan span, Connection[] connections)
    {
        Ask(connections);
        for (var gone = TimeSpan.Zero; gone < span; gone += Step)
        {
            time.Advance(Step);
            Ask(connections);
        }
    }

    private static void Ask(Connection[] connections)
    {
        while (connections.Aggregate(false, (any, each) => each.AskAgain() || any))
        {
        }
    }

    private static Connection[] Open(UploadLimit limit, int connections) => [.. Enumerable.Range(0, connections).Select(_ => new Connection(limit))];

    private static long Sent(Connection[] connections) => connections.Sum(each => each.Sent);

    private sealed class Connection(UploadLimit limit)
    {
        private Task<int>? asking;

        internal long Sent { get; private set; }

        internal bool AskAgain()
        {
            if (asking is { IsCompleted: false })
                return false;
            Sent += asking?.Result ?? 0;
            asking = limit.TakeAsync(512 * 1024, Token).AsTask();
            return true;
        }
    }
}

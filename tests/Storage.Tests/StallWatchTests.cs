using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Storage.Tests;

public sealed class StallWatchTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Token_WhenNothingMoves_EndsTheRequest()
    {
        using var watch = new StallWatch(Limit, time, CancellationToken.None);

        time.Advance(Limit);

        Assert.True(watch.Token.IsCancellationRequested);
        Assert.True(watch.HasStalled);
        Assert.Equal("let nothing move for 60 s", watch.Trouble);
    }

    [Fact]
    public void Token_WhenAByteMovesNowAndThen_EndsTheRequestInTheEnd()
    {
        using var watch = new StallWatch(Limit, time, CancellationToken.None);

        for (var passed = TimeSpan.Zero; passed < StallWatch.LongestRequest; passed += Limit / 2)
        {
            Assert.False(watch.Token.IsCancellationRequested);
            watch.Progress();
            time.Advance(Limit / 2);
        }

        Assert.True(watch.HasStalled);
        Assert.Equal("took longer than 60 min for one request", watch.Trouble);
    }

    [Fact]
    public void HasStalled_WhenTheCallerGaveUp_IsFalse()
    {
        using var stop = new CancellationTokenSource();
        using var watch = new StallWatch(Limit, time, stop.Token);

        stop.Cancel();

        Assert.True(watch.Token.IsCancellationRequested);
        Assert.False(watch.HasStalled);
    }

    [Fact]
    public async Task Token_WhileTheCallersOwnPaceHoldsBytesBack_EndsNothing()
    {
        var turn = new TaskCompletionSource<int>();
        using var watch = new StallWatch(Limit, time, CancellationToken.None, (_, _) => new ValueTask<int>(turn.Task));

        for (var passed = TimeSpan.Zero; passed < 3 * StallWatch.LongestRequest; passed += StallWatch.LongestRequest / 3)
        {
            var waiting = watch.PaceAsync(100).AsTask();
            time.Advance(StallWatch.LongestRequest / 3);
            turn.SetResult(1);
            Assert.Equal(1, await waiting);
            turn = new TaskCompletionSource<int>();
        }

        Assert.False(watch.Token.IsCancellationRequested);
        time.Advance(Limit);
        Assert.True(watch.HasStalled);
    }
}

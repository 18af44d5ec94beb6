namespace ControlPlane.Operator.Tests;

public sealed class KeyedQueueTests
{
    [Fact]
    public async Task RunAsync_ManyWordsOnOneKey_WorksOneAtATimeAndEndsWithTheNewest()
    {
        var queue = new KeyedQueue<string, int>(_ => new("berlin"), 4);
        using var end = new CancellationTokenSource();
        var (active, most, last) = (0, 0, 0);
        var done = new TaskCompletionSource();
        var run = queue.RunAsync(async (_, work, token) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref active));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, token);
            Interlocked.Decrement(ref active);
            last = work;
            if (work == 100)
                done.SetResult();
        }, end.Token);

        for (var word = 1; word <= 100; word++)
        {
            queue.Add("orders", word);
            await Task.Yield();
        }
        await done.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.Equal((1, 100), (most, last));
    }

    [Fact]
    public async Task RunAsync_SeveralKeys_WorksOnThemAtTheSameTime()
    {
        var queue = new KeyedQueue<int, int>(_ => new("berlin"), 2);
        using var end = new CancellationTokenSource();
        using var both = new CountdownEvent(2);
        var met = new TaskCompletionSource();
        queue.Add(1, 1);
        queue.Add(2, 2);

        var run = queue.RunAsync(async (_, _, _) =>
        {
            if (both.Signal())
                met.SetResult();
            await met.Task;
        }, end.Token);

        await met.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task RunAsync_OneMemberHangs_WorksForTheOthersAndNoMoreThanItsShareHangs()
    {
        var queue = new KeyedQueue<(string Member, int Key), int>(key => new(key.Member), 2);
        using var end = new CancellationTokenSource();
        using var done = new CountdownEvent(50);
        var hanging = 0;
        var run = queue.RunAsync(async (key, _, token) =>
        {
            if (key.Member == "slow")
            {
                Interlocked.Increment(ref hanging);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }
            done.Signal();
        }, end.Token);

        for (var key = 0; key < 50; key++)
        {
            queue.Add(("slow", key), 0);
            queue.Add(("quick", key), 0);
        }
        Assert.True(done.Wait(TimeSpan.FromMinutes(1), CancellationToken.None));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.Equal(2, hanging);
    }
}

using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.Watching;

public sealed class ChangeQueueTests : IAsyncDisposable
{
    private readonly RecordingHandler handler = new();
    private readonly CancellationTokenSource stop = new();
    private readonly WatchOptions options = new() { Handlers = 4, LongestQueue = 10, LongestPause = TimeSpan.FromMilliseconds(50) };
    private readonly List<Task> work = [];
    private ChangeQueue? queue;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(work).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        queue?.Dispose();
        stop.Dispose();
    }

    [Fact]
    public async Task Add_WhileAStateWaits_ReplacesItAndKeepsWhatWasBefore()
    {
        var held = new TaskCompletionSource();
        handler.First = (_, _) => held.Task;
        var changes = Start();
        await changes.AddAsync(State("a", 1, before: null), stop.Token);
        await handler.UntilAsync(_ => Handling == 1, "the first at work");

        await changes.AddAsync(State("a", 2, before: "1"), stop.Token);
        await changes.AddAsync(State("a", 3, before: "2"), stop.Token);
        await changes.AddAsync(Gone("a"), stop.Token);
        held.SetResult();

        await handler.UntilAsync(seen => seen.Changes.Count == 3, "three changes");
        Assert.Equal([(null, "1"), ("1", "3"), (null, null)], handler.Changes.Select(change => (change.Before, change.Resource?.Header.ResourceVersion)));
    }

    [Fact]
    public async Task Handle_ThatFails_IsTriedAgainAndKeepsNobodyWaiting()
    {
        var failures = 0;
        handler.First = (change, _) => change.Name == "bad" && Interlocked.Increment(ref failures) < 4 ? throw new TimeoutException("The silo did not answer.") : Task.CompletedTask;
        var changes = Start();

        await changes.AddAsync(State("bad", 1), stop.Token);
        for (var i = 0; i < 20; i++)
            await changes.AddAsync(State($"good-{i}", 1), stop.Token);

        await handler.UntilAsync(seen => seen.Changes.Count == 21, "all");
        Assert.Equal(4, failures);
        Assert.Equal("bad", handler.Changes[^1].Name);
    }

    [Fact]
    public async Task Listed_IsSettled_OnceAllThatWaitedWasTried()
    {
        var held = new TaskCompletionSource();
        handler.First = async (change, _) =>
        {
            if (change.Name == "slow")
                await held.Task;
            if (change.Name == "bad")
                throw new TimeoutException("The silo did not answer.");
        };
        var changes = Start();
        changes.Listed(new(MemberKey.Local), "empty");
        foreach (var name in new[] { "slow", "bad", "good" })
            await changes.AddAsync(State(name, 1), stop.Token);
        changes.Listed(new(MemberKey.Local), "one");
        await changes.AddAsync(State("later", 1), stop.Token);
        await handler.UntilAsync(seen => seen.Changes.Count == 2, "all but two");
        Assert.Equal([(0, "empty")], handler.Lists);

        held.SetResult();

        await handler.UntilAsync(seen => seen.Lists.Count == 2, "the list");
        Assert.Equal((3, "one"), handler.Lists.Last());
    }

    [Fact]
    public async Task Handle_ThatFailedBeforeNewsCame_TakesTheNewsWithWhatWasBefore()
    {
        var failed = false;
        handler.First = async (change, _) =>
        {
            if (failed)
                return;
            failed = true;
            await queue!.AddAsync(State("a", 2, before: "1"), stop.Token);
            throw new TimeoutException("The silo did not answer.");
        };

        await Start().AddAsync(State("a", 1, before: null), stop.Token);

        await handler.UntilAsync(seen => seen.Changes.Count == 1, "the newer state");
        Assert.Equal((null, "2"), (handler.Changes[0].Before, handler.Changes[0].Resource!.Header.ResourceVersion));
    }

    [Fact]
    public async Task Handle_OfOneResource_KeepsTheOrderAndIsNeverDoubledInTime()
    {
        var (atOnce, most, chance) = (0, 0, new Random(7));
        var busy = new HashSet<string>();
        handler.First = async (change, token) =>
        {
            lock (busy)
            {
                Assert.True(busy.Add(change.Name));
                most = Math.Max(most, ++atOnce);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(3)), TimeProvider.System, token);
            lock (busy)
            {
                busy.Remove(change.Name);
                atOnce--;
            }
        };
        var changes = Start();

        for (var i = 1; i <= 600; i++)
            await changes.AddAsync(State($"thing-{i % 7}", i), stop.Token);

        await handler.UntilAsync(seen => Enumerable.Range(594, 7).All(last => seen.Changes.Any(change => change.Resource!.Header.Generation == last)), "the last of each");
        foreach (var group in handler.Changes.GroupBy(change => change.Name))
            Assert.Equal(group.Select(change => change.Resource!.Header.Generation).Order(), group.Select(change => change.Resource!.Header.Generation));
        Assert.InRange(most, 2, 4);
    }

    [Fact]
    public async Task Add_WhenTooManyWait_WaitsForRoom()
    {
        var held = new TaskCompletionSource();
        handler.First = (_, _) => held.Task;
        var changes = Start();
        for (var i = 0; i < 10; i++)
            await changes.AddAsync(State($"thing-{i}", 1), stop.Token);

        var eleventh = changes.AddAsync(State("thing-10", 1), stop.Token);
        await changes.AddAsync(State("thing-9", 2), stop.Token);
        Assert.False(eleventh.IsCompleted);
        held.SetResult();

        await eleventh;
        await handler.UntilAsync(seen => seen.State().Count == 11, "all");
    }

    private int Handling => handlingCount;

    private int handlingCount;

    private ChangeQueue Start()
    {
        var first = handler.First;
        handler.First = async (change, token) =>
        {
            Interlocked.Increment(ref handlingCount);
            await first(change, token);
        };
        queue = new(handler, options, TimeProvider.System, NullLogger.Instance);
        work.Add(queue.RunAsync(stop.Token));
        return queue;
    }

    private static ResourceChange State(string name, long version, string? before = null) => Gone(name) with
    {
        Resource = new(new ResourceHeader { Namespace = "shop", Name = name, Uid = name, ResourceVersion = $"{version}", Generation = version }, default),
        Before = before,
    };

    private static ResourceChange Gone(string name) => new() { Member = new MemberKey(MemberKey.Local), Namespace = "shop", Name = name, Uid = name };
}

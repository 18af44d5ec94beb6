using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator;

/// <summary>
/// Work in the background, one at a time for each key, and a bounded number at a time for each member, so that a slow one keeps no other waiting. What
/// is asked again while it waits replaces what waited: the newest word counts, so the queue is never longer than there are keys.
/// </summary>
/// <param name="memberOf">The member that a key is of.</param>
/// <param name="workers">How many at a time for each.</param>
internal sealed class KeyedQueue<TKey, TWork>(Func<TKey, MemberKey> memberOf, int workers)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, TWork> waiting = [];
    private readonly HashSet<TKey> active = [];
    private readonly Dictionary<MemberKey, Lane> lanes = [];
    private Func<TKey, TWork, CancellationToken, Task>? doing;
    private CancellationToken stop;
    private TaskCompletionSource? ended;

    public void Add(TKey key, TWork work)
    {
        lock (gate)
        {
            var known = waiting.ContainsKey(key);
            waiting[key] = work;
            if (known || active.Contains(key))
                return;
            Enqueue(key);
        }
    }

    /// <summary>Works until it is told to stop, and then until what is at work has ended. <paramref name="work"/> must not throw.</summary>
    public async Task RunAsync(Func<TKey, TWork, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            (doing, stop) = (work, cancellationToken);
            foreach (var lane in lanes.Values)
                Start(lane);
        }
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        finally
        {
            lock (gate)
            {
                doing = null;
                if (active.Count == 0)
                    ended.TrySetResult();
            }
            await ended.Task;
        }
    }

    private void Enqueue(TKey key)
    {
        var member = memberOf(key);
        if (!lanes.TryGetValue(member, out var lane))
            lanes[member] = lane = new(member);
        lane.Due.Enqueue(key);
        Start(lane);
    }

    private void Start(Lane lane)
    {
        // Who is told to stop ends at once, and makes room in which nothing is to begin any more.
        while (doing is not null && !stop.IsCancellationRequested && lane.Active < workers && lane.Due.TryDequeue(out var key))
        {
            lane.Active++;
            active.Add(key);
            waiting.Remove(key, out var work);

            // It outlives the call that asked for it, and must carry neither its scheduler nor its context.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(() => WorkAsync(lane, key, work!), CancellationToken.None);
        }
    }

    private async Task WorkAsync(Lane lane, TKey key, TWork work)
    {
        try
        {
            if (doing is { } act)
                await act(key, work, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It was told to stop.
        }
        finally
        {
            Return(lane, key);
        }
    }

    private void Return(Lane lane, TKey key)
    {
        lock (gate)
        {
            active.Remove(key);
            lane.Active--;
            if (waiting.ContainsKey(key))
                lane.Due.Enqueue(key);
            Start(lane);
            if (lane is { Active: 0, Due.Count: 0 })
                lanes.Remove(lane.Member);
            if (doing is null && active.Count == 0)
                ended?.TrySetResult();
        }
    }

    private sealed class Lane(MemberKey member)
    {
        public MemberKey Member => member;

        public Queue<TKey> Due { get; } = new();

        public int Active { get; set; }
    }
}

using System.Threading.Channels;
using ControlPlane.Abstractions.Members;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Hands the changes of one kind to its handler: in order for each resource, several resources at a time, again and again where the
/// handler fails, and without one resource keeping another waiting. A state that was not handled yet is replaced by a newer one.
/// </summary>
internal sealed partial class ChangeQueue(IResourceHandler handler, WatchOptions options, TimeProvider time, ILogger logger) : IChangeSink, IDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Namespace, string Name), Lane> lanes = [];
    private readonly Channel<Lane> due = Channel.CreateUnbounded<Lane>();
    private readonly SemaphoreSlim room = new(options.LongestQueue);
    private (MemberKey Member, string Version) listed;
    private int awaited;

    /// <summary>Takes a change; waits while too many resources wait. For one caller at a time.</summary>
    public async Task AddAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        if (Join(change, open: false))
            return;
        await room.WaitAsync(cancellationToken);
        if (Join(change, open: true))
            return;
        throw new InvalidOperationException("A lane that was opened took no change.");
    }

    /// <summary>The handler hears of it once what waits by now was handled, or tried: one resource that cannot be handled holds up nothing.</summary>
    public void Listed(MemberKey member, string version)
    {
        lock (gate)
        {
            foreach (var lane in lanes.Values)
                lane.Awaited = true;
            (listed, awaited) = ((member, version), lanes.Count);
            if (awaited > 0)
                return;
        }

        handler.Settled(member, version);
    }

    /// <summary>Handles what comes until it is told to stop.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        due.Reader.ReadAllAsync(cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = options.Handlers, CancellationToken = cancellationToken },
        async (lane, token) => await HandleAsync(lane, token));

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var lane in lanes.Values)
                lane.Pause?.Dispose();
            lanes.Clear();
        }
        room.Dispose();
    }

    private bool Join(ResourceChange change, bool open)
    {
        lock (gate)
        {
            if (!lanes.TryGetValue(change.Key, out var lane))
            {
                if (!open)
                    return false;
                lanes[change.Key] = lane = new(new(ShortestPause, options.LongestPause, Random.Shared));
                due.Writer.TryWrite(lane);
            }
            else if (open)
            {
                room.Release();
            }
            if (lane.Waiting.Last is { Value: var last } && Replaces(change, last))
            {
                lane.Waiting.RemoveLast();
                change = change with { Before = last.Before };
            }
            lane.Waiting.AddLast(change);
            return true;
        }
    }

    private async Task HandleAsync(Lane lane, CancellationToken cancellationToken)
    {
        ResourceChange change;
        lock (gate)
        {
            change = lane.Waiting.First!.Value;
            lane.Waiting.RemoveFirst();
        }
        try
        {
            await handler.HandleAsync(change, cancellationToken);
            Settle(change, lane);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception trouble)
        {
            LogHandlingFailed(trouble, handler.Kind, change.Namespace, change.Name);
            Retry(change, lane);
        }
    }

    private void Settle(ResourceChange change, Lane lane)
    {
        (MemberKey Member, string Version)? settled;
        lock (gate)
        {
            lane.Backoff.Reset();
            if (lane.Waiting.Count > 0)
            {
                due.Writer.TryWrite(lane);
                return;
            }
            lanes.Remove(change.Key);
            room.Release();
            settled = TakeSettled(lane);
        }

        if (settled is var (member, version))
            handler.Settled(member, version);
    }

    private void Retry(ResourceChange change, Lane lane)
    {
        (MemberKey Member, string Version)? settled;
        lock (gate)
        {
            if (lane.Waiting.First is { Value: var next } && Replaces(next, change))
                lane.Waiting.First.Value = next with { Before = change.Before };
            else
                lane.Waiting.AddFirst(change);
            lane.Pause?.Dispose();
            lane.Pause = time.CreateTimer(_ => due.Writer.TryWrite(lane), null, lane.Backoff.Next(), Timeout.InfiniteTimeSpan);
            settled = TakeSettled(lane);
        }

        if (settled is var (member, version))
            handler.Settled(member, version);
    }

    // The list that is settled with this lane, the last that it waited for.
    private (MemberKey Member, string Version)? TakeSettled(Lane lane)
    {
        if (!lane.Awaited)
            return null;
        lane.Awaited = false;
        return --awaited == 0 ? listed : null;
    }

    // Only the newest state of a resource counts. That it is gone is another piece of news: its last state may have been the one that mattered.
    private static bool Replaces(ResourceChange later, ResourceChange earlier) =>
        later.Resource is not null && earlier.Resource is not null && later.Uid == earlier.Uid;

    [LoggerMessage(2101, LogLevel.Warning, "A change of {Kind} {Namespace}/{Name} could not be handed on, and is tried again")]
    private partial void LogHandlingFailed(Exception trouble, string kind, string @namespace, string name);

    /// <summary>The changes of one resource. While it is due, being handled or pausing, it stands in the table.</summary>
    private sealed class Lane(Backoff backoff)
    {
        public LinkedList<ResourceChange> Waiting { get; } = [];

        public Backoff Backoff { get; } = backoff;

        /// <summary>Whether a list waits for it: see <see cref="Listed"/>.</summary>
        public bool Awaited { get; set; }

        public ITimer? Pause { get; set; }
    }
}

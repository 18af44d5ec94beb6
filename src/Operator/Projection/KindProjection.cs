using System.Threading.Channels;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Projection;

/// <summary>
/// Takes what one watch sees to the read model: of each resource the newest state, many at a time. It may fall behind and never keeps its watch
/// waiting for long: what it cannot keep it gives up as a whole, and the next complete list brings all of it.
/// </summary>
internal sealed partial class KindProjection(MemberKey member, RowKind kind, IFleetView view, ProjectionOptions options, TimeProvider time, ILogger logger)
{
    private readonly Lock gate = new();
    private readonly Channel<bool> due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Dictionary<(string Namespace, string Name), Pending> waiting = [];
    private TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Standing standing;
    private long? claim;
    private DateTimeOffset? listed;
    private bool replaces;
    private int life;

    private enum Standing
    {
        /// <summary>What comes is left out until the next complete list.</summary>
        Torn,

        /// <summary>A complete list is being read, all of which is taken.</summary>
        Listing,

        /// <summary>The read model has, or will have once what waits is written, all that the watch saw.</summary>
        Following,
    }

    /// <summary>The kind.</summary>
    public RowKind Kind => kind;

    /// <summary>A complete list begins. Answers whether all of it is to be handed over, or only what is new.</summary>
    public bool BeginList()
    {
        lock (gate)
        {
            if (standing == Standing.Torn)
                (standing, claim, waiting, listed) = (Standing.Listing, null, [], null);
            return standing == Standing.Listing;
        }
    }

    /// <summary>It was read to its end.</summary>
    public void EndList()
    {
        lock (gate)
        {
            if (standing == Standing.Torn)
                return;
            (listed, replaces) = (time.GetUtcNow(), replaces || standing == Standing.Listing);
            standing = Standing.Following;
        }

        Wake();
    }

    /// <summary>A resource as it is.</summary>
    public ValueTask TakeAsync(FleetRow row, CancellationToken cancellationToken) => AddAsync((row.Namespace, row.Name), new(row, null), cancellationToken);

    /// <summary>A resource that went.</summary>
    public ValueTask LoseAsync(string @namespace, string name, string uid, CancellationToken cancellationToken) =>
        AddAsync((@namespace, name), new(null, new(@namespace, name, uid)), cancellationToken);

    /// <summary>Writes what comes until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = options.ShortestPause;
        while (true)
        {
            await due.Reader.ReadAsync(cancellationToken);

            // What comes together is written together.
            await Task.Delay(options.Linger, time, cancellationToken);
            while (Take() is var (batch, taken))
            {
                try
                {
                    await WriteAsync(batch, taken, cancellationToken);
                    pause = options.ShortestPause;
                }
                catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
                {
                    LogNotWritten(trouble, kind, member, pause);
                    PutBack(batch, taken);
                    await Task.Delay(pause, time, cancellationToken);
                    pause = pause * 2 < options.LongestPause ? pause * 2 : options.LongestPause;
                }
            }
        }
    }

    private async ValueTask AddAsync((string, string) key, Pending change, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task full;
            lock (gate)
            {
                if (standing == Standing.Torn)
                    return;
                if (waiting.Count < options.LongestQueue || waiting.ContainsKey(key))
                {
                    waiting[key] = change;
                    break;
                }

                full = room.Task;
            }

            try
            {
                await full.WaitAsync(options.LongestWait, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                Tear();
                LogTorn(kind, member, options.LongestWait);
                return;
            }
        }

        Wake();
    }

    private async Task WriteAsync(FleetBatch batch, int taken, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.WriteLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        long held;
        lock (gate)
            held = claim ?? 0;
        if (held == 0)
        {
            held = await view.ClaimAsync(member, kind, both.Token);
            lock (gate)
                claim = life == taken ? held : claim;
        }

        if (!await view.WriteAsync(batch with { Claim = held }, both.Token))
        {
            // Another silo watches the member by now, and this one is about to hear of it.
            Tear();
            LogSuperseded(kind, member);
        }
    }

    private (FleetBatch Batch, int Life)? Take()
    {
        lock (gate)
        {
            if (standing == Standing.Torn || (waiting.Count == 0 && listed is null))
                return null;
            var part = waiting.Take(FleetBatch.Most).ToList();
            foreach (var (key, _) in part)
                waiting.Remove(key);
            room.TrySetResult();
            room = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var batch = new FleetBatch
            {
                Member = member,
                Kind = kind,
                Claim = 0,
                Time = time.GetUtcNow(),
                Rows = [.. part.Select(change => change.Value.Row).OfType<FleetRow>()],
                Gone = [.. part.Select(change => change.Value.Gone).OfType<FleetGone>()],

                // Only once all of it is written.
                Synced = waiting.Count == 0 ? listed : null,
                Replaces = waiting.Count == 0 && replaces,
            };
            if (waiting.Count == 0)
                (listed, replaces) = (null, false);
            return (batch, life);
        }
    }

    // What came meanwhile is newer; and what was given up is not brought back beside the list that replaces it.
    private void PutBack(FleetBatch batch, int taken)
    {
        lock (gate)
        {
            if (life != taken)
                return;
            foreach (var row in batch.Rows)
                waiting.TryAdd((row.Namespace, row.Name), new(row, null));
            foreach (var gone in batch.Gone)
                waiting.TryAdd((gone.Namespace, gone.Name), new(null, gone));
            (listed, replaces) = (listed ?? batch.Synced, replaces || batch.Replaces);
        }
    }

    private void Tear()
    {
        lock (gate)
            (standing, claim, waiting, listed, replaces, life) = (Standing.Torn, null, [], null, false, life + 1);
    }

    private void Wake() => due.Writer.TryWrite(true);

    [LoggerMessage(2131, LogLevel.Warning, "What the watch saw of {Kind} of member {Member} could not be written to the read model; it is tried again in {Pause}")]
    private partial void LogNotWritten(Exception trouble, RowKind kind, MemberKey member, TimeSpan pause);

    [LoggerMessage(2132, LogLevel.Warning, "The read model took no {Kind} of member {Member} for {Wait}; it is left out of account until the next complete list")]
    private partial void LogTorn(RowKind kind, MemberKey member, TimeSpan wait);

    [LoggerMessage(2133, LogLevel.Information, "Another silo writes {Kind} of member {Member} to the read model now")]
    private partial void LogSuperseded(RowKind kind, MemberKey member);

    /// <summary>The newest that is known of a resource.</summary>
    private sealed record Pending(FleetRow? Row, FleetGone? Gone);
}

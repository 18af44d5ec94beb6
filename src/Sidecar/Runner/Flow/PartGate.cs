using System.Diagnostics;

namespace ControlPlane.Sidecar.Runner.Flow;

/// <summary>Lets parts onto their way, as many at a time as the planner has it, and measures what becomes of them.</summary>
internal sealed class PartGate(ParallelismPlanner planner, TransferMeter meter, TimeProvider time)
{
    /// <summary>Shorter ones would measure the moment.</summary>
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(1);

    /// <summary>A window has to see each place used so often.</summary>
    private const int TurnsAPlace = 2;

    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource> waiting = [];
    private int onTheirWay;
    private long began = time.GetTimestamp();
    private int parts;
    private long bytes;
    private long waits;
    private int refusedBefore = meter.RequestsRepeated;

    /// <summary>The limit of this moment.</summary>
    internal int Limit
    {
        get
        {
            lock (gate)
                return planner.Limit;
        }
    }

    /// <summary>Waits for a place.</summary>
    internal async Task EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (gate)
        {
            if (onTheirWay < planner.Limit)
            {
                onTheirWay++;
                return;
            }

            waits++;
            turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue(turn);
        }

        await using var registration = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
        await turn.Task;
    }

    /// <summary>Gives the place back.</summary>
    /// <param name="arrived">How many bytes the store took; 0 when it did not.</param>
    internal void Leave(int arrived)
    {
        lock (gate)
        {
            onTheirWay--;
            (parts, bytes) = (parts + (arrived > 0 ? 1 : 0), bytes + arrived);
            Measure();
            while (onTheirWay < planner.Limit && waiting.TryDequeue(out var turn))
            {
                if (turn.TrySetResult())
                    onTheirWay++;
            }

            Debug.Assert(onTheirWay >= 0, "A place is given back once.");
        }
    }

    private void Measure()
    {
        var (now, repeated) = (time.GetTimestamp(), meter.RequestsRepeated);
        var duration = time.GetElapsedTime(began, now);
        if (duration < ShortestWindow || parts < planner.Limit * TurnsAPlace)
            return;
        planner.Take(new FlowWindow(parts, bytes, duration, waits * 2 > parts, repeated - refusedBefore));
        meter.PartsAtOnce = planner.Limit;
        (began, parts, bytes, waits, refusedBefore) = (now, 0, 0, 0, repeated);
    }
}

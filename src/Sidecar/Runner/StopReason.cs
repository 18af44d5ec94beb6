using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Why the work is to end before it is done: its time is over, or somebody said so.</summary>
internal sealed class StopReason : IDisposable
{
    /// <summary>How long before its deadline an attempt ends itself, so that it can still clean up and report.</summary>
    internal static readonly TimeSpan Reserve = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource? deadline;
    private readonly CancellationTokenRegistration expiry;
    private int reason = -1;

    internal StopReason(DateTimeOffset? end, TimeProvider time, CancellationToken told)
    {
        told.Register(() => Set(JobFault.Cancelled));
        if (end is null)
            return;
        var left = end.Value - Reserve - time.GetUtcNow();
        deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        expiry = deadline.Token.Register(() => Set(JobFault.DeadlineExceeded));
    }

    /// <summary>What became of the work that was ended, for the message.</summary>
    internal string Left { get; init; } = "what it had stored was removed";

    /// <summary>Ends the work.</summary>
    internal CancellationToken Token => stop.Token;

    /// <summary>What the report says of a work that ended by <see cref="Token"/>; null when nothing asked for its end.</summary>
    internal (JobFault Fault, string Message)? Told => Volatile.Read(ref reason) switch
    {
        -1 => null,
        (int)JobFault.DeadlineExceeded => (JobFault.DeadlineExceeded, $"The attempt's time was over (activeDeadlineSeconds); {Left}."),
        _ => (JobFault.Cancelled, $"The runner was told to stop; {Left}."),
    };

    /// <summary>The same for a runner that was told to stop before it knew its request.</summary>
    internal static (JobFault Fault, string Message)? Before(CancellationToken told) =>
        told.IsCancellationRequested ? (JobFault.Cancelled, "The runner was told to stop before it had begun.") : null;

    public void Dispose()
    {
        expiry.Dispose();
        deadline?.Dispose();
        stop.Dispose();
    }

    private void Set(JobFault why)
    {
        if (Interlocked.CompareExchange(ref reason, (int)why, -1) == -1)
            stop.Cancel();
    }
}

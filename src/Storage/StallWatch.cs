namespace ControlPlane.Storage;

/// <summary>
/// Ends a request that goes for too long without a byte moving. How long the whole takes is not its concern, and neither is a byte that the
/// caller's own <see cref="UploadPace"/> does not let go yet.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private readonly CancellationTokenSource stalled;
    private readonly CancellationTokenSource either;
    private readonly CancellationToken caller;
    private readonly TimeSpan limit;
    private readonly UploadPace? pace;

    public StallWatch(TimeSpan limit, TimeProvider time, CancellationToken caller, UploadPace? pace = null)
    {
        this.limit = limit;
        this.caller = caller;
        this.pace = pace;
        stalled = new CancellationTokenSource(limit, time);
        either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, caller);
    }

    /// <summary>Ends when the caller gives up, or when nothing has moved for too long.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>Whether it was this watch that ended the request.</summary>
    public bool HasStalled => stalled.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>Whether it was the caller.</summary>
    public bool IsGivenUp => caller.IsCancellationRequested;

    /// <summary>How long nothing may move.</summary>
    public TimeSpan Limit => limit;

    /// <summary>Whether bytes have to ask before they go.</summary>
    public bool IsPaced => pace is not null;

    /// <summary>A byte moved.</summary>
    public void Progress() => stalled.CancelAfter(limit);

    /// <summary>Waits until so many bytes, or some of them, may go; the wait is no stall.</summary>
    public ValueTask<int> PaceAsync(int wanted)
    {
        var granted = pace?.Invoke(wanted, Token) ?? new(wanted);
        return granted.IsCompletedSuccessfully ? granted : WaitAsync(granted);
    }

    public void Dispose()
    {
        either.Dispose();
        stalled.Dispose();
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> granted)
    {
        stalled.CancelAfter(Timeout.InfiniteTimeSpan);
        int count = await granted;
        Progress();
        return count;
    }
}

namespace ControlPlane.Storage;

/// <summary>Ends a request that goes for too long without a byte moving. How long the whole takes is not its concern.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly CancellationTokenSource stalled;
    private readonly CancellationTokenSource either;
    private readonly CancellationToken caller;
    private readonly TimeSpan limit;

    public StallWatch(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        this.limit = limit;
        this.caller = caller;
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

    /// <summary>A byte moved.</summary>
    public void Progress() => stalled.CancelAfter(limit);

    public void Dispose()
    {
        either.Dispose();
        stalled.Dispose();
    }
}

using System.Globalization;

namespace ControlPlane.Storage;

/// <summary>
/// Ends a request that goes for too long without a byte moving, and one that goes on for ever although now and then a byte does; a byte that the
/// caller's own <see cref="UploadPace"/> does not let go yet is no stall. What it ends may be sent, or gone on with, again.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    /// <summary>How long one request may take: a part of 32 MiB at 10 KiB a second.</summary>
    public static readonly TimeSpan LongestRequest = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource stalled;
    private readonly CancellationTokenSource overdue;
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
        overdue = new CancellationTokenSource(LongestRequest, time);
        either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, overdue.Token, caller);
    }

    /// <summary>Ends when the caller gives up, or when nothing has moved for too long.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>Whether it was this watch that ended the request.</summary>
    public bool HasStalled => (stalled.IsCancellationRequested || overdue.IsCancellationRequested) && !caller.IsCancellationRequested;

    /// <summary>Whether it was the caller.</summary>
    public bool IsGivenUp => caller.IsCancellationRequested;

    /// <summary>What the other side did when it was ended.</summary>
    public string Trouble => stalled.IsCancellationRequested
        ? string.Create(CultureInfo.InvariantCulture, $"let nothing move for {limit.TotalSeconds:0.#} s")
        : string.Create(CultureInfo.InvariantCulture, $"took longer than {LongestRequest.TotalMinutes:0} min for one request");

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
        overdue.Dispose();
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> granted)
    {
        stalled.CancelAfter(Timeout.InfiniteTimeSpan);
        int count = await granted;
        Progress();

        // A low limit stretches a part over hours; that is not the store's doing.
        overdue.CancelAfter(LongestRequest);
        return count;
    }
}

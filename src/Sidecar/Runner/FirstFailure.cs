using System.Runtime.ExceptionServices;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Several things done at once that only make sense together: the first that fails stops the others, and is the one that is told.</summary>
internal sealed class FirstFailure(CancellationToken outer) : IDisposable
{
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(outer);
    private Exception? first;

    /// <summary>Cancelled when one of them failed.</summary>
    internal CancellationToken Token => stop.Token;

    /// <summary>Does one of them.</summary>
    internal Task GuardAsync(Func<Task> part) => GuardAsync(async () =>
    {
        await part();
        return true;
    });

    /// <summary>Does one of them, for what it returns.</summary>
    internal async Task<T> GuardAsync<T>(Func<Task<T>> part)
    {
        try
        {
            return await part();
        }
        catch (Exception trouble)
        {
            Interlocked.CompareExchange(ref first, trouble, null);
            await stop.CancelAsync();
            throw;
        }
    }

    /// <summary>Stops all of them.</summary>
    internal Task CancelAsync() => stop.CancelAsync();

    /// <summary>Waits for <paramref name="whole"/>, and tells the first failure instead of those that followed from it.</summary>
    internal async Task<T> WholeAsync<T>(Task<T> whole)
    {
        try
        {
            return await whole;
        }
        catch when (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
            throw;
        }
    }

    public void Dispose() => stop.Dispose();
}

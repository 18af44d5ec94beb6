namespace ControlPlane.Sidecar.Runner.Flow;

/// <summary>
/// Buffers for parts, at most so many bytes of them. Whoever rents one waits until there is room: with that a slow store slows the source
/// down instead of filling the memory. Parts grow with the stream, so buffers of an outgrown length are let go.
/// </summary>
/// <param name="mostBytes">How many bytes all buffers have together. One buffer is always made, however long.</param>
internal sealed class PartPool(long mostBytes)
{
    private readonly Lock gate = new();
    private readonly Stack<byte[]> free = [];
    private readonly Queue<(int Bytes, TaskCompletionSource<byte[]> Renter)> waiting = [];
    private long made;

    /// <summary>A buffer of that length, as soon as there is one; first come, first served.</summary>
    internal Task<byte[]> RentAsync(int bytes, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (waiting.Count == 0 && Take(bytes) is { } buffer)
                return Task.FromResult(buffer);
            var renter = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue((bytes, renter));
            return WaitAsync(renter, cancellationToken);
        }
    }

    /// <summary>Gives a buffer back.</summary>
    internal void Return(byte[] buffer)
    {
        lock (gate)
        {
            free.Push(buffer);
            while (waiting.TryPeek(out var next) && (next.Renter.Task.IsCompleted || Take(next.Bytes) is { } found && Hand(next.Renter, found)))
                waiting.Dequeue();
        }
    }

    private static async Task<byte[]> WaitAsync(TaskCompletionSource<byte[]> renter, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(() => renter.TrySetCanceled(cancellationToken));
        return await renter.Task;
    }

    // A renter that gave up in this very moment leaves the buffer where it was.
    private bool Hand(TaskCompletionSource<byte[]> renter, byte[] buffer)
    {
        if (!renter.TrySetResult(buffer))
            free.Push(buffer);
        return true;
    }

    private byte[]? Take(int bytes)
    {
        while (free.TryPop(out var spare))
        {
            if (spare.Length == bytes)
                return spare;
            made -= spare.Length;
        }

        if (made > 0 && made + bytes > mostBytes)
            return null;
        made += bytes;

        // Pinned, so that no collection ever moves it.
        return GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
    }
}

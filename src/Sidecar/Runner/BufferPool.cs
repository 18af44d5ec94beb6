using System.Threading.Channels;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// A fixed number of buffers, made when first needed. Whoever rents one waits until there is one: this is what bounds the runner's memory
/// and what makes a slow store slow the source down.
/// </summary>
internal sealed class BufferPool<T>(int most, Func<T> make)
{
    private readonly Channel<T> free = Channel.CreateUnbounded<T>();
    private readonly Lock gate = new();
    private int made;

    /// <summary>A buffer, as soon as there is one.</summary>
    internal ValueTask<T> RentAsync(CancellationToken cancellationToken)
    {
        if (free.Reader.TryRead(out var spare))
            return ValueTask.FromResult(spare);
        lock (gate)
        {
            if (made < most)
            {
                made++;
                return ValueTask.FromResult(make());
            }
        }

        return free.Reader.ReadAsync(cancellationToken);
    }

    /// <summary>Gives a buffer back.</summary>
    internal void Return(T buffer) => free.Writer.TryWrite(buffer);
}

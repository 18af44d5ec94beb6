using System.Collections.Concurrent;
using System.Threading.Channels;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Watching;

namespace ControlPlane.Operator.Members;

/// <summary>What one member's watches hear: when it was heard from, how many clusters it has, and that something broke, which is worth a look.</summary>
internal sealed class MemberContact(TimeProvider time) : IWatchObserver
{
    private readonly Channel<bool> worth = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<string, int> known = new();

    public DateTimeOffset? Last { get; private set; }

    /// <summary>How many clusters are known; null before the first list.</summary>
    public int? Clusters => known.TryGetValue(ApiGroup.Clusters.Kind, out var count) ? count : null;

    public void Listed(IResourceHandler handler, int count) => Heard(handler, count);

    public void Heard(IResourceHandler handler, int count)
    {
        known[handler.Kind] = count;
        Last = time.GetUtcNow();
    }

    public void Broke(IResourceHandler handler, Exception trouble) => Poke();

    /// <summary>The member was asked, and answered.</summary>
    public void Answered() => Last = time.GetUtcNow();

    /// <summary>A look is worth while now.</summary>
    public void Poke() => worth.Writer.TryWrite(true);

    /// <summary>Waits until a look is worth while, but no longer than a pause.</summary>
    public async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(pause, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await worth.Reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The pause is over.
        }
    }
}

using System.Threading.Channels;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// The road of a stream that is read back: blocks are fetched, a stage makes of them what is to be written, and that is written, each in the order
/// of the stream and all at the same time. Each waits for the buffers of the next, so the target sets the pace.
/// </summary>
internal static class OrderedPipe
{
    /// <summary>Makes what is to be written out of blocks.</summary>
    internal delegate Task Stage(ChannelReader<Task<Block>> blocks, ChannelWriter<Task<Outgoing>> outgoing, CancellationToken cancellationToken);

    /// <summary>Moves all of it. When this throws, nothing is on its way any more.</summary>
    internal static async Task RunAsync(IEnumerable<Slice> slices, OrderedFetcher fetcher, Stage stage, Func<Outgoing, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        using var failure = new FirstFailure(cancellationToken);
        var (fetched, outgoing) = (Queue<Block>(), Queue<Outgoing>());
        var fetching = failure.GuardAsync(() => Task.Run(() => fetcher.FetchAsync(slices, fetched.Writer, failure), CancellationToken.None));
        var staging = failure.GuardAsync(() => Task.Run(() => StageAsync(stage, fetched.Reader, outgoing.Writer, failure.Token), CancellationToken.None));
        var writing = failure.GuardAsync(() => WriteAsync(outgoing.Reader, write, failure.Token));
        await failure.WholeAsync(WholeAsync());

        async Task<bool> WholeAsync()
        {
            try
            {
                await Task.WhenAll(fetching, staging, writing);
                return true;
            }
            finally
            {
                await DrainAsync(fetched.Reader);
                await DrainAsync(outgoing.Reader);
            }
        }
    }

    private static Channel<Task<T>> Queue<T>() => Channel.CreateUnbounded<Task<T>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private static async Task StageAsync(Stage stage, ChannelReader<Task<Block>> blocks, ChannelWriter<Task<Outgoing>> outgoing, CancellationToken cancellationToken)
    {
        try
        {
            await stage(blocks, outgoing, cancellationToken);
        }
        finally
        {
            outgoing.Complete();
        }
    }

    private static async Task WriteAsync(ChannelReader<Task<Outgoing>> outgoing, Func<Outgoing, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await foreach (var making in outgoing.ReadAllAsync(cancellationToken))
        {
            var made = await making;

            // The queue gives what it holds even when all is given up.
            cancellationToken.ThrowIfCancellationRequested();
            await write(made, cancellationToken);
            made.Release();
        }
    }

    // After a failure some are still being fetched or decoded; what they use may not be freed under them.
    private static async Task DrainAsync<T>(ChannelReader<Task<T>> queue)
    {
        while (queue.TryRead(out var left))
            await left.ContinueWith(done => done.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}

/// <summary>What is to be written next.</summary>
/// <param name="Content">The bytes.</param>
/// <param name="Part">The segment or file that they come from, for messages.</param>
/// <param name="EndsPart">Whether that ends with them.</param>
/// <param name="Release">Gives their buffer back.</param>
internal sealed record Outgoing(ReadOnlyMemory<byte> Content, int Part, bool EndsPart, Action Release);

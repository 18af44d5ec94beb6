using System.Threading.Channels;
using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// The data path: reads the stream in pieces, codes them on a few threads, and writes the frames in the order of the stream. Each stage
/// waits for the next one's buffers, so the slowest sets the pace and the memory is the same for every length.
/// </summary>
internal sealed class StreamStorer(IObjectStore store, string root, int attempt, CompressionRequest compression, SegmentPlan plan, TransferMeter meter)
{
    /// <summary>Parts on their way at a time; on two cores more of them do not go faster.</summary>
    private const int PartsAtOnce = 4;

    /// <summary>Threads that code.</summary>
    private const int CodersAtOnce = 2;

    // One being read, one per coder, one waiting to be written.
    private const int PiecesAtOnce = CodersAtOnce + 2;

    /// <summary>Stores the whole stream. When this throws, nothing of it is on its way any more; what was finished is for the caller to remove.</summary>
    internal async Task<IReadOnlyList<StoredSegment>> StoreAsync(Stream source, CancellationToken cancellationToken)
    {
        using var failure = new FirstFailure(cancellationToken);

        // One part more than are on their way: the one that is being filled. Pinned, so that no collection ever moves them.
        var parts = new BufferPool<byte[]>(PartsAtOnce + 1, () => GC.AllocateUninitializedArray<byte>(plan.PartBytes, pinned: true));
        await using var writer = new SegmentWriter(new SegmentContext(store, root, attempt, plan, meter, parts, failure));
        return await failure.WholeAsync(StoreAsync(source, writer, failure));
    }

    private async Task<IReadOnlyList<StoredSegment>> StoreAsync(Stream source, SegmentWriter writer, FirstFailure failure)
    {
        using var coders = new PieceCoders(compression, CodersAtOnce);
        var pieces = new BufferPool<Piece>(PiecesAtOnce, () => new Piece(coders.FrameBytes));
        var inOrder = Channel.CreateUnbounded<Task<Piece>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var reading = failure.GuardAsync(() => ReadAsync(source, pieces, coders, inOrder.Writer, failure.Token));
        var writing = failure.GuardAsync(() => WriteAsync(inOrder.Reader, pieces, writer, failure.Token));
        try
        {
            await Task.WhenAll(reading, writing);
            return await writer.FinishAsync();
        }
        finally
        {
            // After a failure some pieces are still being coded; the coders may not be freed under them.
            while (inOrder.Reader.TryRead(out var coded))
                await coded.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task ReadAsync(Stream source, BufferPool<Piece> pieces, PieceCoders coders, ChannelWriter<Task<Piece>> inOrder, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var piece = await pieces.RentAsync(cancellationToken);
                piece.Length = await FillAsync(source, piece.Raw, cancellationToken);
                if (piece.Length == 0)
                    break;
                inOrder.TryWrite(coders.EncodeAsync(piece, cancellationToken));
            }
        }
        finally
        {
            inOrder.Complete();
        }
    }

    private async Task<int> FillAsync(Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = await source.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            if (count == 0)
                break;
            filled += count;
            meter.CountRead(count);
        }

        return filled;
    }

    private static async Task WriteAsync(ChannelReader<Task<Piece>> inOrder, BufferPool<Piece> pieces, SegmentWriter writer, CancellationToken cancellationToken)
    {
        await foreach (var coded in inOrder.ReadAllAsync(cancellationToken))
        {
            var piece = await coded;
            await writer.AppendAsync(piece.Frame, piece.Length);
            pieces.Return(piece);
        }
    }
}

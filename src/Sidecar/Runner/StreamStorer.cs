using System.Threading.Channels;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// The data path: reads the stream in pieces, codes them on a few threads, gives the frames their places in the order of the stream, seals them
/// on the same threads where they are to be sealed, and writes them. Each stage waits for the next one's buffers, so the slowest sets the pace and the memory is the
/// same for every length.
/// </summary>
internal sealed class StreamStorer(StreamTarget target, CompressionRequest compression, FlowPlan flow, TimeProvider time, BackupSeal? seal = null)
{
    // One being read, one per coder, one waiting to be sealed, one waiting to be written.
    private int PiecesAtOnce => flow.Coders + FlowPlan.PiecesBeside - (seal is null ? 1 : 0);

    private TransferMeter Meter => target.Meter;

    /// <summary>Stores the whole stream. When this throws, nothing of it is on its way any more; what was finished is for the caller to remove.</summary>
    internal async Task<IReadOnlyList<StoredSegment>> StoreAsync(Stream source, CancellationToken cancellationToken)
    {
        using var failure = new FirstFailure(cancellationToken);

        // One buffer is being filled; the others are on their way.
        var most = (int)Math.Max(1, (flow.PartBytes / target.Plan.PartBytes) - 1);
        var gate = new PartGate(new ParallelismPlanner(most), Meter, time);
        Meter.PartsAtOnce = gate.Limit;
        var parts = new PartPool(flow.PartBytes);
        await using var writer = new SegmentWriter(new SegmentContext(target, parts, gate, failure));
        return await failure.WholeAsync(StoreAsync(source, parts, writer, failure));
    }

    private async Task<IReadOnlyList<StoredSegment>> StoreAsync(Stream source, PartPool parts, SegmentWriter writer, FirstFailure failure)
    {
        using var coders = new PieceCoders(compression, seal, flow.Coders);
        IPieceRooms pieces = coders.StoresAsTheyCome && PartRooms.Fit(target.Plan) ? new PartRooms(target.Plan, parts) : new PieceRooms(PiecesAtOnce, coders.FrameBytes);
        var (coded, placed) = (Queue(), Queue());
        var reading = failure.GuardAsync(() => ReadAsync(source, pieces, coders, coded.Writer, failure.Token));
        var placing = failure.GuardAsync(() => PlaceAsync(coded.Reader, coders, placed.Writer, failure.Token));
        var writing = failure.GuardAsync(() => WriteAsync(placed.Reader, pieces, writer, failure.Token));
        try
        {
            await Task.WhenAll(reading, placing, writing);
            return await writer.FinishAsync();
        }
        finally
        {
            // After a failure some pieces are still being coded; the coders may not be freed under them.
            foreach (var queue in new[] { coded, placed })
            {
                while (queue.Reader.TryRead(out var piece))
                    await piece.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private static Channel<Task<Piece>> Queue() => Channel.CreateUnbounded<Task<Piece>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private async Task ReadAsync(Stream source, IPieceRooms pieces, PieceCoders coders, ChannelWriter<Task<Piece>> coded, CancellationToken cancellationToken)
    {
        try
        {
            // A piece is the last when not even one byte follows it; that byte then begins the next one.
            var next = new byte[1];
            var ahead = 0;
            do
            {
                var piece = await pieces.RentAsync(cancellationToken);
                next.AsSpan(0, ahead).CopyTo(piece.Raw.Span);
                piece.Length = ahead + await FillAsync(source, piece.Raw[ahead..], cancellationToken);
                if (piece.Length == 0)
                    break;
                ahead = piece.Length < piece.Raw.Length ? 0 : await FillAsync(source, next, cancellationToken);
                piece.IsLast = ahead == 0;
                coded.TryWrite(coders.EncodeAsync(piece, cancellationToken));
            }
            while (ahead > 0);
        }
        finally
        {
            coded.Complete();
        }
    }

    private async Task<int> FillAsync(Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = await source.ReadAsync(buffer[filled..], cancellationToken);
            if (count == 0)
                break;
            filled += count;
            Meter.CountRead(count);
        }

        return filled;
    }

    private async Task PlaceAsync(ChannelReader<Task<Piece>> coded, PieceCoders coders, ChannelWriter<Task<Piece>> placed, CancellationToken cancellationToken)
    {
        var cutter = new SegmentCutter(target.Plan);
        try
        {
            await foreach (var coding in coded.ReadAllAsync(cancellationToken))
            {
                var piece = await coding;
                piece.Place = cutter.Next(piece.Stored.Length + coders.OverheadBytes, piece.IsLast);
                placed.TryWrite(coders.SealAsync(piece, cancellationToken));
            }
        }
        finally
        {
            placed.Complete();
        }
    }

    private static async Task WriteAsync(ChannelReader<Task<Piece>> placed, IPieceRooms pieces, SegmentWriter writer, CancellationToken cancellationToken)
    {
        await foreach (var sealing in placed.ReadAllAsync(cancellationToken))
        {
            var piece = await sealing;
            await writer.AppendAsync(piece);
            pieces.Return(piece);
        }
    }
}

using System.Security.Cryptography;
using System.Threading.Channels;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// Makes the stream again out of segments: checks each one's checksum before its last bytes are given on, finds the frames, and has them opened and
/// decoded on several threads. The checksum is the manifest's CRC-32C, which costs a fifth of its SHA-256, and that where it has none: against damage both do, and against an
/// attacker neither, who would change the manifest too. Of a sealed backup every chunk proves by its tag that it is what was sealed for its place, which says more, so none is taken.
/// </summary>
internal sealed class SegmentStage(IReadOnlyList<SegmentDescription> segments, OrderedFetcher fetcher, SegmentCoding coding, Func<int, string, JobFaultException> mismatch) : IDisposable
{
    private readonly IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly PieceDecoders decoders = new(coding.Codec, coding.MakeSealer, coding.Threads);

    // One that is filled, one for each thread, one that is written.
    private readonly BufferPool<StoredPiece> pieces = new(coding.Threads + 2, () => new StoredPiece(coding.MostStoredBytes, coding.Codec != Codec.None));

    private StoredPiece? piece;
    private int chunk;
    private uint crc32C;

    /// <summary>The stage of an <see cref="OrderedPipe"/>.</summary>
    internal async Task RunAsync(ChannelReader<Task<Block>> blocks, ChannelWriter<Task<Outgoing>> outgoing, CancellationToken cancellationToken)
    {
        await foreach (var fetching in blocks.ReadAllAsync(cancellationToken))
        {
            var block = await fetching;
            foreach (var (slice, bytes) in block.Each())
            {
                Check(slice, bytes.Span);
                if (coding.Finder is { } finder)
                    await CutAsync(slice, bytes, finder, outgoing, cancellationToken);
            }

            if (coding.Finder is null)
                GiveOn(block, outgoing);
            else
                fetcher.Return(block);
        }
    }

    public void Dispose()
    {
        decoders.Dispose();
        sha256.Dispose();
    }

    private void Check(Slice slice, ReadOnlySpan<byte> bytes)
    {
        if (coding.MakeSealer is not null)
            return;
        var segment = segments[slice.Part];
        if (segment.Crc32C is { } wanted)
        {
            crc32C = Crc32C.Combine(crc32C, Crc32C.Compute(bytes), bytes.Length);
            if (!slice.IsLast)
                return;
            if (Crc32C.Base64(crc32C) != wanted)
                throw mismatch(slice.Part, "has another CRC-32C than its manifest says");
            crc32C = 0;
            return;
        }

        sha256.AppendData(bytes);
        if (slice.IsLast && Convert.ToHexStringLower(sha256.GetHashAndReset()) != segment.Sha256)
            throw mismatch(slice.Part, "has another SHA-256 than its manifest says");
    }

    // Where nothing is coded, the bytes are written from where they arrived.
    private void GiveOn(Block block, ChannelWriter<Task<Outgoing>> outgoing)
    {
        // The block may be back in its pool, and in use again, as soon as the last of them is given on.
        var all = block.Each().ToList();
        var left = all.Count;
        foreach (var (slice, bytes) in all)
            outgoing.TryWrite(Task.FromResult(new Outgoing(bytes, slice.Part, slice.IsLast, Release)));

        void Release()
        {
            if (--left == 0)
                fetcher.Return(block);
        }
    }

    private async Task CutAsync(Slice slice, ReadOnlyMemory<byte> bytes, FrameEnd.Finder finder, ChannelWriter<Task<Outgoing>> outgoing, CancellationToken cancellationToken)
    {
        var rest = bytes;
        while (!rest.IsEmpty)
        {
            if (piece is null)
            {
                piece = await pieces.RentAsync(cancellationToken);
                piece.Begin();
            }

            if (!Fill(slice.Part, finder, ref rest))
                continue;
            var endsSegment = slice.IsLast && rest.IsEmpty;
            piece.End(new ChunkPlace(slice.Part, chunk, endsSegment, endsSegment && slice.Part == segments.Count - 1));
            chunk = endsSegment ? 0 : chunk + 1;
            outgoing.TryWrite(DecodeAsync(piece, cancellationToken));
            piece = null;
        }

        if (slice.IsLast && piece is not null)
            throw mismatch(slice.Part, "ends in the middle of a frame");
    }

    // Whether the frame is whole now.
    private bool Fill(int segment, FrameEnd.Finder finder, ref ReadOnlyMemory<byte> rest)
    {
        try
        {
            while (true)
            {
                var wanted = finder(piece!.Stored);
                if (wanted == piece.Stored.Length)
                    return true;
                if (rest.IsEmpty)
                    return false;
                rest = rest[piece.Fill(rest.Span, wanted)..];
            }
        }
        catch (InvalidDataException trouble)
        {
            throw mismatch(segment, $"cannot be read: {trouble.Message}");
        }
    }

    private async Task<Outgoing> DecodeAsync(StoredPiece taken, CancellationToken cancellationToken)
    {
        var place = taken.Place;
        try
        {
            await decoders.DecodeAsync(taken, cancellationToken);
        }
        catch (InvalidDataException trouble)
        {
            throw mismatch(place.Segment, $"cannot be read: {trouble.Message}");
        }

        return new Outgoing(taken.Content, place.Segment, place.EndsSegment, () => pieces.Return(taken));
    }
}

using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>A piece of the stream and room for its frame; used again and again.</summary>
internal sealed class Piece(int frameBytes)
{
    /// <summary>The bytes as they came; <see cref="Length"/> of them count.</summary>
    internal byte[] Raw { get; } = GC.AllocateUninitializedArray<byte>(FrameCodec.PieceBytes, pinned: true);

    /// <summary>Where the frame is made.</summary>
    internal byte[] Room { get; } = GC.AllocateUninitializedArray<byte>(frameBytes, pinned: true);

    /// <summary>How many bytes came.</summary>
    internal int Length { get; set; }

    /// <summary>The frame, once it is coded.</summary>
    internal ReadOnlyMemory<byte> Frame { get; set; }
}

/// <summary>Codes several pieces at once, each on a thread with a codec of its own.</summary>
internal sealed class PieceCoders : IDisposable
{
    private readonly FrameCodec[] all;
    private readonly BufferPool<FrameCodec> idle;

    internal PieceCoders(CompressionRequest request, int count)
    {
        all = [.. Enumerable.Range(0, count).Select(_ => FrameCodec.Create(request))];
        var next = 0;
        idle = new BufferPool<FrameCodec>(count, () => all[next++]);
    }

    /// <summary>The longest frame; 0 when pieces are stored as they are.</summary>
    internal int FrameBytes => all[0].FrameBytes;

    /// <summary>Codes a piece.</summary>
    internal Task<Piece> EncodeAsync(Piece piece, CancellationToken cancellationToken)
    {
        if (FrameBytes > 0)
            return Task.Run(() => EncodeNowAsync(piece, cancellationToken), cancellationToken);

        // Nothing to do is not worth another thread.
        piece.Frame = all[0].Encode(piece.Raw.AsMemory(0, piece.Length), piece.Room);
        return Task.FromResult(piece);
    }

    public void Dispose() => Array.ForEach(all, codec => codec.Dispose());

    private async Task<Piece> EncodeNowAsync(Piece piece, CancellationToken cancellationToken)
    {
        var codec = await idle.RentAsync(cancellationToken);
        try
        {
            piece.Frame = codec.Encode(piece.Raw.AsMemory(0, piece.Length), piece.Room);
            return piece;
        }
        finally
        {
            idle.Return(codec);
        }
    }
}

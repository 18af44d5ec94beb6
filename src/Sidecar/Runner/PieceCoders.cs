using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Codes and seals several pieces at once, each on a thread with a codec and a sealer of its own.</summary>
internal sealed class PieceCoders : IDisposable
{
    private readonly Coder[] all;
    private readonly BufferPool<Coder> idle;

    internal PieceCoders(CompressionRequest request, BackupSeal? seal, int count)
    {
        all = [.. Enumerable.Range(0, count).Select(_ => new Coder(new Shrinking(FrameCodec.Create(request)), seal?.MakeSealer()))];
        var next = 0;
        idle = new BufferPool<Coder>(count, () => all[next++]);
    }

    /// <summary>The longest frame; 0 when pieces are stored as they are.</summary>
    internal int FrameBytes => all[0].Codec.FrameBytes;

    /// <summary>What is stored beside each frame.</summary>
    internal int OverheadBytes => Seals ? ChunkSealer.OverheadBytes : 0;

    /// <summary>Whether what is stored are the very bytes that came.</summary>
    internal bool StoresAsTheyCome => FrameBytes == 0 && !Seals;

    private bool Seals => all[0].Sealer is not null;

    /// <summary>Makes a piece into a frame.</summary>
    internal Task<Piece> EncodeAsync(Piece piece, CancellationToken cancellationToken)
    {
        if (FrameBytes > 0)
            return OnCoderAsync(piece, coder => piece.Encode(coder.Codec), cancellationToken);

        // Nothing to do is not worth another thread.
        piece.Encode(all[0].Codec);
        return Task.FromResult(piece);
    }

    /// <summary>Makes a frame whose place is known into what is stored.</summary>
    internal Task<Piece> SealAsync(Piece piece, CancellationToken cancellationToken) =>
        Seals ? OnCoderAsync(piece, coder => piece.Seal(coder.Sealer!), cancellationToken) : Task.FromResult(piece);

    public void Dispose()
    {
        foreach (var coder in all)
        {
            coder.Codec.Dispose();
            coder.Sealer?.Dispose();
        }
    }

    private Task<Piece> OnCoderAsync(Piece piece, Action<Coder> work, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            var coder = await idle.RentAsync(cancellationToken);
            try
            {
                work(coder);
                return piece;
            }
            finally
            {
                idle.Return(coder);
            }
        },
        cancellationToken);

    private sealed record Coder(Shrinking Codec, ChunkSealer? Sealer);
}

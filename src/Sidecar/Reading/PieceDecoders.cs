using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Reading;

/// <summary>Opens and decodes several pieces at once, each on a thread with a decoder and a sealer of its own.</summary>
internal sealed class PieceDecoders : IDisposable
{
    private readonly Decoder[] all;
    private readonly BufferPool<Decoder> idle;

    internal PieceDecoders(Codec codec, Func<ChunkSealer>? makeSealer, int count)
    {
        all = [.. Enumerable.Range(0, count).Select(_ => new Decoder(FrameDecoder.Create(codec), makeSealer?.Invoke()))];
        var next = 0;
        idle = new BufferPool<Decoder>(count, () => all[next++]);
    }

    /// <summary>Makes a piece of a frame.</summary>
    internal Task DecodeAsync(StoredPiece piece, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            var decoder = await idle.RentAsync(cancellationToken);
            try
            {
                piece.Decode(decoder.Frames, decoder.Sealer);
            }
            finally
            {
                idle.Return(decoder);
            }
        },
        cancellationToken);

    public void Dispose()
    {
        foreach (var decoder in all)
        {
            decoder.Frames?.Dispose();
            decoder.Sealer?.Dispose();
        }
    }

    private sealed record Decoder(FrameDecoder? Frames, ChunkSealer? Sealer);
}

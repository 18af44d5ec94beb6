namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Encodes pieces, and notices when that is in vain: data that its owner compressed or encrypted already (the tool's <c>--compress</c>, encrypted
/// tablespaces) does not become shorter, however long one tries. After a piece that did not, the next is asked by a few samples
/// first, and stored as it is where they do not shrink either; so the way back to compressing is always open.
/// </summary>
internal sealed class Shrinking(FrameCodec codec) : IDisposable
{
    private const int Samples = 8;
    private const int SampleBytes = 8 * 1024;

    /// <summary>What saves less than a twentieth is not worth its processor time, now nor at each restore.</summary>
    private const double LeastSaving = 0.05;

    private readonly byte[] room = codec.FrameBytes > 0 ? new byte[2 * SampleBytes] : [];
    private bool inVain;

    /// <summary>Pieces that were stored as they came.</summary>
    internal long PiecesStored { get; private set; }

    internal int FrameBytes => codec.FrameBytes;

    /// <summary>Makes a frame of a piece. Returns its length.</summary>
    internal int Encode(ReadOnlySpan<byte> piece, Span<byte> frame)
    {
        if (inVain && !WouldShrink(piece))
        {
            PiecesStored++;
            return codec.Store(piece, frame);
        }

        var length = codec.Encode(piece, frame);
        inVain = !Shrinks(piece.Length, length);
        return length;
    }

    public void Dispose() => codec.Dispose();

    private bool WouldShrink(ReadOnlySpan<byte> piece)
    {
        if (piece.Length < Samples * SampleBytes)
            return true;
        var (taken, coded) = (0, 0);
        for (var sample = 0; sample < Samples; sample++)
        {
            var at = (int)((long)(piece.Length - SampleBytes) * sample / (Samples - 1));
            coded += codec.Encode(piece.Slice(at, SampleBytes), room);
            taken += SampleBytes;
        }

        return Shrinks(taken, coded);
    }

    private static bool Shrinks(int before, int after) => after <= before * (1 - LeastSaving);
}

using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Turns a piece of the stream into a frame that can be decoded by itself.</summary>
internal abstract class FrameCodec : IDisposable
{
    /// <summary>The piece that is coded at a time: large enough for the window of the fast levels, small enough to be many.</summary>
    internal const int PieceBytes = 2 << 20;

    /// <summary>The longest frame of a piece; 0 where a piece is its own frame.</summary>
    internal abstract int FrameBytes { get; }

    /// <summary>Codes a piece. Returns the frame's length.</summary>
    internal abstract int Encode(ReadOnlySpan<byte> piece, Span<byte> frame);

    /// <summary>Makes a frame of a piece that does not become shorter: its bytes as they are, in the codec's own framing. Returns the frame's length.</summary>
    internal abstract int Store(ReadOnlySpan<byte> piece, Span<byte> frame);

    /// <summary>One codec for one thread.</summary>
    internal static FrameCodec Create(CompressionRequest request) => request.Codec switch
    {
        Codec.None => new Plain(),
        Codec.Zstd when request.Level is >= 1 and <= 19 => new ZstdFrames(request.Level),
        Codec.Lz4 when request.Level is >= 1 and <= Lz4Frames.HighestLevel => new Lz4Frames(request.Level),
        _ => throw new JobFaultException(
            JobFault.InvalidRequest, $"compression level {request.Level} is not taken; zstd has levels 1 to 19, lz4 levels 1 to {Lz4Frames.HighestLevel}."),
    };

    public virtual void Dispose()
    {
    }

    private sealed class Plain : FrameCodec
    {
        internal override int FrameBytes => 0;

        internal override int Encode(ReadOnlySpan<byte> piece, Span<byte> frame) => throw new InvalidOperationException("A piece is its own frame.");

        internal override int Store(ReadOnlySpan<byte> piece, Span<byte> frame) => Encode(piece, frame);
    }
}

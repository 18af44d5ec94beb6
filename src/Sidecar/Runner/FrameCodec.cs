using ControlPlane.Protocol;
using ZstdNet;

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

    /// <summary>One codec for one thread.</summary>
    internal static FrameCodec Create(CompressionRequest request) => request.Codec switch
    {
        Codec.None => new Plain(),
        Codec.Zstd when request.Level is >= 1 and <= 19 => new Zstandard(request.Level),
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
    }

    private sealed class Zstandard(int level) : FrameCodec
    {
        // The frame's own checksum lets `zstd -d` notice damage even without the manifest; it costs about one part in a hundred.
        private readonly CompressionOptions options = new(null, new Dictionary<ZSTD_cParameter, int> { [ZSTD_cParameter.ZSTD_c_checksumFlag] = 1 }, level);
        private Compressor? compressor;

        internal override int FrameBytes => Compressor.GetCompressBound(PieceBytes);

        internal override int Encode(ReadOnlySpan<byte> piece, Span<byte> frame)
        {
            compressor ??= new Compressor(options);
            return compressor.Wrap(piece, frame);
        }

        public override void Dispose()
        {
            compressor?.Dispose();
            options.Dispose();
            base.Dispose();
        }
    }
}

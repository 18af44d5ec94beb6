using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Reading;

/// <summary>How the segments of a backup are coded and sealed.</summary>
/// <param name="Codec">The codec.</param>
/// <param name="MakeSealer">Makes one more sealer, for one more thread; null for a backup in the clear.</param>
internal sealed record SegmentCoding(Codec Codec, Func<ChunkSealer>? MakeSealer)
{
    private const int MostThreads = 8;

    /// <summary>Threads that open and decode.</summary>
    internal int Threads { get; } = Math.Clamp(Environment.ProcessorCount, 1, MostThreads);

    /// <summary>Finds the ends of frames; null where there are no frames.</summary>
    internal FrameEnd.Finder? Finder => FrameEnd.Of(Codec, MakeSealer is not null);

    /// <summary>The most that a frame takes in the store.</summary>
    internal int MostStoredBytes { get; } = LongestFrame(Codec) + (MakeSealer is null ? 0 : ChunkSealer.OverheadBytes);

    private static int LongestFrame(Codec codec)
    {
        using var writer = FrameCodec.Create(new CompressionRequest { Codec = codec });
        return Math.Max(writer.FrameBytes, FrameCodec.PieceBytes);
    }
}

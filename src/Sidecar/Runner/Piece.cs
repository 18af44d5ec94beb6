using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// A piece of the stream and room for its frame; used again and again. Both rooms have space for a chunk's head and tag around the bytes, so
/// that sealing is done in place.
/// </summary>
internal sealed class Piece(int frameBytes)
{
    private readonly byte[] raw = Room(FrameCodec.PieceBytes);
    private readonly byte[] room = frameBytes > 0 ? Room(frameBytes) : [];
    private byte[] coded = [];
    private int codedBytes;

    /// <summary>Where the bytes come to: a whole piece, and one byte of the next, by which it is known that there is a next one.</summary>
    internal Memory<byte> Raw => raw.AsMemory(ChunkSealer.HeadBytes, FrameCodec.PieceBytes + 1);

    /// <summary>How many bytes came.</summary>
    internal int Length { get; set; }

    /// <summary>Whether the stream ends with it.</summary>
    internal bool IsLast { get; set; }

    /// <summary>Where its frame lies in the store, once that is known.</summary>
    internal ChunkPlace Place { get; set; }

    /// <summary>What is stored: the frame once it is coded, the chunk once it is sealed.</summary>
    internal ReadOnlyMemory<byte> Stored { get; private set; }

    /// <summary>Makes the frame.</summary>
    internal void Encode(Shrinking codec)
    {
        (coded, codedBytes) = codec.FrameBytes == 0
            ? (raw, Length)
            : (room, codec.Encode(Raw.Span[..Length], room.AsSpan(ChunkSealer.HeadBytes, codec.FrameBytes)));
        Stored = coded.AsMemory(ChunkSealer.HeadBytes, codedBytes);
    }

    /// <summary>Makes the frame into a chunk.</summary>
    internal void Seal(ChunkSealer sealer) => Stored = coded.AsMemory(0, sealer.Seal(coded, codedBytes, Place));

    // Pinned, so that no collection ever moves it.
    private static byte[] Room(int bytes) => GC.AllocateUninitializedArray<byte>(bytes + ChunkSealer.OverheadBytes, pinned: true);
}

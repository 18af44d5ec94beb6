using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Runner;

/// <summary>A piece of the stream, and room for its frame.</summary>
internal sealed class Piece
{
    private readonly byte[] raw;
    private readonly int start;
    private readonly byte[] room;
    private byte[] coded = [];
    private int codedBytes;

    /// <summary>
    /// One that is used again and again. Both rooms have space for a chunk's head and tag around the bytes, so that sealing is done in place.
    /// </summary>
    /// <param name="frameBytes">The longest frame; 0 when the piece is its own.</param>
    internal Piece(int frameBytes)
    {
        (raw, start) = (Room(FrameCodec.PieceBytes), ChunkSealer.HeadBytes);
        room = frameBytes > 0 ? Room(frameBytes) : [];
    }

    /// <summary>One that lies in the part that it is sent in; it is its own frame.</summary>
    internal Piece(byte[] part, int start)
    {
        (raw, this.start, room) = (part, start, []);
        Part = part;
    }

    /// <summary>The part in which it lies at its place already; null when it has to be copied there.</summary>
    internal byte[]? Part { get; }

    /// <summary>Where the bytes come to.</summary>
    internal Memory<byte> Raw => raw.AsMemory(start, FrameCodec.PieceBytes);

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
        Stored = coded.AsMemory(codec.FrameBytes == 0 ? start : ChunkSealer.HeadBytes, codedBytes);
    }

    /// <summary>Makes the frame into a chunk.</summary>
    internal void Seal(ChunkSealer sealer) => Stored = coded.AsMemory(0, sealer.Seal(coded, codedBytes, Place));

    // Pinned, so that no collection ever moves it.
    private static byte[] Room(int bytes) => GC.AllocateUninitializedArray<byte>(bytes + ChunkSealer.OverheadBytes, pinned: true);
}

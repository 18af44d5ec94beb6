using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// LZ4 frames as the <c>lz4</c> program reads them, each of one block that leans on no other, with a checksum of what is in it. Made by hand
/// around the block codec, since the library's own frames are streams with buffers of theirs.
/// </summary>
internal sealed class Lz4Frames(int level) : FrameCodec
{
    internal const int HighestLevel = 12;

    private const uint Magic = 0x184D2204;
    private const int HeadBytes = 7;
    private const int BlockHeadBytes = 4;

    // The end mark, and the checksum of the content.
    private const int TailBytes = 8;

    // Version 1, blocks apart from one another, no checksum a block, no length, a checksum of the content.
    private const byte Flags = 0b0110_0100;

    // Blocks of at most 4 MiB: the least that holds a piece.
    private const byte LargestBlock = 7 << 4;

    private const uint Uncompressed = 0x8000_0000;

    // Below 3 there is but one fast level, in the program as in the library.
    private readonly LZ4Level level = level < (int)LZ4Level.L03_HC ? LZ4Level.L00_FAST : (LZ4Level)level;

    internal override int FrameBytes { get; } = HeadBytes + BlockHeadBytes + LZ4Codec.MaximumOutputSize(PieceBytes) + TailBytes;

    internal override int Encode(ReadOnlySpan<byte> piece, Span<byte> frame)
    {
        var length = LZ4Codec.Encode(piece, frame[(HeadBytes + BlockHeadBytes)..], level);
        return length > 0 && length < piece.Length ? Close(piece, frame, length, (uint)length) : Store(piece, frame);
    }

    internal override int Store(ReadOnlySpan<byte> piece, Span<byte> frame)
    {
        piece.CopyTo(frame[(HeadBytes + BlockHeadBytes)..]);
        return Close(piece, frame, piece.Length, (uint)piece.Length | Uncompressed);
    }

    private static int Close(ReadOnlySpan<byte> piece, Span<byte> frame, int length, uint mark)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        (frame[4], frame[5]) = (Flags, LargestBlock);
        frame[6] = (byte)(XxHash32.HashToUInt32(frame.Slice(4, 2)) >> 8);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[HeadBytes..], mark);
        var tail = frame[(HeadBytes + BlockHeadBytes + length)..];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(tail[4..], XxHash32.HashToUInt32(piece));
        return HeadBytes + BlockHeadBytes + length + TailBytes;
    }
}

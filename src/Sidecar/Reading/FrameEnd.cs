using System.Buffers.Binary;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// Says where a frame ends, from its beginning: how many of its bytes have to be there to know more. When that many are there already, it is whole.
/// <see cref="InvalidDataException"/> for what is no frame.
/// </summary>
internal static class FrameEnd
{
    private const uint ZstdMagic = 0xFD2F_B528;
    private const int ZstdBlockHead = 3;
    private const uint Lz4Magic = 0x184D_2204;
    private const int Lz4BlockHead = 4;
    private const int Checksum = 4;

    internal delegate int Finder(ReadOnlySpan<byte> frame);

    /// <summary>The way of finding it; null where frames have no ends of their own.</summary>
    internal static Finder? Of(Codec codec, bool seals) => (codec, seals) switch
    {
        (_, true) => Chunk,
        (Codec.Zstd, _) => Zstd,
        (Codec.Lz4, _) => Lz4,
        _ => null,
    };

    /// <summary>Of a sealed chunk.</summary>
    internal static int Chunk(ReadOnlySpan<byte> chunk) => chunk.Length < ChunkSealer.HeadBytes
        ? ChunkSealer.HeadBytes
        : (int)(BinaryPrimitives.ReadUInt32BigEndian(chunk) & ChunkSealer.MostFrameBytes) + ChunkSealer.OverheadBytes;

    /// <summary>Of a zstd frame: RFC 8878, section 3.1.1.</summary>
    internal static int Zstd(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 5)
            return 5;
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame) != ZstdMagic)
            throw new InvalidDataException("there is no zstd frame where one has to begin");
        var flags = frame[4];
        var isSingle = (flags & 0x20) != 0;
        var contentSize = (flags >> 6) switch { 0 => isSingle ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        var dictionary = (flags & 3) switch { 3 => 4, var bytes => bytes };
        var at = 5 + (isSingle ? 0 : 1) + dictionary + contentSize;
        while (true)
        {
            if (frame.Length < at + ZstdBlockHead)
                return at + ZstdBlockHead;
            var head = frame[at] | (frame[at + 1] << 8) | (frame[at + 2] << 16);
            var type = (head >> 1) & 3;
            if (type == 3)
                throw new InvalidDataException("a zstd frame has a block of an unknown type");
            at += ZstdBlockHead + (type == 1 ? 1 : head >> 3);
            if ((head & 1) != 0)
                return at + ((flags & 4) != 0 ? Checksum : 0);
        }
    }

    /// <summary>Of an LZ4 frame.</summary>
    internal static int Lz4(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 7)
            return 7;
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame) != Lz4Magic)
            throw new InvalidDataException("there is no LZ4 frame where one has to begin");
        var at = Lz4Head(frame);
        while (true)
        {
            if (frame.Length < at + Lz4BlockHead)
                return at + Lz4BlockHead;
            var mark = BinaryPrimitives.ReadUInt32LittleEndian(frame[at..]);
            at += Lz4BlockHead;
            if (mark == 0)
                return at + (HasContentChecksum(frame) ? Checksum : 0);
            var length = (long)(mark & 0x7FFF_FFFF) + (HasBlockChecksums(frame) ? Checksum : 0);
            if (at + length > int.MaxValue - Checksum - Lz4BlockHead)
                throw new InvalidDataException("an LZ4 frame has a block that is longer than any");
            at += (int)length;
        }
    }

    internal static int Lz4Head(ReadOnlySpan<byte> frame) => 7 + ((frame[4] & 8) != 0 ? 8 : 0) + ((frame[4] & 1) != 0 ? 4 : 0);

    internal static bool HasContentChecksum(ReadOnlySpan<byte> frame) => (frame[4] & 4) != 0;

    internal static bool HasBlockChecksums(ReadOnlySpan<byte> frame) => (frame[4] & 0x10) != 0;
}

using System.Buffers.Binary;
using System.IO.Hashing;
using ZstdNet;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Zstandard frames (RFC 8878), each with the checksum of its content, so that <c>zstd -d</c> notices damage even without the manifest.</summary>
internal sealed class ZstdFrames(int level) : FrameCodec
{
    private const uint Magic = 0xFD2FB528;

    // The content's length in four bytes, one segment, a checksum of the content.
    private const byte Head = 0b1010_0100;
    private const int HeadBytes = 9;
    private const int BlockHeadBytes = 3;
    private const int LongestBlock = 128 * 1024;
    private const uint LastBlock = 1;

    private readonly CompressionOptions options = new(null, new Dictionary<ZSTD_cParameter, int> { [ZSTD_cParameter.ZSTD_c_checksumFlag] = 1 }, level);
    private Compressor? compressor;

    internal override int FrameBytes => Compressor.GetCompressBound(PieceBytes);

    internal override int Encode(ReadOnlySpan<byte> piece, Span<byte> frame)
    {
        compressor ??= new Compressor(options);
        return compressor.Wrap(piece, frame);
    }

    internal override int Store(ReadOnlySpan<byte> piece, Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        frame[4] = Head;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[5..], (uint)piece.Length);
        var at = HeadBytes;
        var checksum = (uint)XxHash64.HashToUInt64(piece);
        do
        {
            var block = piece[..Math.Min(piece.Length, LongestBlock)];
            piece = piece[block.Length..];
            var head = ((uint)block.Length << 3) | (piece.IsEmpty ? LastBlock : 0);
            (frame[at], frame[at + 1], frame[at + 2]) = ((byte)head, (byte)(head >> 8), (byte)(head >> 16));
            block.CopyTo(frame[(at + BlockHeadBytes)..]);
            at += BlockHeadBytes + block.Length;
        }
        while (!piece.IsEmpty);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[at..], checksum);
        return at + sizeof(uint);
    }

    public override void Dispose()
    {
        compressor?.Dispose();
        options.Dispose();
        base.Dispose();
    }
}

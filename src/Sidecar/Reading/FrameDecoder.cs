using System.Buffers.Binary;
using System.IO.Hashing;
using ControlPlane.Protocol;
using K4os.Compression.LZ4;
using ZstdNet;

namespace ControlPlane.Sidecar.Reading;

/// <summary>Makes the piece of a frame again. <see cref="InvalidDataException"/> for a frame that is none, or was changed.</summary>
internal abstract class FrameDecoder : IDisposable
{
    /// <summary>Decodes a frame. Returns the piece's length.</summary>
    internal abstract int Decode(ReadOnlySpan<byte> frame, Span<byte> piece);

    /// <summary>One decoder for one thread; null where a frame is its own piece.</summary>
    internal static FrameDecoder? Create(Codec codec) => codec switch
    {
        Codec.Zstd => new Zstandard(),
        Codec.Lz4 => new Lz4(),
        _ => null,
    };

    public virtual void Dispose()
    {
    }

    private sealed class Zstandard : FrameDecoder
    {
        private readonly Decompressor decompressor = new();

        internal override int Decode(ReadOnlySpan<byte> frame, Span<byte> piece)
        {
            try
            {
                return decompressor.Unwrap(frame, piece, bufferSizePrecheck: false);
            }
            catch (ZstdException trouble)
            {
                throw new InvalidDataException($"a zstd frame cannot be decoded: {trouble.Message}", trouble);
            }
        }

        public override void Dispose()
        {
            decompressor.Dispose();
            base.Dispose();
        }
    }

    private sealed class Lz4 : FrameDecoder
    {
        private const uint Uncompressed = 0x8000_0000;
        private const byte ApartFromOneAnother = 0x20;

        internal override int Decode(ReadOnlySpan<byte> frame, Span<byte> piece)
        {
            if ((frame[4] & ApartFromOneAnother) == 0)
                throw new InvalidDataException("an LZ4 frame has blocks that lean on one another");
            var (at, filled) = (FrameEnd.Lz4Head(frame), 0);
            while (BinaryPrimitives.ReadUInt32LittleEndian(frame[at..]) is not 0 and var mark)
            {
                var block = frame.Slice(at + sizeof(uint), (int)(mark & ~Uncompressed));
                filled += DecodeBlock(block, (mark & Uncompressed) != 0, piece[filled..]);
                at += sizeof(uint) + block.Length + (FrameEnd.HasBlockChecksums(frame) ? sizeof(uint) : 0);
            }

            if (FrameEnd.HasContentChecksum(frame) && BinaryPrimitives.ReadUInt32LittleEndian(frame[(at + sizeof(uint))..]) != XxHash32.HashToUInt32(piece[..filled]))
                throw new InvalidDataException("an LZ4 frame has another checksum than its content");
            return filled;
        }

        private static int DecodeBlock(ReadOnlySpan<byte> block, bool isStored, Span<byte> rest)
        {
            if (!isStored)
                return LZ4Codec.Decode(block, rest) is >= 0 and var length ? length : throw new InvalidDataException("an LZ4 frame cannot be decoded");
            if (block.Length > rest.Length)
                throw new InvalidDataException("an LZ4 frame holds more than a piece");
            block.CopyTo(rest);
            return block.Length;
        }
    }
}

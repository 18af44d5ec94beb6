using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Sidecar.Runner.Sealing;

/// <summary>
/// Seals frames in place, one at a time: an instance belongs to one thread at a time. A chunk is its head (flags, and the frame's length in
/// three bytes), the frame encrypted by AES-256-GCM, and the tag. Specified in <c>docs/backup-format.md</c>.
/// </summary>
internal sealed class ChunkSealer : IDisposable
{
    /// <summary>Room before a frame.</summary>
    internal const int HeadBytes = 4;

    /// <summary>What a chunk has more than its frame.</summary>
    internal const int OverheadBytes = HeadBytes + DataKey.TagBytes;

    /// <summary>The longest frame.</summary>
    internal const int MostFrameBytes = (1 << 24) - 1;

    private const byte EndsSegment = 1;
    private const byte EndsStream = 2;
    private const int LongestIndex = 10;

    private readonly AesGcm aes;
    private readonly byte[] bound;
    private readonly int folderBytes;

    /// <param name="key">The chunks' key.</param>
    /// <param name="folder">The attempt's folder below the storage's prefix, with a slash at its end.</param>
    internal ChunkSealer(byte[] key, string folder)
    {
        aes = new AesGcm(key, DataKey.TagBytes);
        folderBytes = Encoding.UTF8.GetByteCount(folder);
        bound = new byte[folderBytes + LongestIndex + 1 + sizeof(long) + HeadBytes];
        Encoding.UTF8.GetBytes(folder, bound);
    }

    /// <summary>Seals the frame that lies in <paramref name="chunk"/> behind <see cref="HeadBytes"/>, with room for the tag behind it. Returns the chunk's length.</summary>
    internal int Seal(Span<byte> chunk, int frameBytes, ChunkPlace place)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frameBytes, MostFrameBytes);
        var flags = (place.EndsSegment ? EndsSegment : 0) | (place.EndsStream ? EndsStream : 0);
        BinaryPrimitives.WriteUInt32BigEndian(chunk, (uint)(flags << 24 | frameBytes));
        Span<byte> nonce = stackalloc byte[DataKey.NonceBytes];
        Number(nonce, place);
        var frame = chunk.Slice(HeadBytes, frameBytes);
        aes.Encrypt(nonce, frame, frame, chunk.Slice(HeadBytes + frameBytes, DataKey.TagBytes), Bound(place, chunk[..HeadBytes]));
        return frameBytes + OverheadBytes;
    }

    /// <summary>Opens the chunk at the beginning of <paramref name="chunks"/> in place, and returns the length of its frame, which then lies behind its head.</summary>
    /// <exception cref="AuthenticationTagMismatchException">It is not what was sealed for that place.</exception>
    internal int Open(Span<byte> chunks, ChunkPlace place)
    {
        var head = BinaryPrimitives.ReadUInt32BigEndian(chunks);
        var flags = (place.EndsSegment ? EndsSegment : 0) | (place.EndsStream ? EndsStream : 0);
        var frameBytes = (int)(head & MostFrameBytes);
        if (head >> 24 != flags || chunks.Length < frameBytes + OverheadBytes)
            throw new AuthenticationTagMismatchException("The chunk does not belong to this place.");
        Span<byte> nonce = stackalloc byte[DataKey.NonceBytes];
        Number(nonce, place);
        var frame = chunks.Slice(HeadBytes, frameBytes);
        aes.Decrypt(nonce, frame, chunks.Slice(HeadBytes + frameBytes, DataKey.TagBytes), frame, Bound(place, chunks[..HeadBytes]));
        return frameBytes;
    }

    public void Dispose() => aes.Dispose();

    // Every place has its own, and each is used once: the key lives no longer than the attempt, and the cutter gives a place once.
    private static void Number(Span<byte> nonce, ChunkPlace place)
    {
        BinaryPrimitives.WriteInt32BigEndian(nonce, place.Segment);
        BinaryPrimitives.WriteInt64BigEndian(nonce[sizeof(int)..], place.Chunk);
    }

    // The segment's key, a zero byte, the chunk's index, the head.
    private ReadOnlySpan<byte> Bound(ChunkPlace place, ReadOnlySpan<byte> head)
    {
        var rest = bound.AsSpan(folderBytes);
        place.Segment.TryFormat(rest, out var digits, "D8", CultureInfo.InvariantCulture);
        rest[digits] = 0;
        BinaryPrimitives.WriteInt64BigEndian(rest[(digits + 1)..], place.Chunk);
        head.CopyTo(rest[(digits + 1 + sizeof(long))..]);
        return bound.AsSpan(0, folderBytes + digits + 1 + sizeof(long) + HeadBytes);
    }
}

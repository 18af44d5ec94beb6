using System.Security.Cryptography;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Reading;

/// <summary>A frame as it lies in the store, and room for its piece; used again and again.</summary>
/// <param name="storedBytes">The most that a frame takes in the store.</param>
/// <param name="decodes">Whether the piece is another than the frame.</param>
internal sealed class StoredPiece(int storedBytes, bool decodes)
{
    private readonly byte[] stored = GC.AllocateUninitializedArray<byte>(storedBytes, pinned: true);
    private readonly byte[] raw = decodes ? GC.AllocateUninitializedArray<byte>(FrameCodec.PieceBytes, pinned: true) : [];
    private int have;

    /// <summary>What is there of the frame.</summary>
    internal ReadOnlySpan<byte> Stored => stored.AsSpan(0, have);

    /// <summary>Where the frame lies.</summary>
    internal ChunkPlace Place { get; private set; }

    /// <summary>The piece, once it was made.</summary>
    internal ReadOnlyMemory<byte> Content { get; private set; }

    /// <summary>Takes up a frame's beginning.</summary>
    internal void Begin() => have = 0;

    /// <summary>Takes more of the frame, until it has <paramref name="wanted"/> bytes. Returns how many were taken.</summary>
    internal int Fill(ReadOnlySpan<byte> bytes, int wanted)
    {
        if (wanted > stored.Length)
            throw new InvalidDataException("a frame is longer than any");
        var count = Math.Min(wanted - have, bytes.Length);
        bytes[..count].CopyTo(stored.AsSpan(have));
        have += count;
        return count;
    }

    /// <summary>The frame is whole, and lies there.</summary>
    internal void End(ChunkPlace place) => Place = place;

    /// <summary>Opens and decodes it.</summary>
    internal void Decode(FrameDecoder? decoder, ChunkSealer? sealer)
    {
        var frame = sealer is null ? stored.AsMemory(0, have) : stored.AsMemory(ChunkSealer.HeadBytes, Open(sealer));
        Content = decoder is null ? frame : raw.AsMemory(0, decoder.Decode(frame.Span, raw));
    }

    private int Open(ChunkSealer sealer)
    {
        try
        {
            return sealer.Open(stored.AsSpan(0, have), Place);
        }
        catch (AuthenticationTagMismatchException trouble)
        {
            throw new InvalidDataException($"chunk {Place.Chunk} is not what was sealed there", trouble);
        }
    }
}

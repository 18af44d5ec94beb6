using System.Buffers.Binary;
using System.Globalization;

namespace ControlPlane.Storage;

/// <summary>
/// What is known of a whole object without its bytes: by whoever sent it, or by the store that keeps it. Stores differ in the checksums
/// that they keep, so each is there or not, and two descriptions are compared by what both have.
/// </summary>
/// <param name="SizeBytes">Its length.</param>
public sealed record ObjectFacts(long SizeBytes)
{
    /// <summary>CRC-32C of all its bytes: four bytes, the highest first, in base64. Null where it is not known.</summary>
    public string? Crc32C { get; init; }

    /// <summary>
    /// CRC-32C of the CRC-32Cs of its parts, a hyphen and the number of parts, as S3 writes it: <c>yZRlqg==-3</c>. Null for an object that was
    /// written whole, and where it is not known.
    /// </summary>
    public string? Crc32COfParts { get; init; }

    /// <summary>What is known of an object with this content that is written whole.</summary>
    public static ObjectFacts Of(ReadOnlySpan<byte> content) => new(content.Length) { Crc32C = Storage.Crc32C.Base64(content) };

    /// <summary>Whether both can be of the same object: of one length, and no checksum that both know differs.</summary>
    public bool Agrees(ObjectFacts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return SizeBytes == other.SizeBytes
            && (Crc32C is null || other.Crc32C is null || Crc32C == other.Crc32C)
            && (Crc32COfParts is null || other.Crc32COfParts is null || Crc32COfParts == other.Crc32COfParts);
    }

    /// <summary>Whether there is a checksum that both know, so that agreeing says something of the bytes.</summary>
    public bool SharesChecksum(ObjectFacts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (Crc32C is not null && other.Crc32C is not null) || (Crc32COfParts is not null && other.Crc32COfParts is not null);
    }

    /// <summary>What is known of an object of these parts.</summary>
    internal static ObjectFacts OfParts(IReadOnlyList<(int Length, uint Crc32C)> parts)
    {
        long size = 0;
        uint whole = 0;
        var checksums = new byte[parts.Count * sizeof(uint)];
        for (int i = 0; i < parts.Count; i++)
        {
            var (length, crc) = parts[i];
            size += length;
            whole = Storage.Crc32C.Combine(whole, crc, length);
            BinaryPrimitives.WriteUInt32BigEndian(checksums.AsSpan(i * sizeof(uint)), crc);
        }

        return new ObjectFacts(size)
        {
            Crc32C = Storage.Crc32C.Base64(whole),
            Crc32COfParts = string.Create(CultureInfo.InvariantCulture, $"{Storage.Crc32C.Base64((ReadOnlySpan<byte>)checksums)}-{parts.Count}"),
        };
    }
}

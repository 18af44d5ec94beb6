using System.IO.Hashing;
using System.Security.Cryptography;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>One object as it was sent to the store; what it became there is for <see cref="StoreChecker"/> to say.</summary>
/// <param name="Key">Its key, relative to the backup's prefix.</param>
/// <param name="SizeBytes">How many bytes of the stream it holds.</param>
/// <param name="Facts">What was sent, in the words in which stores speak of their objects.</param>
/// <param name="Fingerprint">Of the bytes that were sent.</param>
/// <param name="Sha256">Of the same bytes, where they are not going to be read back; else null.</param>
internal sealed record StoredSegment(string Key, long SizeBytes, ObjectFacts Facts, UInt128 Fingerprint, string? Sha256)
{
    /// <summary>How many bytes were sent.</summary>
    internal long StoredBytes => Facts.SizeBytes;

    // Chosen anew by each process and never shown, so that nobody can make other bytes with the same fingerprint.
    private static readonly long Seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    /// <summary>
    /// Makes fingerprints: 128 bits by a hash that costs a tenth of SHA-256. It only has to carry what was sent over to the read-back,
    /// in the same process; there the SHA-256 of what the store holds is taken for the manifest.
    /// </summary>
    internal static XxHash128 Fingerprinter() => new(Seed);
}

using System.IO.Hashing;
using System.Security.Cryptography;

namespace ControlPlane.Sidecar.Runner;

/// <summary>One object as it was sent to the store; what it became there is for <see cref="StoreChecker"/> to say.</summary>
/// <param name="Key">Its key, relative to the backup's prefix.</param>
/// <param name="StoredBytes">How many bytes were sent.</param>
/// <param name="SizeBytes">How many bytes of the stream they are.</param>
/// <param name="Fingerprint">Of the bytes that were sent.</param>
internal sealed record StoredSegment(string Key, long StoredBytes, long SizeBytes, UInt128 Fingerprint)
{
    // Chosen anew by each process and never shown, so that nobody can make other bytes with the same fingerprint.
    private static readonly long Seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    /// <summary>
    /// Makes fingerprints: 128 bits by a hash that costs a tenth of SHA-256. It only has to carry what was sent over to the read-back,
    /// in the same process; there the SHA-256 of what the store holds is taken for the manifest.
    /// </summary>
    internal static XxHash128 Fingerprinter() => new(Seed);
}

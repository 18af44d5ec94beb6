using System.Security.Cryptography;
using System.Text;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sealing;

/// <summary>
/// The key of one attempt's data: random, made by the runner that uses it, and never written but wrapped by the owner's key. From it come one
/// key for the chunks and one for the manifest. Wiped when it is disposed.
/// </summary>
internal sealed class DataKey : IDisposable
{
    internal const int KeyBytes = 32;
    internal const int NonceBytes = 12;
    internal const int TagBytes = 16;

    /// <summary>The length of a wrapped key in hexadecimal digits.</summary>
    internal const int WrappedDigits = 2 * (NonceBytes + KeyBytes + TagBytes);

    private static readonly byte[] ForChunks = "controlplane backup chunks 1"u8.ToArray();
    private static readonly byte[] ForManifest = "controlplane backup manifest 1"u8.ToArray();

    private readonly byte[] bytes;

    internal DataKey(byte[] bytes) => this.bytes = bytes;

    /// <summary>A new one.</summary>
    internal static DataKey Make() => new(RandomNumberGenerator.GetBytes(KeyBytes));

    /// <summary>The key that was wrapped for that backup under that id; null when <paramref name="ownerKey"/> is another, or the text was changed.</summary>
    internal static DataKey? Unwrap(string wrapped, byte[] ownerKey, string id, BackupIdentity backup)
    {
        if (wrapped.Length != WrappedDigits || !wrapped.All(char.IsAsciiHexDigitLower))
            return null;
        var parts = Convert.FromHexString(wrapped).AsSpan();
        var key = new byte[KeyBytes];
        try
        {
            using var aes = new AesGcm(ownerKey, TagBytes);
            aes.Decrypt(parts[..NonceBytes], parts[NonceBytes..^TagBytes], parts[^TagBytes..], key, Context(id, backup));
            return new DataKey(key);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>The key as the manifest has it. The nonce is random: an owner's key wraps thousands of keys, not thousands of millions.</summary>
    internal string Wrap(byte[] ownerKey, string id, BackupIdentity backup) => Wrap(ownerKey, id, backup, RandomNumberGenerator.GetBytes(NonceBytes));

    /// <summary>The same with a nonce that is given: for the test vectors alone.</summary>
    internal string Wrap(byte[] ownerKey, string id, BackupIdentity backup, byte[] nonce)
    {
        var parts = new byte[NonceBytes + KeyBytes + TagBytes];
        nonce.CopyTo(parts, 0);
        using var aes = new AesGcm(ownerKey, TagBytes);
        aes.Encrypt(nonce, bytes, parts.AsSpan(NonceBytes, KeyBytes), parts.AsSpan(NonceBytes + KeyBytes), Context(id, backup));
        return Convert.ToHexStringLower(parts);
    }

    /// <summary>The key that seals the chunks.</summary>
    internal byte[] ChunkKey() => Derive(ForChunks);

    /// <summary>The key of the manifest's HMAC.</summary>
    internal byte[] ManifestKey() => Derive(ForManifest);

    public void Dispose() => CryptographicOperations.ZeroMemory(bytes);

    // Line by line, since no part can hold a line end: no two backups have the same text.
    private static byte[] Context(string id, BackupIdentity backup) =>
        Encoding.UTF8.GetBytes(string.Join('\n', "controlplane wrapped key 1", id, backup.Namespace, backup.Cluster, backup.Name, backup.Uid));

    private byte[] Derive(byte[] purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, KeyBytes, salt: null, purpose);
}

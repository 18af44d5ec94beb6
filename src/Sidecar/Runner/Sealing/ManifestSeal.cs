using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sealing;

/// <summary>
/// Keeps a sealed backup's manifest from being changed by anybody who has not its data key: an HMAC over exactly the document's bytes, with
/// 64 zeros where the HMAC itself stands.
/// </summary>
internal static class ManifestSeal
{
    private const int Digits = 2 * SHA256.HashSizeInBytes;

    /// <summary>What stands in the HMAC's place while it is computed.</summary>
    internal static readonly string Blank = new('0', Digits);

    /// <summary>Puts the HMAC into a document that has <see cref="Blank"/> in its place.</summary>
    internal static byte[] Seal(byte[] blank, DataKey key)
    {
        if (Place(blank, Blank) is not { } at)
            throw new InvalidOperationException("The manifest has no one place for its HMAC.");
        Encoding.ASCII.GetBytes(Mac(blank, key)).CopyTo(blank, at);
        return blank;
    }

    /// <summary>The manifest under another key of the owner's: but for the wrapped key it says what it said, also what this version does not know.</summary>
    internal static byte[] Rewrap(byte[] bytes, DataKey key, string wrapped, string id)
    {
        var document = JsonNode.Parse(bytes)!;
        var sealing = document["sealing"]!;
        (sealing["keyId"], sealing["wrappedKey"], sealing["mac"]) = (id, wrapped, Blank);
        return Seal(Encoding.UTF8.GetBytes(document.ToJsonString(ProtocolJson.Indented.Options)), key);
    }

    /// <summary>The data key of a manifest, once it is sure that a holder of the owner's key wrote every byte of it. Nothing but the manifest is read for that.</summary>
    /// <param name="manifest">What it says.</param>
    /// <param name="bytes">How it says it.</param>
    /// <param name="keys">The owner's.</param>
    /// <param name="place">Where it lies, for messages.</param>
    internal static DataKey Open(BackupManifest manifest, byte[] bytes, OwnerKeys keys, string place)
    {
        if (manifest.Sealing is not { } sealing)
            throw new JobFaultException(JobFault.ManifestMismatch, $"{place} is not sealed, but the storage names an encryption key: it was not written by this backup.");
        if (sealing.Scheme != SealingDescription.AesGcmChunks || !OwnerKeys.IsId(sealing.KeyId))
            throw new JobFaultException(JobFault.ManifestMismatch, $"{place} is sealed in a way that this runner does not know; use a newer image.");
        var key = keys.Use(sealing.KeyId, owner => DataKey.Unwrap(sealing.WrappedKey, owner, sealing.KeyId, manifest.Backup))
            ?? throw new JobFaultException(JobFault.WrongKey, $"{place} was sealed with another key than the one that is now '{sealing.KeyId}', or its wrapped key was changed.");
        if (Fits(bytes, sealing.Mac, key))
            return key;
        key.Dispose();
        throw new JobFaultException(JobFault.ManifestMismatch, $"{place} was changed after it was written.");
    }

    /// <summary>The same, where only the certainty is wanted. A backup that is not to be sealed has none to give.</summary>
    internal static void Check(BackupManifest manifest, byte[] bytes, OwnerKeys? keys, string place)
    {
        if (keys is not null)
            Open(manifest, bytes, keys, place).Dispose();
        else if (manifest.Sealing is not null)
            throw new JobFaultException(JobFault.WrongKey, $"{place} is sealed, but the storage names no encryption key.");
    }

    private static bool Fits(byte[] bytes, string mac, DataKey key)
    {
        if (mac.Length != Digits || Place(bytes, mac) is not { } at)
            return false;
        var blank = (byte[])bytes.Clone();
        Encoding.ASCII.GetBytes(Blank).CopyTo(blank, at);
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Mac(blank, key)), Encoding.ASCII.GetBytes(mac));
    }

    private static string Mac(byte[] blank, DataKey key)
    {
        var secret = key.ManifestKey();
        try
        {
            return Convert.ToHexStringLower(HMACSHA256.HashData(secret, blank));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // The one place of a text; null when it has none or several.
    private static int? Place(ReadOnlySpan<byte> bytes, string text)
    {
        var wanted = Encoding.ASCII.GetBytes(text);
        var at = bytes.IndexOf(wanted);
        return at >= 0 && bytes[(at + 1)..].IndexOf(wanted) < 0 ? at : null;
    }
}

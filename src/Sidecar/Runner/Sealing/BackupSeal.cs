using System.Security.Cryptography;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sealing;

/// <summary>What one attempt is sealed with, from its first chunk to its manifest.</summary>
internal sealed class BackupSeal : IDisposable
{
    private readonly DataKey key = DataKey.Make();
    private readonly byte[] chunkKey;
    private readonly string folder;

    private BackupSeal(JobRequest request, OwnerKeys keys)
    {
        chunkKey = key.ChunkKey();
        folder = ObjectLayout.Root(request.Backup) + ObjectLayout.Attempt(request.Attempt);
        Description = new SealingDescription
        {
            Scheme = SealingDescription.AesGcmChunks,
            KeyId = keys.KeyId,
            WrappedKey = keys.Use(keys.KeyId, owner => key.Wrap(owner, keys.KeyId, request.Backup)),
            Mac = ManifestSeal.Blank,
        };
    }

    /// <summary>What the manifest says of it; its HMAC is yet to come.</summary>
    internal SealingDescription Description { get; }

    /// <summary>Begins; null for a backup that is not sealed. A key that is missing or is none throws here, before a byte has moved.</summary>
    internal static BackupSeal? Begin(JobRequest request, OwnerKeys? keys) => keys is null ? null : new BackupSeal(request, keys);

    /// <summary>One more sealer, for one more thread.</summary>
    internal ChunkSealer MakeSealer() => new(chunkKey, folder);

    /// <summary>The manifest's bytes with their HMAC.</summary>
    internal byte[] Seal(byte[] manifest) => ManifestSeal.Seal(manifest, key);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(chunkKey);
        key.Dispose();
    }
}

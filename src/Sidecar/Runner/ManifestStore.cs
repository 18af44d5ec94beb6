using System.Security.Cryptography;
using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>The one document that makes objects a backup.</summary>
internal sealed class ManifestStore(IObjectStore store, BackupIdentity backup)
{
    // A backup of 20 TiB has about 4,000 segments of about 200 bytes each.
    private const int LongestBytes = 64 << 20;

    /// <summary>Where it lies, for messages.</summary>
    internal string Place => $"{store.Location}: {Key}";

    private string Key => ObjectLayout.Root(backup) + ObjectLayout.Manifest;

    /// <summary>The manifest's bytes: indented, for it is also read by people.</summary>
    internal static byte[] Bytes(BackupManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, ProtocolJson.Indented.BackupManifest);

    /// <summary>What status shows of a manifest.</summary>
    internal static BackupSummary Summary(BackupManifest manifest, byte[] bytes) => new()
    {
        ManifestDigest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)),
        SizeBytes = manifest.Stream.SizeBytes,
        StoredBytes = manifest.Segments.Sum(segment => segment.StoredBytes) + bytes.Length,
        Segments = manifest.Segments.Count,
        Engine = manifest.Engine,
        Positions = manifest.Positions,
        EncryptionKeyId = manifest.Sealing?.KeyId,
    };

    /// <summary>The manifest that is there, or null.</summary>
    internal async Task<byte[]?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var source = await store.OpenAsync(Key, 0, cancellationToken);
            var content = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (content.Length + count > LongestBytes)
                    throw new JobFaultException(JobFault.ManifestMismatch, $"{Place} is longer than any manifest.");
                content.Write(buffer, 0, count);
            }

            return content.ToArray();
        }
        catch (ObjectStoreException absent) when (absent.Fault == ObjectStoreFault.NotFound)
        {
            return null;
        }
        catch (IOException trouble)
        {
            throw new JobFaultException(JobFault.StorageUnavailable, $"{Place} could not be read: {trouble.Message}", trouble);
        }
    }

    /// <summary>Reads a manifest, and insists that it is this backup's.</summary>
    internal BackupManifest Read(byte[] bytes)
    {
        BackupManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(bytes, ProtocolJson.Default.BackupManifest);
        }
        catch (JsonException trouble)
        {
            throw new JobFaultException(JobFault.ManifestMismatch, $"{Place} is no manifest: {trouble.Message}", trouble);
        }

        if (manifest is null || manifest.Version > BackupManifest.CurrentVersion)
            throw new JobFaultException(JobFault.ManifestMismatch, $"{Place} is of a version that this runner does not know; use a newer image.");
        return manifest.Backup == backup ? manifest : throw new JobFaultException(JobFault.ManifestMismatch, $"{Place} names another backup than its place.");
    }

    /// <summary>The same, and insists that nobody but this backup's own runner wrote it, as far as the owner's keys can tell.</summary>
    internal BackupManifest Read(byte[] bytes, OwnerKeys? keys)
    {
        var manifest = Read(bytes);
        ManifestSeal.Check(manifest, bytes, keys, Place);
        return manifest;
    }

    /// <summary>Puts a manifest into the place of the one that is there, and makes sure that it is.</summary>
    internal async Task ReplaceAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await store.PutAsync(Key, bytes, PutCondition.None, cancellationToken);
        if (await FindAsync(cancellationToken) is not { } back || !back.AsSpan().SequenceEqual(bytes))
            throw new JobFaultException(JobFault.ManifestMismatch, $"{Place} was written and another one came back: somebody else writes there.");
    }

    /// <summary>Takes the manifest away.</summary>
    internal Task RemoveAsync(CancellationToken cancellationToken) => store.DeleteAsync([Key], cancellationToken);

    /// <summary>
    /// Writes the manifest unless there is one. Returns the bytes that are there afterwards, read back: these, or those of an attempt
    /// that was faster.
    /// </summary>
    internal async Task<byte[]> CommitAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await store.PutAsync(Key, bytes, PutCondition.IfAbsent, cancellationToken);
        }
        catch (ObjectStoreException taken) when (taken.Fault == ObjectStoreFault.Exists)
        {
            // Another attempt's, or our own whose reply was lost: what is read back tells.
        }

        return await FindAsync(cancellationToken)
            ?? throw new JobFaultException(JobFault.ManifestMismatch, $"{Place} was written and is not there.");
    }
}

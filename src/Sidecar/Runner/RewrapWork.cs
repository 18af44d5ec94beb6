using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Wraps a sealed backup's data key anew, so that the owner's old key may be given up. Of all that is stored only the manifest changes, and of
/// the manifest only the wrapped key, its id and the HMAC; whoever reads meanwhile sees the one or the other, and both are good.
/// </summary>
internal sealed class RewrapWork(JobRequest request, IObjectStore store, OwnerKeys keys)
{
    private readonly ManifestStore manifests = new(store, request.Stored);

    /// <summary>Does it. Nothing is written unless both keys are there and the manifest is what it was when it was written.</summary>
    internal async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        var bytes = await manifests.FindAsync(cancellationToken)
            ?? throw new JobFaultException(JobFault.InvalidRequest, $"{manifests.Place} does not exist: there is no backup to wrap anew.");
        var manifest = manifests.Read(bytes);
        if (manifest.Sealing is not { } sealing)
            throw new JobFaultException(JobFault.InvalidRequest, $"{manifests.Place} is not sealed: there is nothing to wrap anew.");
        using var key = ManifestSeal.Open(manifest, bytes, keys, manifests.Place);
        if (sealing.KeyId == keys.KeyId)
            return Report(manifest, bytes, $"The backup has the key '{keys.KeyId}' already; nothing was written.");
        var wrapped = keys.Use(keys.KeyId, owner => key.Wrap(owner, keys.KeyId, manifest.Backup));
        var anew = ManifestSeal.Rewrap(bytes, key, wrapped, keys.KeyId);
        await FindAllAsync(manifest, cancellationToken);
        await manifests.ReplaceAsync(anew, cancellationToken);
        await StillThereAsync(manifest, cancellationToken);
        return Report(manifests.Read(anew), anew, $"The backup has the key '{keys.KeyId}' now instead of '{sealing.KeyId}'.");
    }

    // A backup that is being removed loses its manifest first. Had that happened in between, the manifest would have come back to life alone.
    private async Task StillThereAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            await FindAllAsync(manifest, cancellationToken);
        }
        catch (JobFaultException)
        {
            await manifests.RemoveAsync(cancellationToken);
            throw;
        }
    }

    private async Task FindAllAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        var root = ObjectLayout.Root(request.Stored);
        var missing = manifest.Segments.Select(segment => root + segment.Key).ToHashSet(StringComparer.Ordinal);
        await foreach (var stored in store.ListAsync(root + ObjectLayout.Data, cancellationToken))
            missing.Remove(stored.Key);
        if (missing.FirstOrDefault() is { } gone)
            throw new JobFaultException(JobFault.ManifestMismatch, $"{store.Location}: {gone} does not exist, although the manifest names it; is the backup being removed?");
    }

    private JobReport Report(BackupManifest manifest, byte[] bytes, string message) =>
        new() { Uid = request.Backup.Uid, Attempt = request.Attempt, Message = message, Summary = ManifestStore.Summary(manifest, bytes) };
}

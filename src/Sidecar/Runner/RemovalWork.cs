using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>The two works that only take away.</summary>
internal sealed class RemovalWork(JobRequest request, IObjectStore store, OwnerKeys? keys)
{
    private readonly StoreRemover remover = new(store, ObjectLayout.Root(request.Stored));

    /// <summary>Removes the backup and all its remains.</summary>
    internal async Task<JobReport> DeleteAsync(CancellationToken cancellationToken) => Report(await remover.RemoveAllAsync(cancellationToken));

    /// <summary>
    /// Removes remains. Where a manifest is, the backup was committed although nobody was told: it is read back, and reported as what it is.
    /// </summary>
    internal async Task<JobReport> SweepAsync(CancellationToken cancellationToken)
    {
        var manifests = new ManifestStore(store, request.Stored);
        if (await manifests.FindAsync(cancellationToken) is not { } bytes)
            return Report(await remover.RemoveAllAsync(cancellationToken));
        var manifest = manifests.Read(bytes, keys);
        await new StoreChecker(store, ObjectLayout.Root(request.Stored), new TransferMeter()).CheckAsync(manifest.Segments, cancellationToken);
        return Report(0) with { Message = "There is a manifest: the backup is whole, and nothing was removed.", Summary = ManifestStore.Summary(manifest, bytes) };
    }

    private JobReport Report(long removed) => new() { Uid = request.Backup.Uid, Attempt = request.Attempt, ObjectsRemoved = removed };
}

using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Finds out whether a folder holds a whole backup, and what it is. It only reads. What is not sealed is taken for what it is, also where
/// the storage has a key by now: a storage may have been without one when the backup was taken.
/// </summary>
internal sealed class ImportWork(JobRequest request, IObjectStore store, OwnerKeys? keys, TransferMeter meter)
{
    private readonly ManifestStore manifests = new(store, request.Stored);

    /// <summary>Does it.</summary>
    internal async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        var bytes = await manifests.FindAsync(cancellationToken)
            ?? throw new JobFaultException(JobFault.InvalidRequest, $"{manifests.Place} does not exist: there is no backup to import.");
        var manifest = manifests.Read(bytes);
        ManifestSeal.Check(manifest, bytes, manifest.Sealing is null ? null : keys, manifests.Place);
        await new StoreChecker(store, ObjectLayout.Root(request.Stored), meter, request.ReadBack).CheckAsync(manifest.Segments, cancellationToken);
        return new()
        {
            Uid = request.Backup.Uid,
            Attempt = request.Attempt,
            Message = "The manifest and all the data that it names are there.",
            Summary = ManifestStore.Summary(manifest, bytes),
            Import = new() { Started = manifest.Started, Completed = manifest.Completed, SourcePod = manifest.SourcePod },
        };
    }
}

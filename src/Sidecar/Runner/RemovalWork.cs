using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>The two works that only take away.</summary>
internal sealed class RemovalWork(JobRequest request, IObjectStore store)
{
    private readonly StoreRemover remover = new(store, ObjectLayout.Root(request.Backup));

    /// <summary>Removes the backup and all its remains.</summary>
    internal async Task<JobReport> DeleteAsync(CancellationToken cancellationToken) => Report(await remover.RemoveAllAsync(cancellationToken));

    /// <summary>Removes remains; where a manifest is, there are none to speak of, and nothing is touched.</summary>
    internal async Task<JobReport> SweepAsync(CancellationToken cancellationToken) =>
        await new ManifestStore(store, request.Backup).FindAsync(cancellationToken) is null
            ? Report(await remover.RemoveAllAsync(cancellationToken))
            : Report(0) with { Message = "There is a manifest: the backup is committed, and nothing was removed." };

    private JobReport Report(long removed) => new() { Uid = request.Backup.Uid, Attempt = request.Attempt, ObjectsRemoved = removed };
}

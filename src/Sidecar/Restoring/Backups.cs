using ControlPlane.Protocol;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Opens the backup that a request names, whichever layout it has.</summary>
internal static class Backups
{
    internal static async Task<IBackupSource> OpenAsync(IObjectStore store, JobRequest request, RunnerFiles files, CancellationToken cancellationToken)
    {
        var keys = request.Sealing is { } sealing ? new OwnerKeys(sealing, files.EncryptionKeys) : null;
        return request.Restore!.Source!.Backup is { } backup
            ? await SegmentedBackup.OpenAsync(store, backup, keys, ReadBudget.Standard, cancellationToken)
            : await XbCloudBackup.OpenAsync(store, request.Restore.Source.XbCloud!, ReadBudget.Standard, cancellationToken);
    }
}

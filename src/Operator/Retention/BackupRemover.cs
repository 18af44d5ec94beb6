using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Retention;

/// <summary>Deletes the resources of backups that retention let go, each under the condition that it is still the one that is meant.</summary>
internal sealed partial class BackupRemover(ApiCalls api, ILogger<BackupRemover> logger) : IBackupRemover
{
    public async Task RemoveAsync(BackupKey backup, string uid, CancellationToken cancellationToken)
    {
        var condition = new V1DeleteOptions { Preconditions = new() { Uid = uid } };
        try
        {
            var found = await api.RunAsync(
                backup.Member,
                (client, token) => client.CustomObjects.DeleteNamespacedCustomObjectAsync(
                    ApiGroup.Name, ApiGroup.Version, backup.Namespace, ApiGroup.Backups.Plural, backup.Name, condition, cancellationToken: token).OrMissingAsync(),
                cancellationToken);
            if (found is not null)
                LogRemoved(backup, uid);
        }
        catch (HttpOperationException refusal) when (refusal.IsConflict())
        {
            // A namesake by now: the one that was meant is gone.
        }
    }

    [LoggerMessage(2571, LogLevel.Information, "The resource of backup {Backup} with UID {Uid}, which retention let go, is being deleted")]
    private partial void LogRemoved(BackupKey backup, string uid);
}

using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for the end of a backup's resource. Its finalizer still stands; who has the data takes it off.</summary>
public interface IBackupRemover
{
    /// <summary>
    /// Makes sure that the resource is being deleted. Done also when it is gone, or is a namesake of another UID by now. Throws when the API
    /// server cannot be reached or refuses; the caller's tick says it again.
    /// </summary>
    Task RemoveAsync(BackupKey backup, string uid, CancellationToken cancellationToken);
}

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// A backup in a store that was found whole as far as that can be told without reading its data: whoever has one has a manifest that fits, a key
/// that fits where one is needed, and every object in the store's list with the size that it must have.
/// </summary>
internal interface IBackupSource : IDisposable
{
    /// <summary>What it is.</summary>
    BackupContents Contents { get; }

    /// <summary>
    /// Writes the backup as one xbstream. Objects are fetched side by side and written in order; a target that takes its time slows the
    /// fetching down, and the memory is the same for every backup.
    /// </summary>
    /// <remarks>
    /// Bytes are written before all that comes after them was checked: the last of a segment only after its checksum, the last of the stream only
    /// after everything. So what the target made of them counts when this returns, and has to be thrown away when it throws.
    /// </remarks>
    Task WriteToAsync(Stream target, CancellationToken cancellationToken);
}

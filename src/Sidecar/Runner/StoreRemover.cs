using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Removes objects below one backup's prefix, and nothing beside it.</summary>
internal sealed class StoreRemover(IObjectStore store, string root)
{
    private const int KeysAtOnce = 1000;

    /// <summary>Removes what is below <paramref name="prefix"/> and fits, unfinished uploads included. Returns how many objects there were.</summary>
    internal async Task<long> RemoveAsync(string prefix, Predicate<string> fits, CancellationToken cancellationToken)
    {
        // Uploads first: one that is ended at this very moment would become an object that the list below no longer shows.
        await store.AbandonUploadsAsync(prefix, cancellationToken);
        var removed = 0L;
        var keys = new List<string>(KeysAtOnce);
        await foreach (var stored in store.ListAsync(prefix, cancellationToken))
        {
            if (fits(stored.Key))
                keys.Add(stored.Key);
            if (keys.Count == KeysAtOnce)
                removed += await RemoveAsync(keys, cancellationToken);
        }

        return removed + await RemoveAsync(keys, cancellationToken);
    }

    /// <summary>Removes the whole backup. The manifest goes first, so that no half backup ever looks whole.</summary>
    internal async Task<long> RemoveAllAsync(CancellationToken cancellationToken)
    {
        var manifest = root + ObjectLayout.Manifest;
        var removed = await RemoveAsync(manifest, key => key == manifest, cancellationToken) + await RemoveAsync(root, _ => true, cancellationToken);
        await foreach (var left in store.ListAsync(root, cancellationToken))
            throw new JobFaultException(JobFault.StorageUnavailable, $"{store.Location}: {left.Key} is still there after it was removed; perhaps a runner that was given up still writes.");
        return removed;
    }

    private async Task<long> RemoveAsync(List<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return 0;
        await store.DeleteAsync(keys, cancellationToken);
        var removed = keys.Count;
        keys.Clear();
        return removed;
    }
}

using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace ControlPlane.Storage;

/// <summary>
/// Blocks that were sent and never put together. The service drops them a week after the last one, and has no request that drops them
/// earlier; but a list of blocks that is committed drops all that it does not name. So an empty one is committed, if there is no object of
/// this key, and the empty object that comes of it is removed again.
/// Blocks under the key of a whole object are left to the service: nothing of that object is ever touched for them.
/// </summary>
internal static class AzureUnfinished
{
    // Giving up must not keep anyone who was told to stop, however the store hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Gives up the picked uploads of ours under a prefix, however many. Who put blocks of several uploads under one key began it with the last.</summary>
    public static async Task<int> AbandonAsync(
        AzureConnection connection, string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        int abandoned = 0;
        await foreach (var found in AzureListing.PagesAsync(connection, prefix, BlobStates.Uncommitted, cancellationToken))
        {
            // A listing shows unfinished uploads as objects without length, and cannot tell them from whole ones that are empty.
            foreach (var entry in found.Where(entry => entry.Properties.ContentLength is null or 0))
            {
                string key = connection.Relative(entry.Name);
                abandoned += await AbandonAsync(connection, key, IsPicked, cancellationToken) ? 1 : 0;

                bool IsPicked(IReadOnlyList<string> blocks) =>
                    blocks.All(AzureBlockId.IsOurs) && which(new UnfinishedUpload(key, Latest([.. blocks.Select(AzureBlockId.Started)])));
            }
        }

        return abandoned;
    }

    /// <summary>Gives up one upload; false when there is nothing to give up, or when its blocks, by their names, are not to be given up.</summary>
    public static async Task<bool> AbandonAsync(
        AzureConnection connection, string key, Predicate<IReadOnlyList<string>> mayGo, CancellationToken cancellationToken)
    {
        using var watch = connection.Watch(Limit, cancellationToken);
        string what = $"give up the upload of {key}";
        var blob = connection.Blob(key);
        try
        {
            var blocks = await connection.SendAsync(
                what, watch, token => blob.GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: token), cancellationToken);
            var unfinished = blocks.Value.UncommittedBlocks.ToList();
            if (unfinished.Count == 0 || !mayGo([.. unfinished.Select(block => block.Name)]))
            {
                return false;
            }

            var empty = await connection.SendAsync(what, watch, token => CommitNothingAsync(blob, token), cancellationToken);
            var itself = new BlobRequestConditions { IfMatch = empty.Value.ETag };
            await connection.SendAsync(
                what, watch, token => blob.DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, itself, token), cancellationToken);
            return true;
        }
        catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.NotFound or ObjectStoreFault.Exists)
        {
            // Completed, or given up by someone else.
            return false;
        }
    }

    private static DateTimeOffset? Latest(IReadOnlyList<DateTimeOffset?> times) => times.Contains(null) ? null : times.Max();

    private static Task<Response<BlobContentInfo>> CommitNothingAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        var options = new CommitBlockListOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
        return blob.CommitBlockListAsync([], options, cancellationToken);
    }
}

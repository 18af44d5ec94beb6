using Amazon.S3;
using Amazon.S3.Model;

namespace ControlPlane.Storage;

/// <summary>
/// Removes objects by the thousand, or one by one where the store does not take batches: some compatible stores answer them with
/// 501, others with one 4xx or another. A store that denies is not asked again in another way.
/// </summary>
internal sealed class S3Deleter
{
    private const int BatchSize = 1000;
    private const int SinglesSideBySide = 8;

    private volatile bool singlesOnly;

    public async Task DeleteAsync(S3Connection connection, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (string[] batch in keys.Chunk(BatchSize))
        {
            if (singlesOnly || batch.Length == 1 || !connection.Settings.Dialect.DeletesInBatches || !await TryBatchAsync(connection, batch, cancellationToken))
            {
                await SinglesAsync(connection, batch, cancellationToken);
            }
        }
    }

    private async Task<bool> TryBatchAsync(S3Connection connection, string[] batch, CancellationToken cancellationToken)
    {
        string what = $"delete {batch.Length} objects";
        var request = new DeleteObjectsRequest
        {
            BucketName = connection.Bucket,
            Objects = [.. batch.Select(key => new KeyVersion { Key = connection.Full(key) })],
            Quiet = true,
        };
        try
        {
            await connection.SendAsync(what, token => connection.Client.DeleteObjectsAsync(request, token), cancellationToken);
            return true;
        }
        catch (DeleteObjectsException partly)
        {
            var error = partly.Response.DeleteErrors.FirstOrDefault(error => error.Code != "NoSuchKey");
            return error is null
                ? true
                : throw connection.Translate($"delete {connection.Relative(error.Key)}", error.Code, error.Message);
        }
        catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.Refused or ObjectStoreFault.Corrupted or ObjectStoreFault.NotFound)
        {
            singlesOnly = true;
            return false;
        }
    }

    private static async Task SinglesAsync(S3Connection connection, string[] keys, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = SinglesSideBySide, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, options, async (key, token) =>
        {
            var request = new DeleteObjectRequest { BucketName = connection.Bucket, Key = connection.Full(key) };
            try
            {
                await connection.SendAsync($"delete {key}", inner => connection.Client.DeleteObjectAsync(request, inner), token);
            }
            catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
            {
                // Not there counts as removed.
            }
        });
    }
}

using Azure;
using Azure.Core;
using Azure.Storage;
using Azure.Storage.Blobs.Models;

namespace ControlPlane.Storage;

/// <summary>A container of Azure Blob Storage. All objects are block blobs.</summary>
internal sealed class AzureObjectStore : IObjectStore, IDisposable
{
    public const string ContentType = "application/octet-stream";

    private const int DeletionsSideBySide = 8;

    private readonly AzureConnection connection;
    private readonly IDisposable? identity;

    public AzureObjectStore(AzureStoreSettings settings, TimeProvider time)
    {
        var workload = settings.Credentials is null ? new AzureWorkloadIdentity(AzureIdentitySettings.OfEnvironment(), time) : null;
        identity = workload;
        connection = new AzureConnection(settings, workload, time);
    }

    internal AzureObjectStore(AzureStoreSettings settings, TokenCredential identity, TimeProvider time) =>
        connection = new AzureConnection(settings, identity, time);

    public string Location => connection.Location;

    public async Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        Check(key);
        using var watch = connection.Watch(cancellationToken);
        using var body = new PartStream(content, watch) { IsReadTwice = true };

        // However long, in one request. The SDK cuts whatever is not shorter than this.
        long length = content.Length + 1L;
        var options = new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = ContentType },
            Conditions = condition == PutCondition.IfAbsent ? new BlobRequestConditions { IfNoneMatch = ETag.All } : null,
            TransferOptions = new StorageTransferOptions { InitialTransferSize = length, MaximumTransferSize = length },
            TransferValidation = AzureChecksum.OfStream,
        };
        await connection.SendAsync(
            $"put {key}", watch, token => connection.Blob(key).UploadAsync(body, options, token), cancellationToken);
    }

    public Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IObjectUpload>(new AzureUpload(connection, key));
    }

    public async Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken)
    {
        Check(key);
        var answer = await connection.SendAsync(
            $"look at {key}", token => connection.Blob(key).GetPropertiesAsync(cancellationToken: token), cancellationToken);
        return new ObjectFacts(answer.Value.ContentLength);
    }

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return OpenAsync(key, offset > 0 ? new HttpRange(offset) : default, cancellationToken);
    }

    public Task<Stream> OpenRangeAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return OpenAsync(key, new HttpRange(offset, length), cancellationToken);
    }

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        return AzureListing.ObjectsAsync(connection, prefix, cancellationToken);
    }

    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (string key in keys)
        {
            Check(key);
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = DeletionsSideBySide, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, options, async (key, token) =>
        {
            try
            {
                await connection.SendAsync(
                    $"delete {key}",
                    inner => connection.Blob(key).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: inner),
                    token);
            }
            catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
            {
                // Not there counts as removed.
            }
            catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.Locked)
            {
                throw await WithEndAsync(key, trouble, token);
            }
        });
    }

    public async Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        return await AzureUnfinished.AbandonAsync(connection, prefix, which, cancellationToken);
    }

    public void Dispose()
    {
        connection.Dispose();
        identity?.Dispose();
    }

    private async Task<Stream> OpenAsync(string key, HttpRange range, CancellationToken cancellationToken)
    {
        Check(key);
        var options = new BlobDownloadOptions { Range = range };
        string what = $"read {key}";
        try
        {
            var answer = await connection.SendAsync(
                what, token => connection.Blob(key).DownloadStreamingAsync(options, token), cancellationToken);
            return new WatchedReadStream(connection, what, answer.Value.Content, answer.Value);
        }
        catch (ObjectStoreException trouble) when (trouble.Code is "InvalidRange" or nameof(System.Net.HttpStatusCode.RequestedRangeNotSatisfiable))
        {
            return Stream.Null;
        }
    }

    /// <summary>The same fault with the end of the policy, where it is one of the object's own. The container's is not told here.</summary>
    private async Task<ObjectStoreException> WithEndAsync(string key, ObjectStoreException trouble, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await connection.SendAsync(
                $"look at {key}", token => connection.Blob(key).GetPropertiesAsync(cancellationToken: token), cancellationToken);
            return (answer.Value.HasLegalHold, answer.Value.ImmutabilityPolicy?.ExpiresOn) switch
            {
                (true, _) => ObjectLock.Fault("delete", key, Location, "a legal hold", null),
                (false, { } end) => ObjectLock.Fault("delete", key, Location, "an immutability policy", end),
                _ => trouble,
            };
        }
        catch (ObjectStoreException)
        {
            return trouble;
        }
    }

    // The service takes a backslash for a slash, without a word.
    private void Check(string key)
    {
        ObjectKeys.Check(key);
        if (key.Contains('\\', StringComparison.Ordinal))
        {
            throw new ObjectStoreException(ObjectStoreFault.Refused, $"Cannot use {key} in {Location}: Azure keeps no backslash in a key.");
        }
    }
}

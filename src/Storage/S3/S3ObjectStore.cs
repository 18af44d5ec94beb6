using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace ControlPlane.Storage;

/// <summary>
/// A bucket of S3 or of a compatible store.
/// <para>
/// <see cref="PutCondition.IfAbsent"/> is asked of the store itself (<c>If-None-Match: *</c>), which decides between writers that race.
/// Not every compatible store knows the header, and some ignore it without a word; so the key is looked at first. On such a store a
/// writer that comes later is still refused, and only two that come within the same instant are not kept apart.
/// </para>
/// </summary>
internal sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private readonly S3Connection connection;
    private readonly S3Locks locks;
    private readonly S3Deleter deleter = new();

    public S3ObjectStore(S3StoreSettings settings, TimeProvider time)
    {
        connection = new S3Connection(settings, time);
        locks = new S3Locks(connection, time);
    }

    public string Location => connection.Location;

    public async Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        if (condition == PutCondition.None)
        {
            await PutAsync(key, content, ifNoneMatch: null, cancellationToken);
            return;
        }

        if (connection.Settings.Dialect.Condition == S3Condition.Generation)
        {
            await GoogleConditionalPut.SendAsync(connection, key, content, cancellationToken);
            return;
        }

        if (await ExistsAsync(key, cancellationToken))
        {
            throw new ObjectStoreException(
                ObjectStoreFault.Exists, $"Cannot put {key} in {Location}: an object of this key exists already.");
        }

        try
        {
            await PutAsync(key, content, ifNoneMatch: "*", cancellationToken);
        }
        catch (ObjectStoreException trouble) when (trouble.Code == "NotImplemented")
        {
            await PutAsync(key, content, ifNoneMatch: null, cancellationToken);
        }
    }

    public async Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        return await S3Upload.BeginAsync(connection, key, cancellationToken);
    }

    public async Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        var request = new GetObjectMetadataRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Full(key),
            ChecksumMode = connection.Settings.Dialect.Checksum == S3Checksum.Crc32C ? ChecksumMode.ENABLED : null,
        };
        var answer = await connection.SendAsync(
            $"look at {key}", token => connection.Client.GetObjectMetadataAsync(request, token), cancellationToken);
        return S3Upload.Facts(answer.ContentLength, answer.ChecksumCRC32C, answer.ChecksumType);
    }

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return OpenAsync(key, offset > 0 ? new ByteRange($"bytes={offset}-") : null, cancellationToken);
    }

    public Task<Stream> OpenRangeAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return OpenAsync(key, new ByteRange(offset, offset + length - 1), cancellationToken);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        var request = new ListObjectsV2Request { BucketName = connection.Bucket, Prefix = connection.Full(prefix), MaxKeys = connection.Settings.PageSize };
        ListObjectsV2Response page;
        do
        {
            page = await connection.SendAsync(
                $"list '{prefix}'", token => connection.Client.ListObjectsV2Async(request, token), cancellationToken);
            foreach (var entry in page.S3Objects ?? [])
            {
                yield return new StoredObject(connection.Relative(entry.Key), entry.Size ?? 0, S3Upload.Time(entry.LastModified) ?? DateTimeOffset.MaxValue);
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (string key in keys)
        {
            ObjectKeys.Check(key);
        }

        await locks.CheckAsync(keys, cancellationToken);
        await deleter.DeleteAsync(connection, keys, cancellationToken);
    }

    public async Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        return await S3Upload.AbandonAsync(connection, prefix, which, cancellationToken);
    }

    public void Dispose() => connection.Dispose();

    private async Task<Stream> OpenAsync(string key, ByteRange? range, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        var request = new GetObjectRequest { BucketName = connection.Bucket, Key = connection.Full(key), ByteRange = range };
        string what = $"read {key}";
        try
        {
            var response = await connection.SendAsync(
                what, token => connection.Client.GetObjectAsync(request, token), cancellationToken);
            return new WatchedReadStream(connection, what, response.ResponseStream, response);
        }
        catch (ObjectStoreException trouble) when (trouble.Code is "InvalidRange" or nameof(HttpStatusCode.RequestedRangeNotSatisfiable))
        {
            return Stream.Null;
        }
    }

    private async Task PutAsync(string key, ReadOnlyMemory<byte> content, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        using var watch = connection.Watch(cancellationToken);
        using var body = new PartStream(content, watch);
        var request = new PutObjectRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Full(key),
            InputStream = body,
            AutoCloseStream = false,
            ContentType = "application/octet-stream",
            UseChunkEncoding = false,
            DisablePayloadSigning = !connection.SignsBody,
            IfNoneMatch = ifNoneMatch,

            // Beside the other too: whether a store looks at that one is only known from its answer, and these objects are small.
            MD5Digest = S3Connection.Md5(content.Span),
        };
        if (connection.Settings.Dialect.Checksum == S3Checksum.Crc32C)
        {
            request.ChecksumAlgorithm = ChecksumAlgorithm.CRC32C;
            request.ChecksumCRC32C = Crc32C.Base64(content.Span);
        }

        connection.Encrypt(
            method => request.ServerSideEncryptionMethod = method, key => request.ServerSideEncryptionKeyManagementServiceKeyId = key);
        await connection.SendAsync($"put {key}", watch, token => connection.Client.PutObjectAsync(request, token), cancellationToken);
    }

    private async Task<bool> ExistsAsync(string key, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = connection.Bucket, Key = connection.Full(key) };
        try
        {
            await connection.SendAsync(
                $"look for {key}", token => connection.Client.GetObjectMetadataAsync(request, token), cancellationToken);
            return true;
        }
        catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.NotFound or ObjectStoreFault.Denied)
        {
            // Whoever may not list a bucket is denied what is not there. If all is denied, the put will say so, and in words: this
            // answer has none.
            return false;
        }
    }
}

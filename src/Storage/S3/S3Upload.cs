using Amazon.S3;
using Amazon.S3.Model;

namespace ControlPlane.Storage;

/// <summary>A multipart upload. Each part carries its CRC-32C or its MD5, so that the store checks what arrived.</summary>
internal sealed class S3Upload : IObjectUpload
{
    // Giving up must not keep anyone who was told to stop, however the store hangs.
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(10);

    private readonly S3Connection connection;
    private readonly string key;
    private readonly string uploadId;
    private readonly bool checksums;
    private readonly PartLedger<Receipt> ledger = new();
    private bool completed;

    private S3Upload(S3Connection connection, string key, string uploadId, bool checksums)
    {
        this.connection = connection;
        this.key = key;
        this.uploadId = uploadId;
        this.checksums = checksums;
    }

    public static async Task<S3Upload> BeginAsync(S3Connection connection, string key, CancellationToken cancellationToken)
    {
        if (connection.Settings.Dialect.Checksum == S3Checksum.ContentMd5)
        {
            return new S3Upload(connection, key, await InitiateAsync(connection, key, checksums: false, cancellationToken), checksums: false);
        }

        try
        {
            return new S3Upload(connection, key, await InitiateAsync(connection, key, checksums: true, cancellationToken), checksums: true);
        }
        catch (ObjectStoreException trouble) when (trouble.Code == "NotImplemented")
        {
            // A store without checksums of this kind. What arrived is still read back by whoever writes a manifest.
            return new S3Upload(connection, key, await InitiateAsync(connection, key, checksums: false, cancellationToken), checksums: false);
        }
    }

    /// <summary>An instant as the SDK has it; it speaks of universal time without saying so.</summary>
    public static DateTimeOffset? Time(DateTime? told) => told is { } time ? new DateTimeOffset(time.ToUniversalTime()) : null;

    /// <summary>Gives up the picked uploads under a prefix, however many.</summary>
    public static async Task<int> AbandonAsync(
        S3Connection connection, string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        int abandoned = 0;
        var request = new ListMultipartUploadsRequest { BucketName = connection.Bucket, Prefix = connection.Full(prefix) };
        ListMultipartUploadsResponse page;
        do
        {
            page = await connection.SendAsync(
                $"list unfinished uploads of '{prefix}'",
                token => connection.Client.ListMultipartUploadsAsync(request, token),
                cancellationToken);
            foreach (var upload in page.MultipartUploads ?? [])
            {
                if (!which(new UnfinishedUpload(connection.Relative(upload.Key), Time(upload.Initiated))))
                {
                    continue;
                }

                await AbortAsync(connection, upload.Key, upload.UploadId, cancellationToken);
                abandoned++;
            }

            request.KeyMarker = page.NextKeyMarker;
            request.UploadIdMarker = page.NextUploadIdMarker;
        }
        while (page.IsTruncated == true);

        return abandoned;
    }

    public async Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        PartLedger<Receipt>.CheckIndex(index);
        string? checksum = checksums ? Crc32C.Base64(content.Span) : null;
        using var watch = connection.Watch(cancellationToken);
        using var body = new PartStream(content, watch);
        var request = new UploadPartRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Full(key),
            UploadId = uploadId,
            PartNumber = index + 1,
            PartSize = content.Length,
            InputStream = body,
            UseChunkEncoding = false,
            DisablePayloadSigning = !connection.SignsBody,
            ChecksumAlgorithm = checksums ? ChecksumAlgorithm.CRC32C : null,
            ChecksumCRC32C = checksum,
            MD5Digest = connection.Md5(content.Span),
        };
        var answer = await connection.SendAsync(
            $"send part {index} of {key}", watch, token => connection.Client.UploadPartAsync(request, token), cancellationToken);
        ledger.Note(index, content.Length, new Receipt(answer.ETag, checksum));
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        var parts = ledger.Close();
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Full(key),
            UploadId = uploadId,
            PartETags = [.. parts.Select(part => new PartETag(part.Index + 1, part.Receipt.ETag) { ChecksumCRC32C = part.Receipt.Checksum })],
        };
        using var watch = connection.Watch(connection.Settings.CompleteTimeout, cancellationToken);
        await connection.SendAsync(
            $"complete {key}", watch, token => connection.Client.CompleteMultipartUploadAsync(request, token), cancellationToken);
        completed = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (completed)
        {
            return;
        }

        completed = true;
        try
        {
            await AbortAsync(connection, connection.Full(key), uploadId, CancellationToken.None);
        }
        catch (ObjectStoreException)
        {
            // Whoever disposes is mostly on the way out because of the same trouble, and must not hear of this instead.
            // What is left is found by AbandonUploadsAsync.
        }
    }

    private static async Task<string> InitiateAsync(
        S3Connection connection, string key, bool checksums, CancellationToken cancellationToken)
    {
        var settings = connection.Settings;
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Full(key),
            ContentType = "application/octet-stream",
            ChecksumAlgorithm = checksums ? ChecksumAlgorithm.CRC32C : null,
            StorageClass = settings.StorageClass is { } storageClass ? S3StorageClass.FindValue(storageClass) : null,
        };
        connection.Encrypt(
            method => request.ServerSideEncryptionMethod = method, key => request.ServerSideEncryptionKeyManagementServiceKeyId = key);
        var answer = await connection.SendAsync(
            $"begin {key}", token => connection.Client.InitiateMultipartUploadAsync(request, token), cancellationToken);
        return answer.UploadId;
    }

    private static async Task AbortAsync(S3Connection connection, string fullKey, string uploadId, CancellationToken cancellationToken)
    {
        var request = new AbortMultipartUploadRequest { BucketName = connection.Bucket, Key = fullKey, UploadId = uploadId };
        try
        {
            using var watch = connection.Watch(AbortLimit, cancellationToken);
            await connection.SendAsync(
                $"give up the upload of {connection.Relative(fullKey)}",
                watch,
                token => connection.Client.AbortMultipartUploadAsync(request, token),
                cancellationToken);
        }
        catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
        {
            // Completed, or given up by someone else.
        }
    }

    private sealed record Receipt(string ETag, string? Checksum);
}

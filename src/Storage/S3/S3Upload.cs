using Amazon.S3;
using Amazon.S3.Model;

namespace ControlPlane.Storage;

/// <summary>A multipart upload. Each part carries its CRC-32C, or its MD5 where the store takes no other, so that the store checks what arrived.</summary>
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
        for (var kind = connection.WholeChecksum; ; kind++)
        {
            try
            {
                var answer = await InitiateAsync(connection, key, kind, cancellationToken);

                // A store that passes over what it does not know names no algorithm. To be told of checksums at the end it may even refuse.
                connection.WholeChecksum = answer.ChecksumAlgorithm == ChecksumAlgorithm.CRC32C ? kind : S3WholeChecksum.None;
                return new S3Upload(connection, key, answer.UploadId, checksums: connection.WholeChecksum != S3WholeChecksum.None);
            }
            catch (ObjectStoreException trouble) when (MayTakeLess(kind, trouble.Code))
            {
                // Asked for less. What arrived is still read back by whoever writes a manifest.
            }
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
        uint crc = checksums ? Crc32C.Compute(content.Span) : 0;
        string? checksum = checksums ? Crc32C.Base64(crc) : null;
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
            MD5Digest = checksums ? null : S3Connection.Md5(content.Span),
        };
        var answer = await connection.SendAsync(
            $"send part {index} of {key}", watch, token => connection.Client.UploadPartAsync(request, token), cancellationToken);
        ledger.Note(index, content.Length, new Receipt(answer.ETag, checksum, crc));
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
        string what = $"complete {key}";
        using var watch = connection.Watch(connection.Settings.CompleteTimeout, cancellationToken);
        var answer = await connection.SendAsync(
            what, watch, token => connection.Client.CompleteMultipartUploadAsync(request, token), cancellationToken);
        completed = true;
        var sent = Describe();
        if (!sent.Agrees(Facts(sent.SizeBytes, answer.ChecksumCRC32C, answer.ChecksumType)))
        {
            throw connection.Corrupted(what);
        }
    }

    public ObjectFacts Describe()
    {
        var parts = ledger.Close();
        return checksums
            ? ObjectFacts.OfParts([.. parts.Select(part => (part.Length, part.Receipt.Crc32C))])
            : new ObjectFacts(parts.Sum(part => (long)part.Length));
    }

    /// <summary>
    /// What a store says of an object. A checksum over those of parts is followed by their number. Of one part, Ceph gives that of the part
    /// itself in this form, and without the number where it answers a completion: neither can be compared.
    /// </summary>
    public static ObjectFacts Facts(long sizeBytes, string? checksum, ChecksumType? type) => checksum switch
    {
        null or "" => new(sizeBytes),
        _ when checksum.EndsWith("-1", StringComparison.Ordinal) => new(sizeBytes),
        _ when checksum.Contains('-', StringComparison.Ordinal) => new(sizeBytes) { Crc32COfParts = checksum },
        _ when type == ChecksumType.COMPOSITE => new(sizeBytes),
        _ => new(sizeBytes) { Crc32C = checksum },
    };

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

    private static bool MayTakeLess(S3WholeChecksum kind, string? code) => kind switch
    {
        S3WholeChecksum.FullObject => code is "NotImplemented" or "InvalidRequest" or "InvalidArgument",
        S3WholeChecksum.OfParts => code is "NotImplemented",
        _ => false,
    };

    private static async Task<InitiateMultipartUploadResponse> InitiateAsync(
        S3Connection connection, string key, S3WholeChecksum kind, CancellationToken cancellationToken)
    {
        var settings = connection.Settings;
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = connection.Bucket,
            Key = connection.Full(key),
            ContentType = "application/octet-stream",
            ChecksumAlgorithm = kind == S3WholeChecksum.None ? null : ChecksumAlgorithm.CRC32C,
            ChecksumType = kind == S3WholeChecksum.FullObject ? ChecksumType.FULL_OBJECT : null,
            StorageClass = settings.StorageClass is { } storageClass ? S3StorageClass.FindValue(storageClass) : null,
        };
        connection.Encrypt(
            method => request.ServerSideEncryptionMethod = method, key => request.ServerSideEncryptionKeyManagementServiceKeyId = key);
        return await connection.SendAsync(
            $"begin {key}", token => connection.Client.InitiateMultipartUploadAsync(request, token), cancellationToken);
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

    private sealed record Receipt(string ETag, string? Checksum, uint Crc32C);
}

/// <summary>The checksum that a store keeps of an object that came in parts; the best first.</summary>
internal enum S3WholeChecksum
{
    /// <summary>Of all its bytes.</summary>
    FullObject,

    /// <summary>Of the checksums of its parts: the older way, which is what AWS means by "composite".</summary>
    OfParts,

    /// <summary>None that is known here.</summary>
    None,
}

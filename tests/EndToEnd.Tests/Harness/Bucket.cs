using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The object store as an owner sees it with tools of their own.</summary>
internal sealed class Bucket : IDisposable
{
    private readonly AmazonS3Client client;

    internal Bucket(DevEnvironment environment, string name)
    {
        Name = name;
        client = new(new BasicAWSCredentials(environment["S3_ACCESS_KEY"], environment["S3_SECRET_KEY"]), new AmazonS3Config
        {
            ServiceURL = environment["S3_LOCAL_ENDPOINT"],
            ForcePathStyle = true,
            AuthenticationRegion = environment["S3_REGION"],
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
    }

    internal string Name { get; }

    public void Dispose() => client.Dispose();

    internal Task MakeAsync() => client.PutBucketAsync(Name);

    /// <summary>Every object and every unfinished upload, then the bucket.</summary>
    internal async Task RemoveAsync()
    {
        await EmptyAsync("");
        await client.DeleteBucketAsync(Name);
    }

    internal async Task EmptyAsync(string prefix)
    {
        foreach (var upload in await UploadsAsync(prefix))
            await AbortAsync(upload);
        foreach (var item in await ListAsync(prefix))
            await client.DeleteObjectAsync(Name, item.Key);
    }

    // The plane sweeps at the same time, and may have been faster.
    private async Task AbortAsync(MultipartUpload upload)
    {
        try
        {
            await client.AbortMultipartUploadAsync(Name, upload.Key, upload.UploadId);
        }
        catch (AmazonS3Exception gone) when (gone.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
        }
    }

    internal async Task<IReadOnlyList<S3Object>> ListAsync(string prefix)
    {
        var found = new List<S3Object>();
        var request = new ListObjectsV2Request { BucketName = Name, Prefix = prefix };
        while (true)
        {
            var page = await client.ListObjectsV2Async(request);
            found.AddRange(page.S3Objects ?? []);
            if (page.IsTruncated != true)
                return found;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    internal async Task<IReadOnlyList<MultipartUpload>> UploadsAsync(string prefix) =>
        (await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Name, Prefix = prefix })).MultipartUploads ?? [];

    /// <summary>Keys of objects and of unfinished uploads below a prefix: what a backup that is gone must not leave.</summary>
    internal async Task<IReadOnlyList<string>> RemainsAsync(string prefix) =>
        [.. (await ListAsync(prefix)).Select(item => item.Key), .. (await UploadsAsync(prefix)).Select(upload => $"unfinished upload of {upload.Key}")];

    internal Task PutAsync(string key, string content) =>
        client.PutObjectAsync(new PutObjectRequest { BucketName = Name, Key = key, ContentBody = content, UseChunkEncoding = false });

    internal async Task PutAsync(string key, byte[] content)
    {
        using var stream = new MemoryStream(content);
        await client.PutObjectAsync(new PutObjectRequest { BucketName = Name, Key = key, InputStream = stream, UseChunkEncoding = false });
    }

    /// <summary>An upload that nobody will ever end.</summary>
    internal Task BeginUploadAsync(string key) => client.InitiateMultipartUploadAsync(Name, key);

    /// <summary>Changes one bit in the middle of a backup's largest object, and says its key below the bucket's first folder, as the plane names it.</summary>
    internal async Task<string> FlipABitAsync(string prefix)
    {
        var spoiled = (await ListAsync(prefix)).Where(item => !item.Key.EndsWith("manifest.json", StringComparison.Ordinal)).MaxBy(item => item.Size)!;
        var bytes = await ReadAsync(spoiled.Key);
        bytes[bytes.Length / 2] ^= 0x20;
        await PutAsync(spoiled.Key, bytes);
        return spoiled.Key[(spoiled.Key.IndexOf('/', StringComparison.Ordinal) + 1)..];
    }

    internal async Task<byte[]> ReadAsync(string key)
    {
        using var response = await client.GetObjectAsync(Name, key);
        using var bytes = new MemoryStream();
        await response.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    internal async Task DownloadAsync(string key, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var response = await client.GetObjectAsync(Name, key);
        await using var file = File.Create(path);
        await response.ResponseStream.CopyToAsync(file);
    }
}

using Amazon.S3;
using Amazon.S3.Transfer;

namespace ControlPlane.Bench.Download;

/// <summary>The SDK's own way to read an object as a stream, as a program: writes its standard output.</summary>
internal static class OpenStreamPeer
{
    internal static async Task RunAsync(string endpoint, string bucket, string key)
    {
        using var client = new AmazonS3Client(new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = Environment.GetEnvironmentVariable("AWS_REGION") });
        using var utility = new TransferUtility(client);
        await using var source = await utility.OpenStreamAsync(bucket, key);
        await using var output = Console.OpenStandardOutput();
        await source.CopyToAsync(output, 1 << 20);
    }
}

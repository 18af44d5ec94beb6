using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Transfer;

namespace ControlPlane.Bench.DataPath;

/// <summary>The SDK's own way to upload a stream of unknown length, as a program: reads its standard input.</summary>
internal static class TransferUtilityPeer
{
    internal static async Task RunAsync(string endpoint, string bucket, string key, string partMebibytes, string atOnce, string checksums)
    {
        var configuration = new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = Environment.GetEnvironmentVariable("AWS_REGION") };
        if (checksums == "when-required")
            configuration.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
        using var client = new AmazonS3Client(configuration);
        using var utility = new TransferUtility(client, new TransferUtilityConfig { ConcurrentServiceRequests = int.Parse(atOnce, CultureInfo.InvariantCulture) });
        await using var input = Console.OpenStandardInput();
        await utility.UploadAsync(new TransferUtilityUploadRequest
        {
            BucketName = bucket,
            Key = key,
            InputStream = input,
            PartSize = long.Parse(partMebibytes, CultureInfo.InvariantCulture) << 20,
        });
    }
}

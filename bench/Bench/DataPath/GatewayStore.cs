using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.DataPath;

/// <summary>The gateway's bucket as the bench itself sees it: its store is small, and blocks without a word when it is full.</summary>
internal static partial class GatewayStore
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Removes everything of the bench and waits until there is room again.</summary>
    internal static async Task ClearAsync(double neededGibibytes)
    {
        using var client = Client();
        await foreach (var found in client.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Target.Gateway.Bucket, Prefix = Target.Prefix }).S3Objects)
            await client.DeleteObjectAsync(Target.Gateway.Bucket, found.Key);
        var start = TimeProvider.System.GetTimestamp();
        while (await FreeGibibytesAsync() is var free && free < neededGibibytes)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                throw new InvalidOperationException($"The gateway has {free:F1} GiB left and {neededGibibytes:F1} are needed: remove other objects, or set BENCH_MIB to less.");
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }
    }

    /// <summary>How long a backup took to be stored, by its manifest.</summary>
    internal static async Task<double> UploadSecondsAsync(string root)
    {
        using var client = Client();
        using var answer = await client.GetObjectAsync(Target.Gateway.Bucket, Target.Prefix + root + ObjectLayout.Manifest);
        var manifest = (await JsonSerializer.DeserializeAsync(answer.ResponseStream, ProtocolJson.Default.BackupManifest))!;
        return (manifest.Completed - manifest.Started).TotalSeconds;
    }

    private static AmazonS3Client Client() => new(
        new BasicAWSCredentials(Target.Gateway.AccessKey, Target.Gateway.SecretKey),
        new AmazonS3Config { ServiceURL = Target.Gateway.Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = Target.Gateway.Region });

    private static async Task<double> FreeGibibytesAsync()
    {
        await using var status = Child.Start("gateway-status", [Workplace.Setting("BENCH_S3"), "status"]);
        await status.SucceedAsync();
        var filling = Filling().Match(await status.TailAsync());
        return Number(filling.Groups["whole"]) - Number(filling.Groups["used"]);
    }

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"data: (?<used>[\d.]+) of (?<whole>[\d.]+) GiB")]
    private static partial Regex Filling();
}

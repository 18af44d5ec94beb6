using ControlPlane.Bench.Running;

namespace ControlPlane.Bench.DataPath;

/// <summary>A program that reads the stream from a pipe, alone or behind <c>zstd -1</c>.</summary>
internal sealed class Peer(string name, Target target, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, bool behindZstd = false) : Contestant
{
    // What the runner uses, so that none has an advantage by its settings.
    private const int PartMebibytes = 16;
    private const int AtOnce = 4;

    internal override string Name => behindZstd ? $"zstd -1 \\| {name}" : name;

    internal override Target Target => target;

    internal override bool Compresses => behindZstd;

    /// <summary>All peers of one target.</summary>
    internal static IEnumerable<Peer> Of(Target target) => !target.Keeps
        ? [Aws(target), TransferUtility(target, tuned: false), TransferUtility(target, tuned: true), Aws(target, behindZstd: true)]
        : [Rclone(target), Aws(target), Rclone(target, behindZstd: true)];

    internal override async Task<Sample> RunAsync(int mebibytes)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (read, write) = Posix.Pipe();
        await using var source = StartSource(mebibytes, write);
        var parts = new Dictionary<string, Cost>();
        Child? zstd = null;
        if (behindZstd)
        {
            var (plain, coded) = (read, Posix.Pipe());
            zstd = Child.Start("zstd", ["zstd", "-1", "-q", "-c"], input: plain, output: coded.Write);
            read = coded.Read;
        }

        await using var coder = zstd;
        await using var peer = Child.Start(name.Replace(' ', '-'), command, environment.Concat(target.Environment).ToDictionary(), input: read);
        var cost = await peer.SucceedAsync();
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        await source.SucceedAsync();
        parts["upload"] = cost;
        if (coder is not null)
            parts["zstd"] = await coder.SucceedAsync();
        return new Sample(seconds, parts);
    }

    private static Peer Rclone(Target target, bool behindZstd = false) => new(
        "rclone rcat",
        target,
        [
            Workplace.Setting("BENCH_RCLONE"), "rcat", $":s3:{target.Bucket}/{Target.Prefix}rclone", "--s3-no-check-bucket",
            "--s3-chunk-size", $"{PartMebibytes}M", "--s3-upload-concurrency", $"{AtOnce}",
        ],
        new Dictionary<string, string>
        {
            ["RCLONE_CONFIG"] = "/dev/null",
            ["RCLONE_S3_PROVIDER"] = "Ceph",
            ["RCLONE_S3_ENDPOINT"] = target.Endpoint.ToString(),
            ["RCLONE_S3_REGION"] = target.Region,
            ["RCLONE_S3_ACCESS_KEY_ID"] = target.AccessKey,
            ["RCLONE_S3_SECRET_ACCESS_KEY"] = target.SecretKey,
        },
        behindZstd);

    private static Peer Aws(Target target, bool behindZstd = false)
    {
        var configuration = Path.Combine(Workplace.Folder, "aws.config");
        File.WriteAllText(
            configuration,
            $"[default]\nregion = {target.Region}\ns3 =\n  addressing_style = path\n  max_concurrent_requests = {AtOnce}\n  multipart_chunksize = {PartMebibytes}MB\n");
        return new Peer(
            "aws s3 cp -",
            target,
            [Workplace.Setting("BENCH_AWS"), "--endpoint-url", target.Endpoint.ToString(), "s3", "cp", "-", $"s3://{target.Bucket}/{Target.Prefix}aws", "--no-progress"],
            new Dictionary<string, string>
            {
                ["AWS_CONFIG_FILE"] = configuration,
                ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
                ["AWS_ACCESS_KEY_ID"] = target.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = target.SecretKey,
                ["AWS_EC2_METADATA_DISABLED"] = "true",
            },
            behindZstd);
    }

    private static Peer TransferUtility(Target target, bool tuned) => new(
        tuned ? "TransferUtility, no SDK checksum" : "TransferUtility",
        target,
        [Workplace.Bench, "transfer-utility", $"{target.Endpoint}", target.Bucket, $"{Target.Prefix}transfer-utility", $"{PartMebibytes}", $"{AtOnce}", tuned ? "when-required" : "default"],
        new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = target.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = target.SecretKey, ["AWS_REGION"] = target.Region });
}

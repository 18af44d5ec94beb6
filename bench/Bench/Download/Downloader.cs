using System.Text.Json;
using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.Download;

/// <summary>A program that writes the stream into a pipe, alone or before <c>zstd -d</c>. Who reads the pipe costs the same for all and is not counted.</summary>
internal sealed class Downloader(string name, Codec codec, bool isOurs, bool seals, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
{
    private const int AtOnce = 4;
    private const int PartMebibytes = 16;

    internal string Name => name;

    internal bool IsOurs => isOurs;

    internal bool Seals => seals;

    internal Codec Codec => codec;

    /// <summary>All of them for one target.</summary>
    internal static IEnumerable<Downloader> Of(Target target)
    {
        foreach (var codec in new[] { Codec.None, Codec.Zstd })
        {
            yield return Ours(target, codec, seals: false);
            yield return Aws(target, codec);
            yield return Rclone(target, codec);
            yield return OpenStream(target, codec);
        }

        yield return Ours(target, Codec.None, seals: true);
    }

    /// <summary>Fetches the stream once.</summary>
    internal async Task<Sample> RunAsync(int mebibytes)
    {
        var start = TimeProvider.System.GetTimestamp();
        var parts = new Dictionary<string, Cost>();
        var (read, write) = Posix.Pipe();
        Child? decoder = null;
        Child peer;
        if (codec == Codec.Zstd && !isOurs)
        {
            var plain = Posix.Pipe();
            peer = Child.Start(Log(), command, environment, output: write);
            decoder = Child.Start("unzstd", ["zstd", "-d", "-q", "-c"], input: read, output: plain.Write);
            read = plain.Read;
        }
        else
        {
            peer = Child.Start(Log(), command, environment, output: write);
        }

        await using var fetching = peer;
        await using var decoding = decoder;
        await using var reader = Child.Start("reader", ["dd", "of=/dev/null", "bs=1M"], input: read);
        parts["fetch"] = await peer.SucceedAsync();
        if (decoder is not null)
            parts["zstd"] = await decoder.SucceedAsync();
        await reader.SucceedAsync();
        if (!long.TryParse((await reader.TailAsync()).Split('\n')[^1].Split(' ')[0], out var arrived) || arrived < (long)mebibytes << 20)
            throw new InvalidOperationException($"{name}: {arrived} bytes arrived of {mebibytes} MiB.");
        return new Sample(TimeProvider.System.GetElapsedTime(start).TotalSeconds, parts);
    }

    private string Log() => string.Concat(name.Where(char.IsLetterOrDigit));

    private static Downloader Ours(Target target, Codec codec, bool seals)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Workplace.Folder, "fetch", target.Name)).FullName;
        var credentials = Directory.CreateDirectory(Path.Combine(folder, "credentials")).FullName;
        File.WriteAllText(Path.Combine(credentials, "AWS_ACCESS_KEY_ID"), target.AccessKey);
        File.WriteAllText(Path.Combine(credentials, "AWS_SECRET_ACCESS_KEY"), target.SecretKey);
        var request = Path.Combine(folder, $"{codec}{seals}.json");
        File.WriteAllText(request, JsonSerializer.Serialize(new
        {
            backup = Shelf.Identity(codec, seals),
            storage = new StorageRequest
            {
                Name = target.Name,
                Type = StorageType.S3,
                CredentialsSecret = "bench",
                S3 = new S3StorageRequest { Bucket = target.Bucket, Prefix = Target.Prefix.TrimEnd('/'), Region = target.Region, Endpoint = target.Endpoint },
            },
            sealing = seals ? Shelf.Sealing : null,
            files = new { credentials, encryptionKeys = Shelf.Keys },
        }, ProtocolJson.Default.Options));
        return new Downloader($"ours{(codec == Codec.Zstd ? ", zstd-1" : "")}{(seals ? ", sealed" : "")}", codec, isOurs: true, seals, [Workplace.Setting("BENCH_SIDECAR"), "fetch", request], target.Environment);
    }

    private static Downloader Aws(Target target, Codec codec)
    {
        var configuration = Path.Combine(Workplace.Folder, "aws.config");
        File.WriteAllText(
            configuration,
            $"[default]\nregion = {target.Region}\ns3 =\n  addressing_style = path\n  max_concurrent_requests = {AtOnce}\n  multipart_chunksize = {PartMebibytes}MB\n");
        return Theirs(
            "aws s3 cp",
            target,
            codec,
            [Workplace.Setting("BENCH_AWS"), "--endpoint-url", target.Endpoint.ToString(), "s3", "cp", $"s3://{target.Bucket}/{Target.Prefix}{Shelf.PeerKey(codec)}", "-", "--no-progress"],
            new Dictionary<string, string>
            {
                ["AWS_CONFIG_FILE"] = configuration,
                ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
                ["AWS_ACCESS_KEY_ID"] = target.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = target.SecretKey,
                ["AWS_EC2_METADATA_DISABLED"] = "true",
            });
    }

    /// <summary>rclone, writing the peers' object to its standard output.</summary>
    internal static IReadOnlyList<string> RcloneCommand(Target target, Codec codec) =>
        [Workplace.Setting("BENCH_RCLONE"), "cat", $":s3:{target.Bucket}/{Target.Prefix}{Shelf.PeerKey(codec)}", "--s3-no-check-bucket"];

    /// <summary>What it has to be told besides.</summary>
    internal static Dictionary<string, string> RcloneEnvironment(Target target) => new(target.Environment)
    {
        ["RCLONE_CONFIG"] = "/dev/null",
        ["RCLONE_S3_PROVIDER"] = "Ceph",
        ["RCLONE_S3_ENDPOINT"] = target.Endpoint.ToString(),
        ["RCLONE_S3_REGION"] = target.Region,
        ["RCLONE_S3_ACCESS_KEY_ID"] = target.AccessKey,
        ["RCLONE_S3_SECRET_ACCESS_KEY"] = target.SecretKey,
    };

    private static Downloader Rclone(Target target, Codec codec) => new(
        codec == Codec.Zstd ? "rclone cat \\| zstd -d" : "rclone cat", codec, isOurs: false, seals: false, RcloneCommand(target, codec), RcloneEnvironment(target));

    private static Downloader OpenStream(Target target, Codec codec) => Theirs(
        "TransferUtility.OpenStream",
        target,
        codec,
        [Workplace.Bench, "open-stream", $"{target.Endpoint}", target.Bucket, Target.Prefix + Shelf.PeerKey(codec)],
        new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = target.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = target.SecretKey, ["AWS_REGION"] = target.Region });

    private static Downloader Theirs(string name, Target target, Codec codec, IReadOnlyList<string> command, Dictionary<string, string> environment) => new(
        codec == Codec.Zstd ? $"{name} \\| zstd -d" : name, codec, isOurs: false, seals: false, command, environment.Concat(target.Environment).ToDictionary());
}

using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.DataPath;

/// <summary>
/// Ours, from agent to store: <see cref="UploadOnly"/> ends with the last segment, as the peers do. Where the store keeps what it gets, the
/// real runner can go the whole road: segments, read-back, manifest.
/// </summary>
internal sealed class Ours(Source source, Credentials credentials, Target target, Codec codec, bool wholeRoad = false, bool seals = false) : Contestant
{
    private readonly JobFolder files = new();
    private int run;

    internal override string Name => $"ours{(codec == Codec.Zstd ? ", zstd-1" : "")}{(seals ? ", sealed" : "")}{(wholeRoad ? ", whole road" : "")}";

    internal override Target Target => target;

    internal override bool IsOurs => true;

    internal override bool IsLikePeers => !wholeRoad && !seals;

    internal override bool Compresses => codec == Codec.Zstd;

    internal override async Task<Sample> RunAsync(int mebibytes)
    {
        var uid = $"bench-{Environment.ProcessId}-{++run}";
        await files.WriteAsync(Request(uid, target, codec, seals, credentials.Authority), credentials.Ticket(uid), target);
        await using var agent = await source.StartAgentAsync(mebibytes);
        var agentBefore = agent.CpuSeconds;
        var start = TimeProvider.System.GetTimestamp();
        await using var runner = wholeRoad ? StartRunner() : StartUpload();
        var cost = await runner.SucceedAsync();
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var agentCost = agent.Cost();
        return new Sample(seconds, new Dictionary<string, Cost>
        {
            ["runner"] = cost,
            ["agent"] = agentCost with { CpuSeconds = agentCost.CpuSeconds - agentBefore },
        })
        {
            UploadSeconds = wholeRoad ? await GatewayStore.UploadSecondsAsync(ObjectLayout.Root(Identity(uid))) : null,
        };
    }

    internal static BackupIdentity Identity(string uid) => new() { Namespace = Credentials.Namespace, Cluster = Credentials.Cluster, Name = "bench", Uid = uid };

    // The runner knows one place for its files, as in its Pod; a mount namespace of its own has them there.
    private Child StartRunner() => Child.Start("runner", [Workplace.Setting("BENCH_IN_JOB"), files.Root, Workplace.Setting("BENCH_SIDECAR"), AgentFiles.RunnerVerb], target.Environment);

    private Child StartUpload() => Child.Start("upload", [Workplace.Setting("BENCH_UPLOAD"), "upload-only", files.Root], target.Environment);

    /// <summary>What the runner is asked.</summary>
    internal static JobRequest Request(string uid, Target target, Codec codec, bool seals, string authority) => new()
    {
        Operation = JobOperation.Backup,
        Backup = Identity(uid),
        Attempt = 1,
        Storage = new StorageRequest
        {
            Name = target.Name,
            Type = StorageType.S3,
            CredentialsSecret = "bench",
            S3 = new S3StorageRequest { Bucket = target.Bucket, Prefix = Target.Prefix.TrimEnd('/'), Region = target.Region, Endpoint = target.Endpoint },
        },
        Source = new SourceRequest
        {
            Agent = new Uri($"https://127.0.0.1:{AgentApi.Port}"),
            ServerName = AgentApi.ServerName(Credentials.Namespace, Credentials.Cluster),
            Authority = authority,
            Pod = "orders-mysql-0",
            Engine = BackupEngine.MariaDbBackup,
        },
        Compression = new CompressionRequest { Codec = codec, Level = 1 },
        Version = seals ? JobRequest.SealingVersion : 1,
        Sealing = seals ? new SealingRequest { SecretName = "bench", KeyId = JobFolder.KeyId } : null,
    };
}

using ControlPlane.Bench.Running;

namespace ControlPlane.Bench.DataPath;

/// <summary>A server that takes the objects.</summary>
internal sealed record Target(string Name, Uri Endpoint, string Bucket, string Region, string AccessKey, string SecretKey)
{
    /// <summary>Below which everything of the benchmark lies.</summary>
    internal const string Prefix = "bench/";

    /// <summary>A real S3 server, which takes more of the machine than its clients.</summary>
    internal static readonly Target Gateway = new(
        "gateway", new Uri(Workplace.Setting("S3_ENDPOINT")), Workplace.Setting("S3_BUCKET"), Workplace.Setting("S3_REGION"), Workplace.Setting("S3_ACCESS_KEY"), Workplace.Setting("S3_SECRET_KEY"));

    /// <summary>A server that throws everything away: what a run costs there is its client's own cost.</summary>
    internal static readonly Target Sink = new("sink", new Uri(Workplace.Setting("SINK_ENDPOINT")), "sink", "us-east-1", "bench", "bench");

    /// <summary>For messages: never the keys.</summary>
    public override string ToString() => $"{Name} {Endpoint}{Bucket}";
}

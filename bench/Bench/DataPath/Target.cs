using ControlPlane.Bench.Running;

namespace ControlPlane.Bench.DataPath;

/// <summary>A server that takes the objects.</summary>
internal sealed record Target(string Name, Uri Endpoint, string Bucket, string Region, string AccessKey, string SecretKey)
{
    /// <summary>Below which everything of the benchmark lies.</summary>
    internal const string Prefix = "bench/";

    private static readonly string[] TrustVariables = ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "RCLONE_CA_CERT"];

    /// <summary>A real S3 server, which takes more of the machine than its clients.</summary>
    internal static readonly Target Gateway = new(
        "gateway", new Uri(Workplace.Setting("S3_ENDPOINT")), Workplace.Setting("S3_BUCKET"), Workplace.Setting("S3_REGION"), Workplace.Setting("S3_ACCESS_KEY"), Workplace.Setting("S3_SECRET_KEY"));

    /// <summary>A server that throws everything away: what a run costs there is its client's own cost.</summary>
    internal static readonly Target Sink = new("sink", new Uri(Workplace.Setting("SINK_ENDPOINT")), "sink", "us-east-1", "bench", "bench");

    /// <summary>The real server over TLS.</summary>
    internal static readonly Target GatewayTls = Gateway with { Name = "gateway over TLS", Endpoint = new Uri(Workplace.Setting("S3_TLS_ENDPOINT")) };

    /// <summary>The same server over TLS, as every cloud's store is reached: clients need not hash what they send there, but have to encrypt it.</summary>
    internal static readonly Target SinkTls = Sink with { Name = "sink over TLS", Endpoint = new Uri(Workplace.Setting("SINK_TLS_ENDPOINT")) };

    /// <summary>By the names that BENCH_TARGETS knows.</summary>
    internal static Target Of(string name) => name switch
    {
        "gateway" => Gateway,
        "gateway-tls" => GatewayTls,
        "sink" => Sink,
        "sink-tls" => SinkTls,
        _ => throw new InvalidOperationException($"BENCH_TARGETS: \"{name}\" is none of gateway, gateway-tls, sink and sink-tls."),
    };

    /// <summary>Whether it keeps what it gets.</summary>
    internal bool Keeps => this == Gateway || this == GatewayTls;

    /// <summary>What its clients have to know of it: whom to trust. The names are OpenSSL's (and so .NET's), aws' and rclone's.</summary>
    internal IReadOnlyDictionary<string, string> Environment => Endpoint.Scheme == Uri.UriSchemeHttps
        ? TrustVariables.ToDictionary(name => name, _ => Workplace.Setting(Keeps ? "S3_CA_FILE" : "SINK_CA_FILE"))
        : new Dictionary<string, string>();

    /// <summary>For messages: never the keys.</summary>
    public override string ToString() => $"{Name} {Endpoint}{Bucket}";
}

using System.Net.Sockets;
using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>The real object store of the development cluster. A test that needs it fails without it, and says how to start it.</summary>
public sealed class DevelopmentStore
{
    private readonly Dictionary<string, string> values;

    private DevelopmentStore(Dictionary<string, string> values) => this.values = values;

    /// <summary>Where tests on this machine reach it.</summary>
    public Uri Endpoint => new(values["S3_LOCAL_ENDPOINT"]);

    /// <summary>The same store over TLS.</summary>
    public Uri TlsEndpoint => new(values["S3_LOCAL_TLS_ENDPOINT"]);

    /// <summary>Where Pods reach it.</summary>
    public Uri PodEndpoint => new(values["S3_ENDPOINT"]);

    /// <summary>Where Pods reach it over TLS.</summary>
    public Uri PodTlsEndpoint => new(values["S3_TLS_ENDPOINT"]);

    /// <summary>The authority of its certificate, in PEM form.</summary>
    public string CaPem => File.ReadAllText(values["S3_CA_FILE"]);

    /// <summary>The bucket that is there.</summary>
    public string Bucket => values["S3_BUCKET"];

    /// <summary>The bucket's owner.</summary>
    public S3Credentials Owner => new(values["S3_ACCESS_KEY"], new Secret(values["S3_SECRET_KEY"]));

    /// <summary>A user who exists and owns nothing.</summary>
    public S3Credentials Stranger => new(values["S3_STRANGER_ACCESS_KEY"], new Secret(values["S3_STRANGER_SECRET_KEY"]));

    private static string EnvironmentFile
    {
        get
        {
            string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cacheHome
                ? cacheHome
                : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            string cache = Environment.GetEnvironmentVariable("CONTROLPLANE_CACHE") is { Length: > 0 } own
                ? own
                : Path.Join(home, "controlplane-dev");
            return Path.Join(cache, "run", "s3", "env");
        }
    }

    /// <summary>Finds the running store.</summary>
    public static DevelopmentStore Find()
    {
        string file = EnvironmentFile;
        if (!File.Exists(file))
        {
            throw Absent($"{file} is not there");
        }

        var store = new DevelopmentStore(File.ReadLines(file)
            .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim()));
        try
        {
            using var probe = new TcpClient();
            probe.Connect(store.Endpoint.Host, store.Endpoint.Port);
        }
        catch (SocketException trouble)
        {
            throw Absent($"{store.Endpoint} does not answer: {trouble.Message}");
        }

        return store;
    }

    /// <summary>Settings for the owner under a prefix.</summary>
    public S3StoreSettings Settings(string prefix) => new()
    {
        Bucket = Bucket,
        Prefix = prefix,
        Endpoint = Endpoint,
        Credentials = Owner,
    };

    private static InvalidOperationException Absent(string why) =>
        new($"This test needs the development cluster's object store; start it with './dev up' ({why}).");
}

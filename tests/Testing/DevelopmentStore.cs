using System.Net.Sockets;
using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>A real object store of the development cluster. A test that needs it fails without it, and says how to start it.</summary>
public sealed class DevelopmentStore
{
    /// <summary>The first, which tests use when they name none: Ceph's gateway.</summary>
    public const string Ceph = "s3";

    /// <summary>The second, which lacks much: Swift. It speaks no TLS, and Pods do not reach it.</summary>
    public const string Swift = "swift";

    private readonly string part;
    private readonly Dictionary<string, string> values;

    private DevelopmentStore(string part, Dictionary<string, string> values)
    {
        this.part = part;
        this.values = values;
    }

    /// <summary>Where tests on this machine reach it.</summary>
    public Uri Endpoint => new(Value("LOCAL_ENDPOINT"));

    /// <summary>The same store over TLS.</summary>
    public Uri TlsEndpoint => new(Value("LOCAL_TLS_ENDPOINT"));

    /// <summary>Where Pods reach it.</summary>
    public Uri PodEndpoint => new(Value("ENDPOINT"));

    /// <summary>Where Pods reach it over TLS.</summary>
    public Uri PodTlsEndpoint => new(Value("TLS_ENDPOINT"));

    /// <summary>The authority of its certificate, in PEM form.</summary>
    public string CaPem => File.ReadAllText(Value("CA_FILE"));

    /// <summary>The bucket that is there.</summary>
    public string Bucket => Value("BUCKET");

    /// <summary>The bucket's owner.</summary>
    public S3Credentials Owner => new(Value("ACCESS_KEY"), new Secret(Value("SECRET_KEY")));

    /// <summary>A user who exists and owns nothing.</summary>
    public S3Credentials Stranger => new(Value("STRANGER_ACCESS_KEY"), new Secret(Value("STRANGER_SECRET_KEY")));

    /// <summary>Finds the running store.</summary>
    public static DevelopmentStore Find(string part = Ceph)
    {
        var store = new DevelopmentStore(part, DevelopmentFile.Read(part) ?? throw Absent(part, $"{DevelopmentFile.PathOf(part)} is not there"));
        try
        {
            using var probe = new TcpClient();
            probe.Connect(store.Endpoint.Host, store.Endpoint.Port);
        }
        catch (SocketException trouble)
        {
            throw Absent(part, $"{store.Endpoint} does not answer: {trouble.Message}");
        }

        return store;
    }

    /// <summary>Settings for the owner under a prefix.</summary>
    public S3StoreSettings Settings(string prefix) => new()
    {
        Bucket = Bucket,
        Prefix = prefix,
        Region = values.GetValueOrDefault($"{part.ToUpperInvariant()}_REGION", ""),
        Endpoint = Endpoint,
        Credentials = Owner,
    };

    private static InvalidOperationException Absent(string part, string why) =>
        new($"This test needs an object store of the development cluster; start it with './dev up' or 'devcluster/{part}.sh up' ({why}).");

    private string Value(string name) => values[$"{part.ToUpperInvariant()}_{name}"];
}

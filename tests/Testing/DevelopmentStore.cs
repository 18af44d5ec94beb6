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

    /// <summary>Finds the running store.</summary>
    public static DevelopmentStore Find()
    {
        var store = new DevelopmentStore(DevelopmentFile.Read("s3") ?? throw Absent($"{DevelopmentFile.PathOf("s3")} is not there"));
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

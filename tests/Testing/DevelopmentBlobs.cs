using System.Net.Sockets;
using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>The Blob service of the development cluster. A test that needs it fails without it, and says how to start it.</summary>
public sealed class DevelopmentBlobs
{
    private readonly Dictionary<string, string> values;

    private DevelopmentBlobs(Dictionary<string, string> values) => this.values = values;

    /// <summary>Where tests on this machine reach it.</summary>
    public Uri Endpoint => new(values["AZURITE_LOCAL_ENDPOINT"]);

    /// <summary>Another one over TLS, with data of its own; it takes tokens too.</summary>
    public Uri TlsEndpoint => new(values["AZURITE_LOCAL_TLS_ENDPOINT"]);

    /// <summary>The authority of its certificate, in PEM form.</summary>
    public string CaPem => File.ReadAllText(values["AZURITE_CA_FILE"]);

    /// <summary>The container that is there.</summary>
    public string Container => values["AZURITE_CONTAINER"];

    /// <summary>The account with the container.</summary>
    public AzureAccountKey Owner => new(values["AZURITE_ACCOUNT"], new Secret(values["AZURITE_KEY"]));

    /// <summary>An account that exists and has no container.</summary>
    public AzureAccountKey Stranger => new(values["AZURITE_STRANGER"], new Secret(values["AZURITE_STRANGER_KEY"]));

    /// <summary>Finds the running service.</summary>
    public static DevelopmentBlobs Find()
    {
        var store = new DevelopmentBlobs(DevelopmentFile.Read("azurite") ?? throw Absent($"{DevelopmentFile.PathOf("azurite")} is not there"));
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
    public AzureStoreSettings Settings(string prefix) => new()
    {
        Container = Container,
        Prefix = prefix,
        Endpoint = Endpoint,
        Credentials = Owner,
    };

    private static InvalidOperationException Absent(string why) =>
        new($"This test needs the development cluster's Blob service; start it with './dev up' or 'devcluster/azurite.sh up' ({why}).");
}

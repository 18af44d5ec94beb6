namespace ControlPlane.Protocol;

/// <summary>
/// What the container beside the database is given: names, environment and folders. The injector writes them, the agent reads them.
/// </summary>
public static class AgentFiles
{
    /// <summary>The container's name, as in the reference system.</summary>
    public const string Container = "xtrabackup";

    /// <summary>The name of the port <see cref="AgentApi.Port"/>.</summary>
    public const string PortName = "agent";

    /// <summary>The image's verb for this role: the container's first argument.</summary>
    public const string AgentVerb = "agent";

    /// <summary>The image's verb for the role in a Job.</summary>
    public const string RunnerVerb = "run";

    /// <summary>Required: the cluster's namespace.</summary>
    public const string NamespaceVariable = "CONTROLPLANE_NAMESPACE";

    /// <summary>Required: the cluster's name. The agent accepts only tickets for its own cluster.</summary>
    public const string ClusterVariable = "CONTROLPLANE_CLUSTER";

    /// <summary>Required: where the data volume is mounted, the same as in the database's container.</summary>
    public const string DataPathVariable = "CONTROLPLANE_DATA_PATH";

    /// <summary>The folder of <see cref="Certificate"/>, <see cref="PrivateKey"/> and <see cref="TicketKeys"/>; default <see cref="Tls"/>.</summary>
    public const string TlsVariable = "CONTROLPLANE_TLS";

    /// <summary>The folder of <see cref="User"/> and <see cref="Password"/>; default <see cref="DatabaseCredentials"/>.</summary>
    public const string CredentialsVariable = "CONTROLPLANE_CREDENTIALS";

    /// <summary>The folder the agent may write to; default <see cref="Scratch"/>.</summary>
    public const string ScratchVariable = "CONTROLPLANE_SCRATCH";

    /// <summary>The server's host; default <see cref="DefaultHost"/>.</summary>
    public const string HostVariable = "MYSQL_HOST";

    /// <summary>The server's port; default <see cref="DefaultPort"/>.</summary>
    public const string PortVariable = "MYSQL_PORT";

    /// <summary>The port to listen on; default <see cref="AgentApi.Port"/>. For a host where that one is taken, such as a bench's.</summary>
    public const string ListenPortVariable = "CONTROLPLANE_LISTEN_PORT";

    /// <summary>The IP address to listen on; default all of the Pod's. For a host that has others beside loopback, such as a bench's.</summary>
    public const string ListenAddressVariable = "CONTROLPLANE_LISTEN_ADDRESS";

    /// <summary>Default of <see cref="TlsVariable"/>: a mounted Secret. It is read again whenever the kubelet changes it.</summary>
    public const string Tls = "/var/run/controlplane/agent";

    /// <summary>The agent's certificate with its chain, PEM.</summary>
    public const string Certificate = "tls.crt";

    /// <summary>The certificate's private key, PEM.</summary>
    public const string PrivateKey = "tls.key";

    /// <summary>The public keys that tickets are checked with: PEM blocks <c>PUBLIC KEY</c>, several during a rotation.</summary>
    public const string TicketKeys = "tickets.pem";

    /// <summary>Default of <see cref="CredentialsVariable"/>: the mounted <c>credentialsSecret</c> of the cluster.</summary>
    public const string DatabaseCredentials = "/var/run/controlplane/database";

    /// <summary>The key of the account's name.</summary>
    public const string User = "user";

    /// <summary>The key of the account's password.</summary>
    public const string Password = "password";

    /// <summary>Default of <see cref="ScratchVariable"/>: an <c>emptyDir</c>. It holds the tool's log and its small metadata files, never the backup.</summary>
    public const string Scratch = "/var/lib/controlplane";

    /// <summary>Default of <see cref="HostVariable"/>: the Pod's own loopback.</summary>
    public const string DefaultHost = "127.0.0.1";

    /// <summary>Default of <see cref="PortVariable"/>.</summary>
    public const int DefaultPort = 3306;
}

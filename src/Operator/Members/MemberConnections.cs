using System.Net.Sockets;
using ControlPlane.Abstractions.Members;
using k8s;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Members;

/// <summary>The clients of the members' API servers; one a member, for as long as the process lives.</summary>
internal sealed class MemberConnections(IOptions<MemberOptions> options) : IDisposable
{
    /// <summary>
    /// Four watches, sixteen handlers and a burst of Jobs and statuses fit; a broken server is not stormed.
    /// </summary>
    public const int MaximumConnections = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<MemberKey, Kubernetes> clients = [];

    /// <summary>The client of one member. Safe to share.</summary>
    public Kubernetes For(MemberKey member)
    {
        lock (gate)
        {
            if (!clients.TryGetValue(member, out var client))
                clients[member] = client = new(Configuration(member));
            return client;
        }
    }

    public void Dispose()
    {
        foreach (var client in clients.Values)
            client.Dispose();
    }

    private KubernetesClientConfiguration Configuration(MemberKey member)
    {
        if (member.Name != MemberKey.Local)
            throw new InvalidOperationException($"The member '{member.Name}' is not configured; the only one is '{MemberKey.Local}'.");
        var configuration = options.Value.KubeConfig is { Length: > 0 } path
            ? KubernetesClientConfiguration.BuildConfigFromConfigFile(path, options.Value.Context)
            : KubernetesClientConfiguration.IsInCluster()
                ? KubernetesClientConfiguration.InClusterConfig()
                : KubernetesClientConfiguration.BuildConfigFromConfigFile(NamedByEnvironment(), options.Value.Context);

        // Over HTTP/2 all watches and calls would share one connection: if it hangs half-open, everything hangs with it.
        configuration.DisableHttp2 = true;
        configuration.HttpClientTimeout = TimeSpan.FromSeconds(30);
        configuration.UserAgent = "backup-controlplane";
        configuration.FirstMessageHandlerSetup = handler =>
        {
            if (handler is SocketsHttpHandler sockets)
            {
                sockets.MaxConnectionsPerServer = MaximumConnections;
                sockets.ConnectTimeout = TimeSpan.FromSeconds(10);
                sockets.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90);
                sockets.ConnectCallback = ConnectAsync;
            }
        };
        return configuration;
    }

    // As kubectl has it, but for a list of files, of which the first counts. None: the client's default, the file in the home folder.
    private static string? NamedByEnvironment() =>
        Environment.GetEnvironmentVariable("KUBECONFIG")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();

    // A quiet watch sends nothing for minutes. The kernel's own probes find within half a minute that its other end is gone.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

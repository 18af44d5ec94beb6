using System.Net.Sockets;
using k8s;

namespace ControlPlane.Operator.Members;

/// <summary>Makes clients that bear a network.</summary>
internal static class MemberClient
{
    /// <summary>
    /// Eight watches, sixteen handlers and a burst of Jobs and statuses fit; a broken server is not stormed.
    /// </summary>
    public const int MaximumConnections = 64;

    public static Kubernetes Create(KubernetesClientConfiguration configuration)
    {
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
        return new(configuration);
    }

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

using System.Net.Sockets;

namespace ControlPlane.Sidecar;

/// <summary>Finds a peer that vanished without a word while nothing is said, as during a long wait of the tool for a lock: within half a minute.</summary>
internal static class KeepAlive
{
    private const int IdleSeconds = 10;
    private const int PauseSeconds = 5;
    private const int Probes = 4;

    /// <summary>Switches it on; the sockets that a listening one accepts have it too.</summary>
    internal static Socket On(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, IdleSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, PauseSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        return socket;
    }
}

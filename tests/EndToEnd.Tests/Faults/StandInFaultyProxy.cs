using System.Net;
using System.Net.Sockets;

namespace ControlPlane.EndToEnd.Tests.Faults;

/// <summary>What happens to a connection.</summary>
internal enum Trouble
{
    /// <summary>Nothing: bytes pass both ways.</summary>
    None,

    /// <summary>Each request is answered with 503.</summary>
    SlowDown,

    /// <summary>After some bytes of a request nothing passes any more, and nothing is said.</summary>
    Stall,

    /// <summary>After some bytes of a request the connection is reset.</summary>
    Reset,
}

/// <summary>
/// Stands between the Jobs and the real store and does to their connections what networks and overloaded stores do. Bytes pass
/// unchanged, so signatures stay good.
/// </summary>
internal sealed class StandInFaultyProxy : IAsyncDisposable
{
    private const int Patience = 1_000_000;

    private readonly TcpListener listener;
    private readonly DnsEndPoint store;
    private readonly CancellationTokenSource end = new();
    private readonly Task accepting;
    private int connections;
    private volatile Trouble trouble;

    private StandInFaultyProxy(IPAddress address, DnsEndPoint store)
    {
        this.store = store;
        listener = new(address, 0);
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Where Jobs find it.</summary>
    internal string Endpoint => $"http://{listener.LocalEndpoint}";

    /// <summary>How many connections met trouble.</summary>
    internal int Troubled => Volatile.Read(ref connections);

    internal Trouble Trouble
    {
        get => trouble;
        set => trouble = value;
    }

    internal static StandInFaultyProxy Before(string endpoint, string address)
    {
        var store = new Uri(endpoint);
        return new(IPAddress.Parse(address), new DnsEndPoint(store.Host, store.Port));
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await accepting;
        end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync(end.Token));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        using var inner = caller;
        try
        {
            if (trouble == Trouble.SlowDown)
                await RefuseAsync(caller);
            else
                await RelayAsync(caller);
        }
        catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side may go at any time: that is what this is for.
        }
    }

    private async Task RefuseAsync(TcpClient caller)
    {
        Interlocked.Increment(ref connections);
        var buffer = new byte[65536];
        if (await caller.GetStream().ReadAsync(buffer, end.Token) == 0)
            return;
        const string Body = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
        var answer = $"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}";
        await caller.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), end.Token);
        caller.Client.Shutdown(SocketShutdown.Send);
        // What is still on its way is read, so that the answer is not lost to a reset.
        while (await caller.GetStream().ReadAsync(buffer, end.Token) > 0)
            continue;
    }

    private async Task RelayAsync(TcpClient caller)
    {
        using var upstream = new TcpClient();
        await upstream.ConnectAsync(store.Host, store.Port, end.Token);
        await Task.WhenAny(PassAsync(caller, upstream, watched: true), PassAsync(upstream, caller, watched: false));
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool watched)
    {
        var buffer = new byte[65536];
        var passed = 0L;
        while (await from.GetStream().ReadAsync(buffer, end.Token) is > 0 and var count)
        {
            passed += count;
            if (watched && passed > Patience && trouble is Trouble.Stall or Trouble.Reset)
                await BreakAsync(from);
            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), end.Token);
        }
    }

    private async Task BreakAsync(TcpClient caller)
    {
        Interlocked.Increment(ref connections);
        if (trouble == Trouble.Stall)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end.Token);
        caller.LingerState = new LingerOption(true, 0);
        caller.Close();
        throw new IOException("reset on purpose");
    }
}

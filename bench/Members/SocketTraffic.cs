using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlPlane.Members;

/// <summary>
/// What went through the sockets of a process to the API servers, as the kernel counts it: whole, with TLS, requests and answers. Looked at every second, for a socket that closes takes its count with it.
/// </summary>
internal sealed partial class SocketTraffic : IAsyncDisposable
{
    private readonly int process;
    private readonly Func<int, bool> isServer;
    private readonly Dictionary<string, (long Received, long Sent)> sockets = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Task looking;

    /// <param name="process">Whose sockets.</param>
    /// <param name="isServer">Which ports at the other end count.</param>
    public SocketTraffic(int process, Func<int, bool> isServer)
    {
        (this.process, this.isServer) = (process, isServer);
        looking = LookAsync();
    }

    /// <summary>Bytes so far, and how many sockets are open now.</summary>
    public async Task<(long Received, long Sent, int Open)> NowAsync()
    {
        var open = await LookOnceAsync();
        lock (sockets)
            return (sockets.Values.Sum(socket => socket.Received), sockets.Values.Sum(socket => socket.Sent), open);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await looking;
        stop.Dispose();
    }

    private async Task LookAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
            while (await timer.WaitForNextTickAsync(stop.Token))
                await LookOnceAsync();
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task<int> LookOnceAsync()
    {
        using var ss = Process.Start(new ProcessStartInfo("ss", ["-tinpHO"]) { RedirectStandardOutput = true })!;
        var lines = (await ss.StandardOutput.ReadToEndAsync()).Split('\n');
        await ss.WaitForExitAsync();
        var open = 0;
        lock (sockets)
        {
            foreach (var line in lines.Where(line => line.Contains($"pid={process},", StringComparison.Ordinal)))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (!isServer(int.Parse(fields[4].Split(':')[^1], CultureInfo.InvariantCulture)))
                    continue;
                sockets[$"{fields[3]} {fields[4]}"] = (Count(Received(), line), Count(Sent(), line));
                open++;
            }
        }
        return open;
    }

    private static long Count(Regex field, string line) => field.Match(line) is { Success: true } found ? long.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"bytes_received:(\d+)")]
    private static partial Regex Received();

    [GeneratedRegex(@"bytes_sent:(\d+)")]
    private static partial Regex Sent();
}

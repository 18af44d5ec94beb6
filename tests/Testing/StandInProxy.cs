using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ControlPlane.Testing;

/// <summary>
/// Stands for a company's forward proxy: makes tunnels for CONNECT, passes on requests that name their whole address, asks for credentials if it is told
/// to, and may refuse everything. Loopback alone.
/// </summary>
public sealed class StandInProxy : IAsyncDisposable
{
    private const int LongestHead = 64 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new(); // Holds nothing that would have to be freed, so that closing twice is harmless.
    private readonly ConcurrentQueue<string> targets = new();
    private readonly Task accepting;

    /// <summary>Starts one.</summary>
    public StandInProxy()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Where it listens, without credentials.</summary>
    public string Authority => listener.LocalEndpoint.ToString()!;

    /// <summary>Where it was asked to lead, in order, whatever it answered: the method, and host and port.</summary>
    public IReadOnlyList<string> Targets => [.. targets];

    /// <summary>The status that it answers to everything; null when it does what it is asked.</summary>
    public HttpStatusCode? Refusal { get; set; }

    /// <summary>The user and password that it demands, as <c>user:password</c>; null when it demands none.</summary>
    public string? Credentials { get; set; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await accepting;
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(ending.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // It was told to end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await ServeAsync(client.GetStream());
            }
            catch (Exception trouble) when (trouble is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // One side is gone; leaving here closes the other.
            }
        }
    }

    // One request a connection, unless it is a tunnel; whoever was refused one may ask again on the same connection.
    private async Task ServeAsync(NetworkStream client)
    {
        while (await ReadHeadAsync(client) is { } head)
        {
            string[] asked = head[0].Split(' ');
            bool tunnel = asked[0] == "CONNECT";
            var target = new Uri(tunnel ? $"tcp://{asked[1]}" : asked[1]);
            targets.Enqueue($"{asked[0]} {target.Authority}");
            bool known = Credentials is null || head.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials))}");
            if (Refusal is { } refusal || !known)
            {
                int status = (int)(Refusal ?? HttpStatusCode.ProxyAuthenticationRequired);
                string challenge = status == 407 ? "Proxy-Authenticate: Basic realm=\"proxy\"\r\n" : "";
                bool again = tunnel || await PassOverBodyAsync(client, head);
                await WriteAsync(client, $"HTTP/1.1 {status} no\r\n{challenge}Content-Length: 0\r\n{(again ? "" : "Connection: close\r\n")}\r\n");
                if (again)
                {
                    continue;
                }

                return;
            }

            using var server = new TcpClient();
            await server.ConnectAsync(target.Host, target.Port, ending.Token);
            var other = server.GetStream();
            await (tunnel ? WriteAsync(client, "HTTP/1.1 200 made\r\n\r\n") : WriteAsync(other, Onwards(asked, head)));
            await Task.WhenAny(client.CopyToAsync(other, ending.Token), other.CopyToAsync(client, ending.Token));
            return;
        }
    }

    // What was signed is the path as it was sent: it is cut out, not taken from an address that was tidied.
    private static string Onwards(string[] asked, List<string> head)
    {
        string path = asked[1][asked[1].IndexOf('/', asked[1].IndexOf("://", StringComparison.Ordinal) + 3)..];
        var kept = head.Skip(1).Where(line => !line.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) && !line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase));
        return string.Create(CultureInfo.InvariantCulture, $"{asked[0]} {path} HTTP/1.1\r\n{string.Join("\r\n", kept)}\r\nConnection: close\r\n\r\n");
    }

    // Who asks before sending a body is told no before.
    private async Task<bool> PassOverBodyAsync(NetworkStream stream, List<string> head)
    {
        const string Length = "Content-Length: ";
        if (head.Exists(line => line.StartsWith("Expect:", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        int left = head.Find(line => line.StartsWith(Length, StringComparison.OrdinalIgnoreCase)) is { } line
            ? int.Parse(line.AsSpan(Length.Length), CultureInfo.InvariantCulture)
            : 0;
        await stream.ReadExactlyAsync(new byte[left], ending.Token);
        return true;
    }

    private Task WriteAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), ending.Token).AsTask();

    private async Task<List<string>?> ReadHeadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (text.Length < LongestHead && await stream.ReadAsync(one, ending.Token) == 1)
        {
            text.Append((char)one[0]);
            if (one[0] == '\n' && text.Length >= 4 && text.ToString(text.Length - 4, 4) == "\r\n\r\n")
            {
                return [.. text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries)];
            }
        }

        return null;
    }
}

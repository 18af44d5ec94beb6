using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>
/// An API server that knows who it is, which tokens it takes and which rights it grants, and nothing else: its collections are empty, its watches silent. It can
/// refuse, hang and be gone, as a real one cannot be told to.
/// </summary>
internal sealed class StandInMember : IAsyncDisposable
{
    private readonly int port = FreePort();
    private readonly CancellationTokenSource stop = new();
    private HttpListener? listener;
    private Task serving = Task.CompletedTask;

    public StandInMember() => Start();

    public string Address => $"http://127.0.0.1:{port}";

    /// <summary>The UID of its namespace <c>kube-system</c>.</summary>
    public string Uid { get; set; } = Guid.NewGuid().ToString();

    /// <summary>The only token that it takes.</summary>
    public string Token { get; set; } = "one";

    /// <summary>Whether it takes requests and never answers.</summary>
    public bool Hangs { get; set; }

    /// <summary>Whether it grants a right: verb, group, resource.</summary>
    public Func<string, string, string, bool> Grants { get; set; } = (_, _, _) => true;

    /// <summary>The requests so far: token and path.</summary>
    public ConcurrentQueue<(string? Token, string Path)> Requests { get; } = new();

    public void Start()
    {
        listener = new();
        listener.Prefixes.Add(Address + "/");
        listener.Start();
        serving = ServeAsync(listener);
    }

    public async Task StopAsync()
    {
        listener!.Close();
        await serving;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await StopAsync();
        stop.Dispose();
    }

    private async Task ServeAsync(HttpListener from)
    {
        try
        {
            while (true)
                _ = AnswerAsync(await from.GetContextAsync());
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var token = context.Request.Headers["Authorization"]?.Split(' ')[^1];
            var path = context.Request.Url!.PathAndQuery;
            Requests.Enqueue((token, path));
            if (Hangs)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token);
            var (status, body) = token == Token ? await AnswerAsync(path, context.Request.InputStream) : (401, """{"kind":"Status","message":"Unauthorized"}""");
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            if (path.Contains("watch=", StringComparison.Ordinal) && status == 200)
            {
                context.Response.SendChunked = true;
                await context.Response.OutputStream.FlushAsync(stop.Token);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token);
            }
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body), stop.Token);
            context.Response.Close();
        }
        catch (Exception end) when (end is OperationCanceledException or HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The client is gone, or this server.
        }
    }

    private async Task<(int Status, string Body)> AnswerAsync(string path, Stream body)
    {
        if (path.StartsWith("/version", StringComparison.Ordinal))
            return (200, """{"gitVersion":"v1.31.2","major":"1","minor":"31"}""");
        if (path == "/api/v1/namespaces/kube-system")
            return (200, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "kube-system", ["uid"] = Uid } }.ToJsonString());
        if (path.Contains("selfsubjectaccessreviews", StringComparison.Ordinal))
        {
            var asked = (await JsonNode.ParseAsync(body))!["spec"]!["resourceAttributes"]!;
            var resource = asked["resource"]!.GetValue<string>() + (asked["subresource"] is { } part ? $"/{part}" : "");
            var granted = Grants(asked["verb"]!.GetValue<string>(), asked["group"]?.GetValue<string>() ?? "", resource);
            return (201, new JsonObject { ["status"] = new JsonObject { ["allowed"] = granted } }.ToJsonString());
        }
        return (200, """{"metadata":{"resourceVersion":"1"},"items":[]}""");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

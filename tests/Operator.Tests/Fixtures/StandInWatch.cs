using System.Collections.Specialized;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>How a watch goes wrong.</summary>
internal enum WatchFaultKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The connection is reset.</summary>
    Drop,

    /// <summary>The next line is sent by half, then the connection is closed.</summary>
    HalfLine,

    /// <summary>Nothing more is sent, and the connection stays.</summary>
    Silence,

    /// <summary>A line that is no event is sent, and all goes on.</summary>
    Garbage,

    /// <summary>The next event is replaced by one whose resource has no version, and all goes on.</summary>
    Malformed,

    /// <summary>The next event is never sent, and all goes on.</summary>
    Swallow,

    /// <summary>Each event comes twice, and the one before it once more after it.</summary>
    Repeat,

    /// <summary>An event ERROR with 410 is sent.</summary>
    Forget,

    /// <summary>The watch is ended properly.</summary>
    End,

    /// <summary>The watch is refused with 500.</summary>
    Refuse,
}

/// <summary>What one watch does wrong, and after how many events.</summary>
internal sealed record WatchFault(WatchFaultKind Kind, int After = 0);

/// <summary>One watch of the <see cref="StandInApiServer"/>.</summary>
internal sealed class StandInWatch(StandInApiServer server, NetworkStream stream, NameValueCollection query)
{
    private readonly WatchFault fault = server.NextFault();
    private string? before;
    private int sent;

    public async Task RunAsync(CancellationToken stop)
    {
        if (fault.Kind == WatchFaultKind.Refuse)
        {
            await WriteAsync("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", stop);
            return;
        }
        await WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", stop);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(TimeSpan.FromSeconds(int.Parse(query["timeoutSeconds"]!, CultureInfo.InvariantCulture)));
        var reached = long.Parse(query["resourceVersion"]!, CultureInfo.InvariantCulture);
        try
        {
            while (server.After(reached) is var (events, more))
            {
                foreach (var (version, type, resource) in events)
                {
                    if (sent++ == fault.After && await FailAsync(type, resource, stop))
                        return;
                    if (sent - 1 != fault.After || fault.Kind is not (WatchFaultKind.Swallow or WatchFaultKind.Malformed))
                        await SendAsync(type, resource, stop);
                    reached = version;
                }
                if (sent == fault.After && await FailAsync(null, null, stop))
                    return;
                await more.WaitAsync(end.Token);
            }
            await LineAsync("""{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old resource version"}}""", stop);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Its time is over.
        }
        await WriteAsync("0\r\n\r\n", stop);
    }

    // Says whether the watch is over. Before anything is sent, and before each event.
    private async Task<bool> FailAsync(string? type, JsonObject? resource, CancellationToken stop)
    {
        switch (fault.Kind)
        {
            case WatchFaultKind.Drop:
                stream.Socket.Close(0);
                return true;
            case WatchFaultKind.HalfLine when type is not null:
                var line = Line(type, resource!);
                await WriteAsync($"{line.Length:x}\r\n{line[..(line.Length / 2)]}", stop);
                stream.Close();
                return true;
            case WatchFaultKind.Silence:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
                return true;
            case WatchFaultKind.Garbage:
                await LineAsync("{\"type\":", stop);
                await LineAsync("[]", stop);
                return false;
            case WatchFaultKind.Malformed when type is not null:
                var odd = (JsonObject)resource!.DeepClone();
                odd["metadata"] = 5;
                await LineAsync(Line(type, odd), stop);
                return false;
            case WatchFaultKind.Forget:
                await LineAsync("""{"type":"ERROR","object":{"kind":"Status","code":410,"message":"compacted"}}""", stop);
                await WriteAsync("0\r\n\r\n", stop);
                return true;
            case WatchFaultKind.End:
                await WriteAsync("0\r\n\r\n", stop);
                return true;
            default:
                return false;
        }
    }

    private async Task SendAsync(string type, JsonObject resource, CancellationToken stop)
    {
        var line = Line(type, resource);
        await LineAsync(line, stop);
        if (fault.Kind != WatchFaultKind.Repeat || type == "BOOKMARK")
            return;
        await LineAsync(line, stop);
        if (before is not null)
            await LineAsync(before, stop);
        before = type == "DELETED" ? null : line;
    }

    private static string Line(string type, JsonObject resource) => new JsonObject { ["type"] = type, ["object"] = resource.DeepClone() }.ToJsonString();

    private Task LineAsync(string line, CancellationToken stop) => WriteAsync($"{Encoding.UTF8.GetByteCount(line) + 1:x}\r\n{line}\n\r\n", stop);

    private async Task WriteAsync(string text, CancellationToken stop) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), stop);
}

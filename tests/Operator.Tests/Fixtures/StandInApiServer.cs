using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>
/// An API server of one collection that lists, pages and watches as the real one does, and fails as a real one cannot be told to. HTTP/1.1
/// by hand, since half of its answers are no proper HTTP.
/// </summary>
internal sealed class StandInApiServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, JsonObject> stored = new(StringComparer.Ordinal);
    private readonly List<(long Version, string Type, JsonObject Resource)> history = [];
    private readonly List<string> requests = [];
    private readonly HashSet<TcpClient> open = [];
    private readonly Task accepting;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long version = 100;
    private long forgotten;

    public StandInApiServer()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

    /// <summary>What the next watches do wrong, first first; those after them are faultless.</summary>
    public Queue<WatchFault> WatchFaults { get; } = new();

    /// <summary>What the next lists are answered with instead of a list: a status, and a body.</summary>
    public Queue<(int Status, string Body)> ListFaults { get; } = new();

    /// <summary>The same for further pages.</summary>
    public Queue<(int Status, string Body)> PageFaults { get; } = new();

    /// <summary>The queries so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (gate)
                return [.. requests];
        }
    }

    public int Lists => Requests.Count(query => !query.Contains("watch=", StringComparison.Ordinal));

    public int Watches => Requests.Count - Lists;

    /// <summary>Makes or changes a resource, and returns its version.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="more">What stands beside its metadata.</param>
    /// <param name="namespace">Where it lives; null for nowhere in particular.</param>
    /// <param name="labels">Its labels; null for none.</param>
    /// <param name="generation">Its generation; null for a new one each time.</param>
    public long Put(string name, JsonObject? more = null, string? @namespace = "shop", JsonObject? labels = null, long? generation = null)
    {
        lock (gate)
        {
            var type = stored.TryGetValue(name, out var before) ? "MODIFIED" : "ADDED";
            var uid = before?["metadata"]!["uid"]!.GetValue<string>() ?? Guid.NewGuid().ToString();
            var made = more is null ? [] : (JsonObject)more.DeepClone();
            made["metadata"] = new JsonObject { ["name"] = name, ["uid"] = uid, ["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture), ["generation"] = generation ?? version };
            if (labels is not null)
                made["metadata"]!["labels"] = labels;
            if (@namespace is not null)
                made["metadata"]!["namespace"] = @namespace;
            stored[name] = made;
            return Remember(type, stored[name]);
        }
    }

    public void Delete(string name)
    {
        lock (gate)
        {
            stored.Remove(name, out var resource);
            resource!["metadata"]!["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
            Remember("DELETED", resource);
        }
    }

    /// <summary>Makes time pass without news for the collection, and tells it to the watches.</summary>
    public long Bookmark()
    {
        lock (gate)
        {
            version++;
            return Remember("BOOKMARK", new() { ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) } });
        }
    }

    /// <summary>Forgets all that was, as compaction does: a watch from before now is refused.</summary>
    public void Compact()
    {
        lock (gate)
            (forgotten, version) = (version + 1, version + 1);
    }

    /// <summary>Resets every connection.</summary>
    public void DropAll()
    {
        lock (gate)
        {
            foreach (var client in open)
                client.Client.Close(0);
        }
    }

    /// <summary>UID and version of what is there.</summary>
    public IReadOnlyDictionary<string, (string Uid, string Version)> Stored()
    {
        lock (gate)
            return stored.ToDictionary(entry => entry.Key, entry => (entry.Value["metadata"]!["uid"]!.GetValue<string>(), entry.Value["metadata"]!["resourceVersion"]!.GetValue<string>()));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        DropAll();
        await accepting;
        stop.Dispose();
    }

    private long Remember(string type, JsonObject resource)
    {
        history.Add((version, type, (JsonObject)resource.DeepClone()));
        changed.SetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return version;
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (!stop.IsCancellationRequested)
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        // Once: a client whose connection was dropped meanwhile has none to give.
        var stream = client.GetStream();
        lock (gate)
            open.Add(client);
        try
        {
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 } line)
            {
                while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 })
                {
                }
                var query = new Uri(new Uri(Address), line.Split(' ')[1]).Query;
                lock (gate)
                    requests.Add(query);
                var values = HttpUtility.ParseQueryString(query);
                await (values["watch"] is null ? ListAsync(stream, values) : new StandInWatch(this, stream, values).RunAsync(stop.Token));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // Broken on purpose, or over.
        }
        finally
        {
            lock (gate)
                open.Remove(client);
            client.Dispose();
        }
    }

    private async Task ListAsync(NetworkStream stream, System.Collections.Specialized.NameValueCollection query)
    {
        (int Status, string Body) answer;
        lock (gate)
            answer = (query["continue"] is null ? ListFaults : PageFaults).TryDequeue(out var fault) ? fault : (200, Page(int.Parse(query["limit"]!, CultureInfo.InvariantCulture), query["continue"]));
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {answer.Status} X\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(answer.Body)}\r\n\r\n{answer.Body}"), stop.Token);
    }

    private string Page(int limit, string? after)
    {
        var rest = stored.Where(entry => after is null || string.CompareOrdinal(entry.Key, after) > 0).ToList();
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["continue"] = rest.Count > limit ? rest[limit - 1].Key : "" },
            ["items"] = new JsonArray([.. rest.Take(limit).Select(entry => entry.Value.DeepClone())]),
        }.ToJsonString();
    }

    /// <summary>What is new since a version, and what tells that there is more; null for a version that is forgotten.</summary>
    internal (IReadOnlyList<(long Version, string Type, JsonObject Resource)> Events, Task More)? After(long since)
    {
        lock (gate)
            return since < forgotten ? null : ([.. history.Where(entry => entry.Version > since)], changed.Task);
    }

    internal WatchFault NextFault()
    {
        lock (gate)
            return WatchFaults.TryDequeue(out var fault) ? fault : new(WatchFaultKind.None);
    }
}

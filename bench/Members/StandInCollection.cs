using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace ControlPlane.Members;

/// <summary>All resources of one kind of a stand-in member, and who watches them. Its member's lock holds for it.</summary>
internal sealed class StandInCollection(StandInMember member, string apiVersion, string kind)
{
    // So far back a watch may begin; before that the server forgot, as real ones do.
    private const int LongestHistory = 5000;

    private readonly SortedDictionary<string, byte[]> items = new(StringComparer.Ordinal);
    private readonly Queue<(long Version, byte[] Line)> history = new();
    private readonly HashSet<Channel<byte[]>> watchers = [];
    private long forgotten;

    /// <summary>The resource of that name; null when there is none.</summary>
    public JsonObject? Find(string @namespace, string name)
    {
        lock (member.Gate)
            return items.TryGetValue(Key(@namespace, name), out var found) ? (JsonObject)JsonNode.Parse(found)! : null;
    }

    /// <summary>Makes a resource, or replaces it, and tells the watchers.</summary>
    public JsonObject Put(JsonObject resource)
    {
        lock (member.Gate)
        {
            var metadata = (JsonObject)resource["metadata"]!;
            (resource["apiVersion"], resource["kind"]) = (apiVersion, kind);
            metadata["uid"] ??= Guid.NewGuid().ToString();
            metadata["creationTimestamp"] ??= TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            metadata["generation"] ??= 1;
            var version = member.NextVersion();
            metadata["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
            var key = Key((string)metadata["namespace"]!, (string)metadata["name"]!);
            var type = items.ContainsKey(key) ? "MODIFIED" : "ADDED";
            items[key] = Encoding.UTF8.GetBytes(resource.ToJsonString());
            Tell(version, type, items[key]);
            return resource;
        }
    }

    /// <summary>Takes a resource away, and tells the watchers.</summary>
    public void Remove(string @namespace, string name)
    {
        lock (member.Gate)
        {
            if (Find(@namespace, name) is not { } resource)
                return;
            items.Remove(Key(@namespace, name));
            var version = member.NextVersion();
            resource["metadata"]!["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
            Tell(version, "DELETED", Encoding.UTF8.GetBytes(resource.ToJsonString()));
        }
    }

    /// <summary>The resources of one namespace that fit.</summary>
    public IReadOnlyList<JsonObject> In(string @namespace, Predicate<JsonObject> fits)
    {
        lock (member.Gate)
            return [.. items.Where(item => item.Key.StartsWith(@namespace + "/", StringComparison.Ordinal)).Select(item => (JsonObject)JsonNode.Parse(item.Value)!).Where(item => fits(item))];
    }

    /// <summary>One page of the list, from the n-th on.</summary>
    public byte[] List(int from, int limit)
    {
        lock (member.Gate)
        {
            using var page = new MemoryStream();
            var next = from + limit < items.Count ? (from + limit).ToString(CultureInfo.InvariantCulture) : "";
            page.Write(Encoding.UTF8.GetBytes($$"""{"apiVersion":"{{apiVersion}}","kind":"{{kind}}List","metadata":{"resourceVersion":"{{member.Version}}","continue":"{{next}}"},"items":["""));
            var first = true;
            foreach (var item in items.Values.Skip(from).Take(limit))
            {
                if (!first)
                    page.WriteByte((byte)',');
                first = false;
                page.Write(item);
            }
            page.Write("]}"u8);
            return page.ToArray();
        }
    }

    /// <summary>A channel with what came after a version and all that comes; null when that is forgotten.</summary>
    public Channel<byte[]>? Watch(long after)
    {
        lock (member.Gate)
        {
            if (after < forgotten)
                return null;
            var channel = Channel.CreateUnbounded<byte[]>();
            foreach (var (_, line) in history.Where(line => line.Version > after))
                channel.Writer.TryWrite(line);
            watchers.Add(channel);
            return channel;
        }
    }

    /// <summary>Nobody reads it any more.</summary>
    public void Leave(Channel<byte[]> channel)
    {
        lock (member.Gate)
            watchers.Remove(channel);
    }

    /// <summary>The line that says how far a quiet watch is.</summary>
    public byte[] Bookmark()
    {
        lock (member.Gate)
            return Encoding.UTF8.GetBytes($$$$"""{"type":"BOOKMARK","object":{"apiVersion":"{{{{apiVersion}}}}","kind":"{{{{kind}}}}","metadata":{"resourceVersion":"{{{{member.Version}}}}"}}}""" + "\n");
    }

    private void Tell(long version, string type, byte[] resource)
    {
        byte[] line = [.. Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","object":"""), .. resource, .. "}\n"u8];
        history.Enqueue((version, line));
        if (history.Count > LongestHistory)
            forgotten = history.Dequeue().Version;
        foreach (var watcher in watchers)
            watcher.Writer.TryWrite(line);
    }

    private static string Key(string @namespace, string name) => $"{@namespace}/{name}";
}

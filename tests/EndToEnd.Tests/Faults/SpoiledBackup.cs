using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests.Faults;

/// <summary>The objects of a good backup, to be put into its bucket again as another one's, in which something is wrong.</summary>
internal sealed class SpoiledBackup
{
    private const string ManifestKey = "manifest.json";

    private readonly BackupView taken;
    private readonly Dictionary<string, byte[]> objects;

    private SpoiledBackup(BackupView taken, Dictionary<string, byte[]> objects) => (this.taken, this.objects) = (taken, objects);

    /// <summary>The key of its largest segment, below its folder.</summary>
    internal string Largest => objects.Where(one => one.Key != ManifestKey).MaxBy(one => one.Value.Length).Key;

    internal static async Task<SpoiledBackup> FromAsync(Bucket bucket, BackupView taken)
    {
        var objects = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var item in await bucket.ListAsync(taken.Prefix))
            objects[item.Key[taken.Prefix.Length..]] = await bucket.ReadAsync(item.Key);
        return new(taken, objects);
    }

    /// <summary>The place of one that was stored without these objects, or with others instead; a manifest is changed and then names the copy.</summary>
    internal async Task<string> PutAsync(Bucket bucket, Action<Dictionary<string, byte[]>> spoil, Action<JsonNode>? manifest = null)
    {
        var (copy, uid) = (new Dictionary<string, byte[]>(objects, StringComparer.Ordinal), Guid.NewGuid().ToString("D"));
        var document = JsonNode.Parse(copy[ManifestKey])!;
        document["backup"]!["uid"] = uid;
        manifest?.Invoke(document);
        copy[ManifestKey] = System.Text.Encoding.UTF8.GetBytes(document.ToJsonString());
        spoil(copy);
        foreach (var (key, content) in copy)
            await bucket.PutAsync(taken.Prefix.Replace(taken.Uid, uid, StringComparison.Ordinal) + key, content);
        return taken.Destination.Replace(taken.Uid, uid, StringComparison.Ordinal);
    }

    /// <summary>The lines of a restore's spec that name it.</summary>
    internal string Source(string destination) =>
        "backupSource: " + new JsonObject { ["destination"] = destination, ["storage"] = taken.Status!["storage"]!.DeepClone() }.ToJsonString();
}

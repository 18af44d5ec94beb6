using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>One backup of many that were asked for at once.</summary>
internal sealed record Rushed(string Member, string Namespace, string Name, string Uid, string Cluster, bool Scheduled, DateTimeOffset Created)
{
    /// <summary>The order that is promised: on demand first, and scheduled ones as if they had come an hour later; then by age, then by UID.</summary>
    internal static IReadOnlyList<Rushed> InOrder(IEnumerable<Rushed> all) =>
        [.. all.OrderBy(one => one.Created + (one.Scheduled ? TimeSpan.FromHours(1) : TimeSpan.Zero)).ThenBy(one => one.Scheduled).ThenBy(one => one.Uid, StringComparer.Ordinal)];
}

/// <summary>Many backups, asked for at once in several members, and how they stand.</summary>
internal sealed class Rush(IReadOnlyDictionary<string, Cluster> members)
{
    private const int AtOnce = 16;

    /// <summary>What was asked for, in the promised order.</summary>
    internal IReadOnlyList<Rushed> All { get; private set; } = [];

    /// <summary>Asks for one backup of each of these clusters; the scheduled ones bear a schedule's label, by which the plane tells them.</summary>
    internal async Task AskAsync(IReadOnlyList<(string Member, string Namespace, string Cluster, string Storage, bool Scheduled)> wishes)
    {
        var asked = new Rushed[wishes.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, wishes.Count), options, async (number, token) =>
        {
            var (member, space, cluster, storage, scheduled) = wishes[number];
            var name = string.Create(CultureInfo.InvariantCulture, $"rush-{number:D3}");
            var made = await members[member].Client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonElement>(
                Document(name, cluster, storage, scheduled), "backup.controlplane", "v1", space, "mysqlbackups", cancellationToken: token);
            var metadata = made.GetProperty("metadata");
            asked[number] = new(member, space, name, metadata.GetProperty("uid").GetString()!, cluster, scheduled, metadata.GetProperty("creationTimestamp").GetDateTimeOffset());
        });
        All = Rushed.InOrder(asked);
    }

    /// <summary>All of them as they stand now, by UID.</summary>
    internal async Task<IReadOnlyDictionary<string, BackupView>> SeeAsync()
    {
        var seen = new Dictionary<string, BackupView>();
        foreach (var (member, spaces) in All.GroupBy(one => one.Member).Select(group => (group.Key, group.Select(one => one.Namespace).Distinct())))
        {
            foreach (var space in spaces)
            {
                foreach (var backup in await members[member].ListAsync($"apis/backup.controlplane/v1/namespaces/{space}/mysqlbackups"))
                    seen[(string)backup["metadata"]!["uid"]!] = new(backup);
            }
        }

        return seen;
    }

    private static JsonElement Document(string name, string cluster, string storage, bool scheduled)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (scheduled)
        {
            metadata["labels"] = new JsonObject { ["backup.controlplane/schedule"] = "nightly" };
            metadata["annotations"] = new JsonObject { ["backup.controlplane/due"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) };
        }

        return JsonSerializer.SerializeToElement(new JsonObject
        {
            ["apiVersion"] = "backup.controlplane/v1", ["kind"] = "MySQLBackup", ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["clusterName"] = cluster, ["storageName"] = storage, ["type"] = "full" },
        });
    }
}

using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// The whole road with a database of the size that the issue names and a running write load: what a person applies, sees, finds in the
/// bucket, and brings back.
/// </summary>
[Collection(Alone.Name)]
public sealed partial class RoadTests(Plane plane)
{
    private static readonly string[] Phases = ["Starting", "Running", "Checking", "Succeeded"];

    [Fact]
    public async Task Backup_OfAGibibyteUnderWriteLoad_HoldsEveryRowCommittedBeforeItsPosition()
    {
        var road = await plane.Shops.LargeAsync();
        await using var writing = road.Database.BeginWriting(TimeSpan.FromSeconds(90), rowsPerSecond: 50);
        await using var watched = plane.Cluster.BeginKubectl("--namespace", road.Namespace, "get", "mysqlbackups", "--watch");
        await plane.Cluster.ApplyAsync(road.Namespace, Documents.Read("deploy/backup/backup.yaml"));
        await using var backup = new RunningBackup(road, Documents.ExampleBackupName, deletesData: true);
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        // What kubectl was told it prints a moment later.
        SeenInOrder(await Wait.UntilAsync("the last line of the watch", TimeSpan.FromSeconds(20), () => Task.FromResult(watched.Lines), lines => lines.Any(line => line.Contains("Succeeded", StringComparison.Ordinal))));
        await EventsTellItAsync(road, backup.Name);
        await TableShowsItAsync(road, backup.Name);
        await BucketAgreesAsync(road, ended);
        await RowsAreThereAsync(road, ended);
    }

    private static void SeenInOrder(string[] lines)
    {
        var seen = lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(word => Phases.Contains(word)).ToArray();
        Assert.Equal(Phases, seen.Where((phase, index) => index == 0 || seen[index - 1] != phase));
        Assert.Contains(lines, line => LiveProgress().IsMatch(line));
    }

    private static async Task EventsTellItAsync(Shop road, string name)
    {
        // Events follow the status.
        var events = await Wait.UntilAsync("the last event", TimeSpan.FromSeconds(20), () => road.EventsAsync(name), seen => seen.Any(happened => (string?)happened["reason"] == "Completed"));
        var reasons = events.Select(happened => (string?)happened["reason"]).ToArray();
        var told = await road.Cluster.KubectlAsync("--namespace", road.Namespace, "describe", "mysqlbackups", name);
        Assert.All(["JobCreated", "JobRunning", "CheckingStore", "Completed"], reason => Assert.True(reasons.Contains(reason), $"no event {reason}:\n{told}"));
        Assert.Contains("Completed", told[told.IndexOf("Events:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    private static async Task TableShowsItAsync(Shop road, string name)
    {
        var table = (await road.Cluster.KubectlAsync("--namespace", road.Namespace, "get", "mysqlbackups", name)).Split('\n');
        Assert.All(["CLUSTER", "TYPE", "PHASE", "PROGRESS", "SIZE", "STORAGE", "DURATION", "AGE"], column => Assert.Contains(column, table[0], StringComparison.Ordinal));
        Assert.Matches(@"orders\s+full\s+Succeeded\s+.*\bs3-main\b", table[1]);
        var wide = await road.Cluster.KubectlAsync("--namespace", road.Namespace, "get", "mbk", name, "-o", "wide");
        Assert.All(["SOURCE", "REASON", "DESTINATION"], column => Assert.Contains(column, wide, StringComparison.Ordinal));
    }

    private static async Task BucketAgreesAsync(Shop road, BackupView ended)
    {
        var bytes = await road.Bucket.ReadAsync(ended.Prefix + "manifest.json");
        var manifest = JsonNode.Parse(bytes)!;
        var segments = manifest["segments"]!.AsArray().ToDictionary(segment => ended.Prefix + (string)segment!["key"]!, segment => (long)segment!["storedBytes"]!);
        var objects = (await road.Bucket.ListAsync(ended.Prefix)).ToDictionary(item => item.Key, item => item.Size ?? -1);

        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)), (string?)ended.Status!["manifestDigest"]);
        Assert.Equal(segments.Keys.Append(ended.Prefix + "manifest.json").Order(), objects.Keys.Order());
        Assert.All(segments, segment => Assert.Equal(segment.Value, objects[segment.Key]));
        Assert.Equal(objects.Values.Sum(), (long?)ended.Status["storedBytes"]);
        Assert.Equal((long?)manifest["stream"]!["sizeBytes"], (long?)ended.Status["sizeBytes"]);
        Assert.True((long)ended.Status["sizeBytes"]! >= Shops.LargeMebibytes * 1024L * 1024L, $"only {ended.Status["sizeBytes"]} bytes were read");
        Assert.Empty(await road.Bucket.UploadsAsync($"prod/{road.Namespace}/"));
        Assert.Equal(Shop.Replica, ended.Source);
    }

    private static async Task RowsAreThereAsync(Shop road, BackupView ended)
    {
        await using var restored = await RestoredServer.OnAsync(await FetchedBackup.FromAsync(road.Bucket, ended.Prefix));
        await (await Ledger.OfAsync(road, ended)).IsAllOfAsync(restored.AskAsync);
    }

    [GeneratedRegex(@"\b\d{1,2}% \d+(\.\d+)?[KMG]?i?B/s")]
    private static partial Regex LiveProgress();
}

using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;
using k8s;
using k8s.Models;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// A policy's selector is changed so that 1,000 clusters enter and 500 leave, on a real API server with the real silo; no database runs. The schedule was due ten minutes
/// before, so that a plane which made up for that would start 1,000 backups at once.
/// </summary>
[Collection(Alone.Name)]
public sealed class PolicyFleetTests(Plane plane, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Leaving = 500;
    private const int Entering = 1000;
    private const int BackupsEach = 2;
    private const string Group = "backup.controlplane";

    private static readonly TimeSpan Promised = TimeSpan.FromMinutes(1);
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 16 };

    private readonly string due = (TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(10)).UtcDateTime.ToString("m H", CultureInfo.InvariantCulture);
    private readonly string space = "fleet-" + Guid.NewGuid().ToString("N")[..8];

    public async ValueTask InitializeAsync() => await plane.Cluster.KubectlAsync("create", "namespace", space);

    public async ValueTask DisposeAsync()
    {
        await plane.ScaleAsync(Plane.Silos);
        await plane.Cluster.TryKubectlAsync("delete", "backuppolicy", space, "--ignore-not-found");
        await plane.Cluster.TryKubectlAsync("delete", "namespace", space, "--wait=false");
    }

    [Fact(Explicit = true)]
    public async Task Policy_WhoseSelectorChanges_IsFollowedWithinAMinuteByAThousandClusters()
    {
        // Without a silo, so that what is made is found by it as the past.
        await plane.ScaleAsync(0);
        await Wait.UntilAsync("no silo", Promised, async () => (await plane.SiloPodsAsync()).Count == 0);
        await MakeAsync("old", Leaving);
        await MakeAsync("new", Entering);
        await PolicyAsync("old");
        await plane.ScaleAsync(Plane.Silos);
        var started = TimeProvider.System.GetTimestamp();
        await plane.SiloReadyAsync();
        await FollowedAsync("old", Leaving, TimeSpan.FromMinutes(5));
        Say($"{Leaving + Entering} clusters and {Leaving * BackupsEach} backups were there when the silo started; {Leaving} had the policy's schedule, all others none, {Seconds(TimeProvider.System.GetElapsedTime(started))} later");
        var before = await BackupsAsync();
        Assert.Equal(Leaving * BackupsEach, before.Count);

        var changed = TimeProvider.System.GetUtcNow();
        await PolicyAsync("new");
        var followed = await FollowedAsync("new", Entering, Promised);
        Say($"{Entering} clusters entered and {Leaving} left: all followed {Seconds(followed - changed)} after the change");
        var status = await Wait.UntilAsync("the policy's status", TimeSpan.FromSeconds(30), StatusAsync, status => (int?)status?["clusters"] == Entering && (long?)status["observedGeneration"] == 2);
        Say($"the policy's own status says {status!["clusters"]} clusters {Seconds(TimeProvider.System.GetUtcNow() - changed)} after the change");

        await Wait.ForAsync(changed + TimeSpan.FromMinutes(2) - TimeProvider.System.GetUtcNow());
        var after = await BackupsAsync();
        var jobs = await plane.Cluster.ListAsync($"apis/batch/v1/namespaces/{space}/jobs");
        var kept = after.Count(backup => before.Contains(backup));
        Say($"two minutes after the change: {kept} of {before.Count} backups are still there, {after.Count - kept} were made, {jobs.Count} Jobs");
        Assert.Equal((before.Count, before.Count, 0), (kept, after.Count, jobs.Count));
    }

    // By the list of the API server: those of a wave have the next due time of the policy's schedule, and all others no schedule.
    private async Task<DateTimeOffset> FollowedAsync(string wave, int count, TimeSpan limit)
    {
        await Wait.UntilAsync(
            $"{count} clusters with the schedule", limit,
            async () =>
            {
                await Wait.ForAsync(TimeSpan.FromSeconds(1));
                var clusters = await ClustersAsync();
                return (Right: clusters.Count(cluster => HasSchedule(cluster) && Wave(cluster) == wave), Wrong: clusters.Count(cluster => HasSchedule(cluster) && Wave(cluster) != wave));
            },
            seen => seen.Right == count && seen.Wrong == 0);
        return TimeProvider.System.GetUtcNow();
    }

    private static bool HasSchedule(JsonNode cluster) => cluster["status"]?["schedules"]?[0]?["nextDue"] is not null;

    private static string Wave(JsonNode cluster) => (string)cluster["metadata"]!["labels"]!["wave"]!;

    private async Task MakeAsync(string wave, int count) => await Parallel.ForEachAsync(Enumerable.Range(0, count), AtOnce, async (index, token) =>
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{wave}-{index:D4}");
        await CreateAsync("mysqlclusters", $$"""
            {"apiVersion":"{{Group}}/v1","kind":"MySQLCluster","metadata":{"name":"{{name}}","labels":{"wave":"{{wave}}"} },
             "spec":{"workload":{"name":"{{name}}-mysql"},"credentialsSecret":"none"} }
            """, token);
        for (var number = 0; wave == "old" && number < BackupsEach; number++)
            await CreateBackupAsync(name, number, token);
    });

    // A backup of the policy's schedule that is good, as an earlier life of the plane left it.
    private async Task CreateBackupAsync(string cluster, int number, CancellationToken token)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{cluster}-often-{number}");
        var ended = (TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(number + 1)).UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z";
        await CreateAsync("mysqlbackups", $$"""
            {"apiVersion":"{{Group}}/v1","kind":"MySQLBackup",
             "metadata":{"name":"{{name}}","labels":{"{{Group}}/cluster":"{{cluster}}","{{Group}}/schedule":"often"},"annotations":{"{{Group}}/due":"{{ended}}"} },
             "spec":{"clusterName":"{{cluster}}","storageName":"main","type":"full"} }
            """, token);
        var status = new V1Patch(
            $$$"""{"status":{"phase":"Succeeded","reason":"Completed","started":"{{{ended}}}","completed":"{{{ended}}}","sizeBytes":1,"storedBytes":1,"manifestDigest":"sha256:{{{new string('0', 64)}}}"}}""",
            V1Patch.PatchType.MergePatch);
        await plane.Cluster.Client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<object>(status, Group, "v1", space, "mysqlbackups", name, cancellationToken: token);
    }

    private Task CreateAsync(string plural, string document, CancellationToken token) => plane.Cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<object>(
        JsonNode.Parse(document)!, Group, "v1", space, plural, cancellationToken: token);

    private Task PolicyAsync(string wave) => plane.Cluster.ApplyAsync(space, $$"""
        apiVersion: {{Group}}/v1
        kind: BackupPolicy
        metadata: { name: {{space}} }
        spec:
          clusters: { namespaces: [{{space}}], selector: { matchLabels: { wave: {{wave}} } } }
          backup:
            enabled: true
            image: none
            storages: { main: { type: s3, s3: { bucket: backups, region: eu-central-1, credentialsSecret: none } } }
            schedule: [{ name: often, schedule: "{{due}} * * *", storageName: main, keep: 7 }]
        """);

    private async Task<IReadOnlyList<JsonNode>> ClustersAsync() => await plane.Cluster.ListAsync($"apis/{Group}/v1/namespaces/{space}/mysqlclusters?resourceVersion=0");

    private async Task<HashSet<string>> BackupsAsync() =>
        [.. (await plane.Cluster.ListAsync($"apis/{Group}/v1/namespaces/{space}/mysqlbackups")).Where(backup => backup["metadata"]!["deletionTimestamp"] is null).Select(backup => (string)backup["metadata"]!["uid"]!)];

    private async Task<JsonNode?> StatusAsync() => (await plane.Cluster.GetAsync($"apis/{Group}/v1/backuppolicies/{space}"))?["status"];

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private void Say(string line) => output.WriteLine(line);
}

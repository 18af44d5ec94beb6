using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Silo.Tests.Fixtures;
using k8s;
using k8s.Models;

namespace ControlPlane.Silo.Tests.Fleet;

/// <summary>
/// A policy's selector is changed so that 1,000 clusters enter and 500 leave: the silo itself, as a process, on a real API server, which KUBECONFIG names; nothing else of the
/// plane may work there. No database runs. The schedule was due ten minutes before, so that a plane which made up for that would start 1,000 backups at once.
/// </summary>
public sealed class PolicyMoveTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Leaving = 500;
    private const int Entering = 1000;
    private const int BackupsEach = 2;
    private const string Group = "backup.controlplane";

    private static readonly TimeSpan Promised = TimeSpan.FromMinutes(1);
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 16 };

    private readonly TemporaryFolder folder = new();
    private readonly string kubeconfig = Environment.GetEnvironmentVariable("KUBECONFIG") ?? throw new InvalidOperationException("KUBECONFIG names no API server: run `./dev up`, and give the one it prints.");
    private readonly string space = "move-" + Guid.NewGuid().ToString("N")[..8];
    private readonly string due = (TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(10)).UtcDateTime.ToString("m H", CultureInfo.InvariantCulture);
    private Kubernetes client = null!;
    private Process? silo;

    public async ValueTask InitializeAsync()
    {
        client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        await client.CoreV1.CreateNamespaceAsync(new() { Metadata = new() { Name = space } });
    }

    public async ValueTask DisposeAsync()
    {
        silo?.Kill();
        silo?.Dispose();
        try
        {
            await client.CustomObjects.DeleteClusterCustomObjectAsync(Group, "v1", "backuppolicies", space);
            foreach (var plural in new[] { "mysqlclusters", "mysqlbackups" })
                await client.CustomObjects.DeleteCollectionNamespacedCustomObjectAsync(Group, "v1", space, plural);
            await client.CoreV1.DeleteNamespaceAsync(space);
        }
        finally
        {
            client.Dispose();
            folder.Dispose();
        }
    }

    [Fact(Explicit = true)]
    public async Task Policy_WhoseSelectorChanges_IsFollowedWithinAMinuteByAThousandClusters()
    {
        // Before there is a silo, so that it finds what is made as the past.
        await MakeAsync("old", Leaving);
        await MakeAsync("new", Entering);
        await PolicyAsync("old");
        Start();
        var first = await FollowedAsync("old", Leaving, TimeSpan.FromMinutes(6));
        Say($"{Leaving + Entering} clusters and {Leaving * BackupsEach} backups were there when the silo was started: {Leaving} had the policy's schedule, all others none, {Seconds(first)} later");
        var before = await BackupsAsync();
        Assert.Equal(Leaving * BackupsEach, before.Count);

        var changed = Stopwatch.GetTimestamp();
        await PolicyAsync("new");
        var followed = await FollowedAsync("new", Entering, Promised);
        Say($"{Entering} clusters entered and {Leaving} left: all followed {Seconds(followed)} after the change");
        await Patience.UntilAsync(Promised, async () => (int?)(await StatusAsync())?["clusters"] == Entering && (long?)(await StatusAsync())?["observedGeneration"] == 2);
        Say($"the policy's own status says so {Seconds(Stopwatch.GetElapsedTime(changed))} after the change: {(await StatusAsync())!["parts"]!.ToJsonString()}");

        await Task.Delay(TimeSpan.FromMinutes(2) - Stopwatch.GetElapsedTime(changed), TimeProvider.System);
        var after = await BackupsAsync();
        var jobs = await client.BatchV1.ListNamespacedJobAsync(space);
        var kept = after.Count(before.Contains);
        Say($"two minutes after the change: {kept} of {before.Count} backups are there, {after.Count - kept} were made, {jobs.Items.Count} Jobs");
        Assert.Equal((before.Count, before.Count, 0), (kept, after.Count, jobs.Items.Count));
    }

    // By the list of the API server: those of a wave have the next due time of the policy's schedule, and all others have none.
    private Task<TimeSpan> FollowedAsync(string wave, int count, TimeSpan limit) => Patience.UntilAsync(
        limit,
        async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
            var with = (await ItemsAsync("mysqlclusters")).Where(cluster => cluster["status"]?["schedules"]?[0]?["nextDue"] is not null).ToList();
            return with.Count == count && with.All(cluster => (string)cluster["metadata"]!["labels"]!["wave"]! == wave);
        },
        $"{count} clusters, those of {wave}, have the schedule");

    private void Start()
    {
        string[] arguments = [.. RunningSilo.Arguments(FreePorts.Take(3)), .. RunningSilo.Alone(Path.Combine(folder.Path, "data")), $"--Members:KubeConfig={kubeconfig}"];
        silo = Process.Start(new ProcessStartInfo(SiloProcess.Dotnet, [Path.Combine(AppContext.BaseDirectory, "ControlPlane.Silo.dll"), .. arguments]) { WorkingDirectory = folder.Path });
    }

    private Task MakeAsync(string wave, int count) => Parallel.ForEachAsync(Enumerable.Range(0, count), AtOnce, async (index, token) =>
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{wave}-{index:D4}");
        await client.AppsV1.CreateNamespacedStatefulSetAsync(Workload(name + "-mysql"), space, cancellationToken: token);
        await CreateAsync("mysqlclusters", "MySQLCluster", new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["wave"] = wave } },
            new JsonObject { ["workload"] = new JsonObject { ["name"] = name + "-mysql" }, ["credentialsSecret"] = "none" }, token);
        for (var number = 0; wave == "old" && number < BackupsEach; number++)
            await MakeBackupAsync(name, number, token);
    });

    // As a database that is stopped: it has what the cluster says of it, and no Pods.
    private static V1StatefulSet Workload(string name)
    {
        var labels = new Dictionary<string, string> { ["app"] = name };
        return new()
        {
            Metadata = new() { Name = name },
            Spec = new()
            {
                Replicas = 0,
                ServiceName = name,
                Selector = new() { MatchLabels = labels },
                Template = new()
                {
                    Metadata = new() { Labels = labels },
                    Spec = new()
                    {
                        Containers = [new() { Name = "mysql", Image = "none", VolumeMounts = [new() { Name = "datadir", MountPath = "/var/lib/mysql" }] }],
                        Volumes = [new() { Name = "datadir", EmptyDir = new() }],
                    },
                },
            },
        };
    }

    // A good backup of the policy's schedule, as an earlier life of the plane left it.
    private async Task MakeBackupAsync(string cluster, int number, CancellationToken token)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{cluster}-often-{number}");
        var ended = (TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(number + 1)).UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z";
        var metadata = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject { [$"{Group}/cluster"] = cluster, [$"{Group}/schedule"] = "often" },
            ["annotations"] = new JsonObject { [$"{Group}/due"] = ended },
        };
        await CreateAsync("mysqlbackups", "MySQLBackup", metadata, new JsonObject { ["clusterName"] = cluster, ["storageName"] = "main", ["type"] = "full" }, token);
        var status = new JsonObject
        {
            ["phase"] = "Succeeded", ["reason"] = "Completed", ["started"] = ended, ["completed"] = ended, ["sizeBytes"] = 1, ["storedBytes"] = 1, ["manifestDigest"] = "sha256:" + new string('0', 64),
        };
        await client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<object>(
            new V1Patch(new JsonObject { ["status"] = status }.ToJsonString(), V1Patch.PatchType.MergePatch), Group, "v1", space, "mysqlbackups", name, cancellationToken: token);
    }

    private Task CreateAsync(string plural, string kind, JsonObject metadata, JsonObject spec, CancellationToken token) => client.CustomObjects.CreateNamespacedCustomObjectAsync<object>(
        new JsonObject { ["apiVersion"] = $"{Group}/v1", ["kind"] = kind, ["metadata"] = metadata, ["spec"] = spec }, Group, "v1", space, plural, cancellationToken: token);

    private Task PolicyAsync(string wave)
    {
        var policy = JsonNode.Parse($$"""
            { "apiVersion": "{{Group}}/v1", "kind": "BackupPolicy", "metadata": { "name": "{{space}}" },
              "spec": {
                "clusters": { "namespaces": ["{{space}}"], "selector": { "matchLabels": { "wave": "{{wave}}" } } },
                "backup": {
                  "enabled": true, "image": "none",
                  "storages": { "main": { "type": "s3", "s3": { "bucket": "backups", "region": "eu-central-1", "credentialsSecret": "none" } } },
                  "schedule": [{ "name": "often", "schedule": "{{due}} * * *", "storageName": "main", "keep": 7 }] } } }
            """)!;
        return client.CustomObjects.PatchClusterCustomObjectAsync<object>(
            new V1Patch(policy.ToJsonString(), V1Patch.PatchType.ApplyPatch), Group, "v1", "backuppolicies", space, fieldManager: "test", force: true);
    }

    private async Task<IReadOnlyList<JsonNode>> ItemsAsync(string plural) =>
        [.. JsonNode.Parse(JsonSerializer.Serialize(await client.CustomObjects.ListNamespacedCustomObjectAsync<JsonElement>(Group, "v1", space, plural)))!["items"]!.AsArray().Select(item => item!)];

    private async Task<HashSet<string>> BackupsAsync() =>
        [.. (await ItemsAsync("mysqlbackups")).Where(backup => backup["metadata"]!["deletionTimestamp"] is null).Select(backup => (string)backup["metadata"]!["uid"]!)];

    private async Task<JsonNode?> StatusAsync() =>
        JsonNode.Parse(JsonSerializer.Serialize(await client.CustomObjects.GetClusterCustomObjectAsync<JsonElement>(Group, "v1", "backuppolicies", space)))!["status"];

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private void Say(string line) => output.WriteLine(line);
}

using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// What a member without nodes lacks: it says of databases' Pods that they are ready, and of Jobs' Pods that they ran and what their runner reported. Nothing
/// runs, and nothing is stored; Jobs, resources and their order are the API server's own.
/// </summary>
/// <param name="member">The member.</param>
/// <param name="address">The address of the databases' Pods. By default one that is on no network: the plane has no road to it.</param>
/// <param name="makesPods">Whether it makes the databases' Pods too, for want of the controller that does.</param>
internal sealed class StandInNode(Cluster member, string address = "192.0.2.7", bool makesPods = true) : IAsyncDisposable
{
    internal const string Namespace = "stand-in";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource stop = new();
    private Task working = Task.CompletedTask;

    /// <summary>How long the Pod of a Job runs; at once over by default.</summary>
    internal TimeSpan Takes { get; init; }

    /// <summary>A cluster with a schedule, and the Pod of its database.</summary>
    internal Task AddAsync(string name, string schedule) => AddAsync([new(name, StandInDatabase.Scheduled(schedule))]);

    /// <summary>Clusters and the Pods of their databases.</summary>
    internal async Task AddAsync(IReadOnlyList<StandInDatabase> databases)
    {
        await member.TryKubectlAsync("create", "namespace", Namespace);
        await Wait.UntilAsync("the account of Pods", TimeSpan.FromMinutes(1), async () => await member.GetAsync($"api/v1/namespaces/{Namespace}/serviceaccounts/default") is not null);
        await member.ApplyAsync(Namespace, Documents(databases.Select(database => database.Workload)));
        if (makesPods)
            await Task.WhenAll(databases.Select(MakePodAsync));
        await ApplyAsync(databases);
    }

    /// <summary>Their <c>MySQLCluster</c>s alone, as they are wanted now.</summary>
    internal Task ApplyAsync(IReadOnlyList<StandInDatabase> databases) => member.ApplyAsync(Namespace, Documents(databases.Select(database => database.Cluster)));

    /// <summary>Has Pods run from now on.</summary>
    internal void Begin() => working = Task.Run(WorkAsync);

    /// <summary>Takes away all that is there. The data of its backups is nowhere, so that nobody has to delete it.</summary>
    internal async Task RemoveAsync()
    {
        var empty = new V1Patch("""{"metadata":{"finalizers":null}}""", V1Patch.PatchType.MergePatch);
        await member.TryKubectlAsync("--namespace", Namespace, "delete", "mysqlclusters", "--all", "--wait=false");
        foreach (var backup in await member.ListAsync($"apis/backup.controlplane/v1/namespaces/{Namespace}/mysqlbackups"))
            await member.Client.CustomObjects.PatchNamespacedCustomObjectAsync<object>(empty, "backup.controlplane", "v1", Namespace, "mysqlbackups", (string)backup["metadata"]!["name"]!);
        await member.TryKubectlAsync("delete", "namespace", Namespace, "--timeout=60s");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await working;
        stop.Dispose();
    }

    private static string Documents(IEnumerable<string> documents) => string.Join("\n---\n", documents);

    private async Task MakePodAsync(StandInDatabase database)
    {
        var owner = await member.Client.AppsV1.ReadNamespacedStatefulSetAsync($"{database.Name}-mysql", Namespace);
        var pod = new V1Pod
        {
            Metadata = new()
            {
                Name = $"{database.Name}-mysql-0",
                Labels = new Dictionary<string, string> { ["app"] = database.Name, [StandInDatabase.Label] = "database" },
                OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = "StatefulSet", Name = owner.Name(), Uid = owner.Uid(), Controller = true }],
            },
            Spec = new() { SchedulerName = "none", Containers = [new() { Name = "mysql", Image = "none" }, new() { Name = "xtrabackup", Image = "none" }] },
        };
        await member.Client.CoreV1.CreateNamespacedPodAsync(pod, Namespace);
    }

    private async Task WorkAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var pods = await member.Client.CoreV1.ListNamespacedPodAsync(Namespace, fieldSelector: "status.phase=Pending", cancellationToken: stop.Token);
                await Task.WhenAll(pods.Items.Where(pod => pod.Metadata.DeletionTimestamp is null).Select(RunAsync));
                await Task.Delay(Pause, TimeProvider.System, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception away) when (away is HttpRequestException or OperationCanceledException or IOException or HttpOperationException)
            {
                // Its API server is away, as the test has it; or the Pod is gone by now.
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private Task RunAsync(V1Pod pod) =>
        pod.GetLabel(StandInDatabase.Label) is not null ? StatusAsync(pod, Ready(pod))
        : pod.GetLabel("backup.controlplane/operation") == "backup" && TimeProvider.System.GetUtcNow() - pod.Metadata.CreationTimestamp >= Takes ? StatusAsync(pod, Ended(pod))
        : Task.CompletedTask;

    private JsonObject Ready(V1Pod pod) => new()
    {
        ["phase"] = "Running",
        ["podIP"] = address,
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
        ["containerStatuses"] = new JsonArray([.. pod.Spec.Containers.Select(container => Container(container.Name, ready: true))]),
    };

    private static JsonObject Ended(V1Pod pod)
    {
        var report = new JsonObject
        {
            ["uid"] = pod.GetLabel("backup.controlplane/uid"),
            ["attempt"] = int.Parse(pod.GetLabel("backup.controlplane/attempt"), CultureInfo.InvariantCulture),
            ["summary"] = new JsonObject
            {
                ["manifestDigest"] = "sha256:" + new string('0', 64), ["sizeBytes"] = 1, ["storedBytes"] = 1, ["segments"] = 1, ["engine"] = "MariaDbBackup", ["positions"] = new JsonObject { ["toolVersion"] = "none" },
            },
        };
        var runner = Container("runner", ready: false);
        runner["state"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 0, ["message"] = report.ToJsonString() } };
        return new() { ["phase"] = "Succeeded", ["containerStatuses"] = new JsonArray(runner) };
    }

    private static JsonObject Container(string name, bool ready) => new() { ["name"] = name, ["ready"] = ready, ["restartCount"] = 0, ["image"] = "none", ["imageID"] = "none" };

    private Task StatusAsync(V1Pod pod, JsonObject status) => member.Client.CoreV1.PatchNamespacedPodStatusAsync(
        new V1Patch(new JsonObject { ["status"] = status }.ToJsonString(), V1Patch.PatchType.MergePatch), pod.Name(), Namespace, cancellationToken: stop.Token);
}

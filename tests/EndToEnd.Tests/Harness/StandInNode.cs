using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// What a member without nodes lacks: it says of databases' Pods that they are ready, and of Jobs' Pods that they ran and what their runner reported. Nothing
/// runs, and nothing is stored; Jobs, resources and their order are the API server's own.
/// </summary>
internal sealed class StandInNode(Cluster member) : IAsyncDisposable
{
    internal const string Namespace = "shop";

    private readonly CancellationTokenSource stop = new();
    private Task working = Task.CompletedTask;

    /// <summary>A cluster with a schedule, and the Pod of its database.</summary>
    internal async Task AddAsync(string name, string schedule)
    {
        await member.TryKubectlAsync("create", "namespace", Namespace);
        await member.ApplyAsync(Namespace, $$"""
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: {{name}}-mysql }
            spec:
              serviceName: {{name}}
              selector: { matchLabels: { app: {{name}} } }
              template:
                metadata: { labels: { app: {{name}} } }
                spec:
                  containers: [{ name: mysql, image: none, volumeMounts: [{ name: datadir, mountPath: /var/lib/mysql }] }]
                  volumes: [{ name: datadir, emptyDir: {} }]
            """);
        var owner = await member.Client.AppsV1.ReadNamespacedStatefulSetAsync($"{name}-mysql", Namespace);
        var pod = new V1Pod
        {
            Metadata = new()
            {
                Name = $"{name}-mysql-0",
                Labels = new Dictionary<string, string> { ["app"] = name },
                OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = "StatefulSet", Name = owner.Name(), Uid = owner.Uid(), Controller = true }],
            },
            Spec = new() { Containers = [new() { Name = "mysql", Image = "none" }, new() { Name = "xtrabackup", Image = "none" }] },
        };
        await member.Client.CoreV1.CreateNamespacedPodAsync(pod, Namespace);

        // An address that is on no network: the plane has no road to it.
        await StatusAsync(pod.Name(), """
            {"status":{"phase":"Running","podIP":"192.0.2.7","conditions":[{"type":"Ready","status":"True"}],
             "containerStatuses":[{"name":"xtrabackup","ready":true,"restartCount":0,"image":"none","imageID":"none"}]}}
            """);
        await member.ApplyAsync(Namespace, $$"""
            apiVersion: backup.controlplane/v1
            kind: MySQLCluster
            metadata: { name: {{name}} }
            spec:
              workload: { kind: StatefulSet, name: {{name}}-mysql, container: mysql, dataVolume: datadir, dataPath: /var/lib/mysql }
              credentialsSecret: none
              backup:
                enabled: true
                image: none
                storages: { main: { type: s3, s3: { bucket: backups, region: eu-central-1, credentialsSecret: none } } }
                schedule: [{ name: often, schedule: "{{schedule}}", storageName: main }]
            """);
    }

    /// <summary>Has Jobs' Pods run from now on.</summary>
    internal void Begin() => working = Task.Run(WorkAsync);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await working;
        stop.Dispose();
    }

    private async Task WorkAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var pods = await member.Client.CoreV1.ListNamespacedPodAsync(Namespace, labelSelector: "backup.controlplane/operation=backup", cancellationToken: stop.Token);
                foreach (var pod in pods.Items.Where(pod => pod.Status.Phase == "Pending"))
                    await EndAsync(pod);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception away) when (away is HttpRequestException or OperationCanceledException or k8s.Autorest.HttpOperationException)
            {
                // Its API server is away, as the test has it.
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            }
        }
    }

    private Task EndAsync(V1Pod pod)
    {
        var report = new JsonObject
        {
            ["uid"] = pod.Labels()["backup.controlplane/uid"],
            ["attempt"] = int.Parse(pod.Labels()["backup.controlplane/attempt"], System.Globalization.CultureInfo.InvariantCulture),
            ["summary"] = new JsonObject
            {
                ["manifestDigest"] = "sha256:" + new string('0', 64), ["sizeBytes"] = 1, ["storedBytes"] = 1, ["segments"] = 1, ["engine"] = "MariaDbBackup", ["positions"] = new JsonObject { ["toolVersion"] = "none" },
            },
        };
        var ended = new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["phase"] = "Succeeded",
                ["containerStatuses"] = new JsonArray(new JsonObject
                {
                    ["name"] = "runner", ["ready"] = false, ["restartCount"] = 0, ["image"] = "none", ["imageID"] = "none",
                    ["state"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 0, ["message"] = report.ToJsonString() } },
                }),
            },
        };
        return StatusAsync(pod.Name(), ended.ToJsonString());
    }

    private Task StatusAsync(string pod, string merge) =>
        member.Client.CoreV1.PatchNamespacedPodStatusAsync(new V1Patch(merge, V1Patch.PatchType.MergePatch), pod, Namespace, cancellationToken: stop.Token);
}

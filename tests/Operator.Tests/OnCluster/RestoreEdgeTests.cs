using System.Text.Json;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Status;
using ControlPlane.Operator.Surveying;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Workloads;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.OnCluster;

/// <summary>What a restore does at a real API server: its status, and the workload's instances and claims.</summary>
public sealed class RestoreEdgeTests(DevCluster cluster) : IClassFixture<DevCluster>
{
    // A server of 1.20 makes a null of an object that is given up, and then asks whether the schema has one.
    [Fact]
    public async Task WriteAsync_OnceTheWorkloadRunsAgain_TakesBackThatItWasStopped()
    {
        var uid = await RestoreAsync("back1");
        var writer = new StatusWriter(cluster.Api, cluster.Heads, new(), new(cluster.Api, cluster.Heads, NullLogger<FinalizerRemover>.Instance), NullLogger<StatusWriter>.Instance);
        var status = new RestoreStatus { Uid = uid, ObservedGeneration = 1, Phase = RestorePhase.Restoring, Reason = "VolumesRestoring", StoppedReplicas = 2, Plan = new() { BytesNeeded = 7, Steps = ["It is done."] } };
        await writer.WriteAsync(Key("back1"), status, default);
        Assert.Equal(2, (await StatusAsync("back1")).GetProperty("stopped").GetProperty("replicas").GetInt32());

        await writer.WriteAsync(Key("back1"), status with { Phase = RestorePhase.Succeeded, StoppedReplicas = null }, default);

        var shown = await StatusAsync("back1");
        Assert.Equal("Succeeded", shown.GetProperty("phase").GetString());
        Assert.False(shown.TryGetProperty("stopped", out var stopped) && stopped.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task Workload_StoppedAndStarted_IsSeenWithTheClaimsThatThereAre()
    {
        using var authority = new Authority(cluster.Options, TimeProvider.System);
        using var tickets = new TicketOffice(cluster.Options, TimeProvider.System);
        var agents = new AgentInquiry(authority, tickets, cluster.Options, TimeProvider.System);
        using var scaler = new WorkloadScaler(
            cluster.Api, new StatefulSets(cluster.Api), agents, new RecordingGrains().Factory(), cluster.Options, NullLogger<WorkloadScaler>.Instance);
        await cluster.Client.AppsV1.CreateNamespacedStatefulSetAsync(Stopped(), cluster.Namespace);
        var look = new WorkloadLook(Key("back1"), "u", "orders", new() { Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" }, 4);
        Assert.Empty((await scaler.LookNowAsync(look, default)).Claims);
        await ClaimAsync("datadir-orders-mysql-0");

        await scaler.ScaleAsync(look, 2, default);
        var started = await scaler.LookNowAsync(look, default);
        await scaler.ScaleAsync(look, 0, default);
        await scaler.ScaleAsync(look, 0, default);
        var stopped = await scaler.LookNowAsync(look, default);

        Assert.Equal((2, 4, "u"), (started.Replicas, started.Number, started.Uid));
        Assert.Contains("datadir-orders-mysql-0", started.Claims);
        Assert.Equal((0, 999), (stopped.Replicas, stopped.Identity.User));
        Assert.Equal("datadir-orders-mysql-0", stopped.Claims[0]);
        Assert.Contains("there is no StatefulSet", (await scaler.LookNowAsync(look with { Workload = look.Workload with { Name = "odd" } }, default)).Trouble, StringComparison.Ordinal);
    }

    private RestoreKey Key(string name) => new(DevCluster.Member, cluster.Namespace, name);

    private async Task<string> RestoreAsync(string name) => (await cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<ResourceHead>(
        new Dictionary<string, object>
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = ApiGroup.Restores.Kind,
            ["metadata"] = new Dictionary<string, object> { ["name"] = name },
            ["spec"] = new Dictionary<string, object> { ["clusterName"] = "orders", ["backupName"] = "backup1" },
        },
        ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Restores.Plural)).Metadata.Uid;

    private async Task<JsonElement> StatusAsync(string name) => (await cluster.GetAsync<JsonElement>(ApiGroup.Restores.Plural, name)).GetProperty("status");

    private Task ClaimAsync(string name) => cluster.Client.CoreV1.CreateNamespacedPersistentVolumeClaimAsync(
        new()
        {
            Metadata = new() { Name = name },
            Spec = new() { AccessModes = ["ReadWriteOnce"], Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new("1Mi") } } },
        },
        cluster.Namespace);

    // On a node that there is not: these Pods never run.
    private static V1StatefulSet Stopped() => new()
    {
        Metadata = new() { Name = "orders-mysql" },
        Spec = new()
        {
            Replicas = 0,
            ServiceName = "orders-mysql",
            Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "orders-mysql" } },
            VolumeClaimTemplates =
            [
                new()
                {
                    Metadata = new() { Name = "datadir" },
                    Spec = new() { AccessModes = ["ReadWriteOnce"], Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new("1Mi") } } },
                },
            ],
            Template = new()
            {
                Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = "orders-mysql" } },
                Spec = new()
                {
                    NodeSelector = new Dictionary<string, string> { ["none"] = "such" },
                    SecurityContext = new() { RunAsUser = 999 },
                    Containers = [new() { Name = "mysql", Image = "localhost/mariadb:dev", VolumeMounts = [new() { Name = "datadir", MountPath = "/var/lib/mysql" }] }],
                },
            },
        },
    };
}

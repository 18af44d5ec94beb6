using System.Text.Json;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Jobs;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Status;
using ControlPlane.Operator.Tests.Jobs;
using ControlPlane.Operator.Tests.Resources;
using ControlPlane.Operator.Workloads;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.OnCluster;

/// <summary>What a drill does at a real API server: its status, and a Job with the workload's own server.</summary>
public sealed class DrillEdgeTests : IClassFixture<DevCluster>, IDisposable
{
    private readonly DevCluster cluster;
    private readonly Authority authority;
    private readonly TicketOffice tickets;
    private readonly JobDispatcher dispatcher;

    public DrillEdgeTests(DevCluster cluster)
    {
        this.cluster = cluster;
        authority = new(cluster.Options, TimeProvider.System);
        tickets = new(cluster.Options, TimeProvider.System);
        dispatcher = new(
            cluster.Api, cluster.Heads, new(cluster.Api), new(tickets, TimeProvider.System), new(new StatefulSets(cluster.Api)), authority,
            cluster.Options, NullLogger<JobDispatcher>.Instance);
    }

    public void Dispose()
    {
        authority.Dispose();
        tickets.Dispose();
    }

    // What a status does not say any more is given up: on a server of 1.20 too, which is one reason why no text is ever empty.
    [Fact]
    public async Task WriteAsync_WhenTheNextRoundBegins_TakesBackThatTheLastOneEnded()
    {
        var uid = await DrillAsync("weekly");
        var writer = new StatusWriter(cluster.Api, cluster.Heads, new(), new(cluster.Api, cluster.Heads, NullLogger<FinalizerRemover>.Instance), NullLogger<StatusWriter>.Instance);
        var status = DrillReaderTests.Full() with { Uid = uid };
        await writer.WriteAsync(Key("weekly"), status, default);
        Assert.Equal("Failed", (await StatusAsync("weekly")).GetProperty("history")[0].GetProperty("outcome").GetString());

        await writer.WriteAsync(Key("weekly"), status with { Phase = DrillPhase.Pending, Completed = null, Backup = null }, default);

        var shown = await StatusAsync("weekly");
        Assert.Equal(("Pending", 2), (shown.GetProperty("phase").GetString(), shown.GetProperty("history").GetArrayLength()));
        Assert.False(shown.TryGetProperty("completed", out _) || shown.TryGetProperty("backup", out _));
    }

    [Fact]
    public async Task EnsureJobAsync_WithoutAnImage_TakesThatOfTheWorkloadWithItsResources()
    {
        var order = Order("filled", await DrillAsync("filled"), "filled-mysql");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => dispatcher.EnsureJobAsync(order, default));
        Assert.Contains($"There is no StatefulSet {cluster.Namespace}/filled-mysql whose image the server could have: set spec.image of the drill.", refused.Message, StringComparison.Ordinal);
        await cluster.Client.AppsV1.CreateNamespacedStatefulSetAsync(Workload("filled-mysql"), cluster.Namespace);

        await dispatcher.EnsureJobAsync(order, default);

        var pod = (await cluster.Client.BatchV1.ReadNamespacedJobAsync(order.Job, cluster.Namespace)).Spec.Template.Spec;
        Assert.Equal(["controlplane/sidecar:1.0", "localhost/no-such-database:none"], pod.Containers.Select(container => container.Image));
        Assert.All(pod.Containers, container => Assert.Equal("300Mi", container.Resources.Limits["memory"].ToString()));
        Assert.Contains("database-registry", pod.ImagePullSecrets.Select(secret => secret.Name));
        Assert.Equal(("Drill", JobState.Pending), (JobSubjectKind.Drill.ToString(), (await dispatcher.LookAtJobAsync(order.Subject, order.Job, default)).State));
        await dispatcher.RemoveJobAsync(order.Subject, order.Job, default);
    }

    // The development cluster's server is of 1.20, which drops a kind of volume that it does not know.
    [Fact]
    public async Task EnsureJobAsync_WithAClassWhereThereAreNoEphemeralVolumes_SaysWhatToDo()
    {
        var order = Order("classed", await DrillAsync("classed"), "none") with { Drill = Orders.Drill("fast").Drill };

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => dispatcher.EnsureJobAsync(order, default));

        Assert.Contains("spec.volume.storageClassName: 'fast' cannot be had here", refused.Message, StringComparison.Ordinal);
        Assert.Contains("leave it out", refused.Message, StringComparison.Ordinal);
    }

    private DrillKey Key(string name) => new(DevCluster.Member, cluster.Namespace, name);

    private JobOrder Order(string name, string uid, string workload)
    {
        var order = Orders.Drill();
        return order with
        {
            Subject = JobSubject.Of(Key(name)),
            Job = JobNames.ForDrill(name, uid, 1),
            Request = order.Request with { Backup = order.Request.Backup with { Namespace = cluster.Namespace, Name = name, Uid = uid } },
            Drill = order.Drill! with { Image = null, ContainerJson = "{}", Workload = order.Drill.Workload with { Name = workload } },
        };
    }

    private async Task<string> DrillAsync(string name) => (await cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<ResourceHead>(
        new Dictionary<string, object>
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = ApiGroup.Drills.Kind,
            ["metadata"] = new Dictionary<string, object> { ["name"] = name },
            ["spec"] = new Dictionary<string, object> { ["clusterName"] = "orders", ["suspended"] = true },
        },
        ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Drills.Plural)).Metadata.Uid;

    private async Task<JsonElement> StatusAsync(string name) => (await cluster.GetAsync<JsonElement>(ApiGroup.Drills.Plural, name)).GetProperty("status");

    private static V1StatefulSet Workload(string name) => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            Replicas = 0,
            ServiceName = name,
            Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = name } },
            Template = new()
            {
                Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = name } },
                Spec = new()
                {
                    ImagePullSecrets = [new() { Name = "database-registry" }],
                    Containers = [new() { Name = "mysql", Image = "localhost/no-such-database:none", Resources = new() { Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("300Mi") } } }],
                },
            },
        },
    };
}

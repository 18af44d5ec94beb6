using System.Security.Cryptography.X509Certificates;
using System.Text;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Workloads;
using ControlPlane.Protocol;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Operator.Tests.OnCluster;

/// <summary>Each test has a namespace of its own: they share the workload's name.</summary>
public sealed class WorkloadKeeperTests : IAsyncLifetime
{
    private readonly DevCluster cluster = new();
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private Authority authority = null!;
    private TicketOffice tickets = null!;
    private WorkloadKeeper keeper = null!;

    private ClusterKey Key => Workloads.Workloads.Key(cluster.Namespace);

    public async ValueTask InitializeAsync()
    {
        await cluster.InitializeAsync();
        authority = new(cluster.Options, time);
        tickets = new(cluster.Options, time);
        keeper = Keeper();
    }

    public async ValueTask DisposeAsync()
    {
        keeper.Dispose();
        authority.Dispose();
        tickets.Dispose();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task EnsureNowAsync_ThenDisabled_PutsTheSidecarInAndTakesItOutAgain()
    {
        var before = await CreateAsync();

        Assert.Null((await EnsureAsync(Spec())).Trouble);
        var with = await ReadAsync();
        Assert.Null((await EnsureAsync(Spec())).Trouble);
        var again = await ReadAsync();
        Assert.Null((await EnsureAsync(Spec() with { BackupEnabled = false })).Trouble);
        var after = await ReadAsync();

        Assert.Equal(["exporter", "mysql", "xtrabackup"], with.Spec.Template.Spec.Containers.Select(container => container.Name).Order());
        Assert.Equal(with.Metadata.Generation, again.Metadata.Generation);
        Assert.Equal(KubernetesJson.Serialize(before.Spec), KubernetesJson.Serialize(after.Spec));
        Assert.DoesNotContain(after.Metadata.ManagedFields, entry => entry.Manager == ApiGroup.FieldManagers.Sidecar);
    }

    [Fact]
    public async Task ReleaseNowAsync_AfterARestart_TakesTheSidecarOut()
    {
        var before = await CreateAsync();
        await EnsureAsync(Spec());
        using var restarted = Keeper();

        await restarted.ReleaseNowAsync(Key, Spec(), default);
        await restarted.ReleaseNowAsync(Key, Spec(), default);

        Assert.Equal(KubernetesJson.Serialize(before.Spec), KubernetesJson.Serialize((await ReadAsync()).Spec));
    }

    [Fact]
    public async Task EnsureAsync_OfAClusterThatWentWhileNobodyWatched_TellsItsGrain()
    {
        var grains = new RecordingGrains();
        using var watching = Keeper(grains.Factory());
        await watching.StartAsync(default);

        await watching.EnsureAsync(Key, Spec(), default);

        await Eventually.TrueAsync(() => Task.FromResult(grains.Calls.Count > 0));
        await watching.StopAsync(default);
        Assert.Equal(($"IClusterGrain {Key}", "ForgetAsync", owner), grains.Calls.Single());
    }

    [Fact]
    public async Task EnsureNowAsync_WithNothingThere_NamesTheField()
    {
        var sighting = await EnsureAsync(Spec());

        Assert.Equal($"spec.workload.name: there is no StatefulSet {cluster.Namespace}/orders-mysql.", sighting.Trouble);
    }

    [Fact]
    public async Task EnsureNowAsync_WhereTheOwnerHasSuchAContainer_LeavesItAndNamesItsManager()
    {
        var before = await CreateAsync(workload => workload.Spec.Template.Spec.Containers.Add(new() { Name = "xtrabackup", Image = "localhost/other:1" }));

        var trouble = (await EnsureAsync(Spec())).Trouble;

        Assert.Contains("'owner'", trouble, StringComparison.Ordinal);
        Assert.Contains("spec.sidecar.mode", trouble, StringComparison.Ordinal);
        Assert.Equal(before.Metadata.Generation, (await ReadAsync()).Metadata.Generation);
        Assert.Null((await EnsureAsync(Spec() with { SidecarMode = SidecarMode.Present })).Trouble);
    }

    [Fact]
    public async Task EnsureNowAsync_WhereAVolumesNameIsTaken_ForcesNothing()
    {
        await CreateAsync(workload => workload.Spec.Template.Spec.Volumes.Add(new() { Name = Sidecar.Volumes.Scratch, EmptyDir = new() { SizeLimit = new("5Gi") } }));

        var trouble = (await EnsureAsync(Spec())).Trouble;

        Assert.Contains("owner", trouble, StringComparison.Ordinal);
        Assert.Equal(2, (await ReadAsync()).Spec.Template.Spec.Containers.Count);
    }

    [Fact]
    public async Task EnsureNowAsync_AfterSomebodyEditedTheSidecar_PutsItRight()
    {
        await CreateAsync();
        await EnsureAsync(Spec());
        await cluster.Client.AppsV1.PatchNamespacedStatefulSetAsync(
            new V1Patch("""{"spec":{"template":{"spec":{"containers":[{"name":"xtrabackup","image":"localhost/other:1"}]}}}}""", V1Patch.PatchType.StrategicMergePatch),
            "orders-mysql", cluster.Namespace, fieldManager: "editor");

        Assert.Null((await EnsureAsync(Spec())).Trouble);

        Assert.Equal("controlplane/sidecar:1.0", (await ReadAsync()).Spec.Template.Spec.Containers.Single(container => container.Name == "xtrabackup").Image);
    }

    [Fact]
    public async Task EnsureNowAsync_PresentWithoutAContainer_SaysSo()
    {
        await CreateAsync();

        Assert.Contains("spec.sidecar.mode is Present", (await EnsureAsync(Spec() with { SidecarMode = SidecarMode.Present })).Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnsureNowAsync_TheAgentsSecret_IsWrittenOnceAndRenewedInTime()
    {
        await CreateAsync();
        await EnsureAsync(Spec());
        var first = await SecretAsync();
        await EnsureAsync(Spec());
        time.Advance(TimeSpan.FromMinutes(11));
        await EnsureAsync(Spec());
        var second = await SecretAsync();
        time.Advance(TimeSpan.FromDays(60));
        await EnsureAsync(Spec());
        var third = await SecretAsync();

        Assert.Equal(first.Metadata.ResourceVersion, second.Metadata.ResourceVersion);
        Assert.NotEqual(second.Metadata.ResourceVersion, third.Metadata.ResourceVersion);
        using var certificate = X509Certificate2.CreateFromPem(Text(third, AgentFiles.Certificate), Text(third, AgentFiles.PrivateKey));
        Assert.True(certificate.MatchesHostname(AgentApi.ServerName(cluster.Namespace, "orders")));
        Assert.Equal(tickets.PublicKeys, Text(third, AgentFiles.TicketKeys));
    }

    [Fact]
    public async Task EnsureNowAsync_AfterTheSecretWasDeleted_BringsItBack()
    {
        await CreateAsync();
        await EnsureAsync(Spec());
        await cluster.Client.CoreV1.DeleteNamespacedSecretAsync("orders-backup-agent", cluster.Namespace);

        time.Advance(TimeSpan.FromMinutes(11));
        await EnsureAsync(Spec());

        Assert.NotNull(await SecretAsync());
    }

    // Another silo may have known fewer keys when it wrote.
    [Fact]
    public async Task EnsureNowAsync_AfterSomebodyElseWroteTheSecret_WritesItAgain()
    {
        await CreateAsync();
        await EnsureAsync(Spec());
        var other = await SecretAsync();
        other.Data[AgentFiles.TicketKeys] = "fewer"u8.ToArray();
        await cluster.Client.CoreV1.ReplaceNamespacedSecretAsync(other, other.Metadata.Name, cluster.Namespace);

        time.Advance(TimeSpan.FromMinutes(11));
        await EnsureAsync(Spec());

        Assert.Equal(tickets.PublicKeys, Text(await SecretAsync(), AgentFiles.TicketKeys));
    }

    private WorkloadKeeper Keeper(IGrainFactory? grains = null) => new(
        new(cluster.Api), new(cluster.Api), new(cluster.Api, authority, tickets, time),
        cluster.Heads, new(), grains!, cluster.Options, NullLogger<WorkloadKeeper>.Instance);

    // The Secret's owner must be there, or the collector takes the Secret away. A plane that runs on this cluster finds nothing to do for it:
    // it names another workload, and its backups are off.
    private ClusterSpec Spec() => Workloads.Workloads.Spec() with { Uid = owner };

    private string owner = Guid.NewGuid().ToString();

    private async Task<V1StatefulSet> CreateAsync(Action<V1StatefulSet>? change = null)
    {
        var map = await cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<ControlPlane.Operator.Status.ResourceHead>(
            new Dictionary<string, object>
            {
                ["apiVersion"] = ApiGroup.ApiVersion,
                ["kind"] = ApiGroup.Clusters.Kind,
                ["metadata"] = new Dictionary<string, object> { ["name"] = "orders" },
                ["spec"] = MinimalCluster,
            },
            ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Clusters.Plural);
        owner = map.Metadata.Uid;
        var workload = Workloads.Workloads.StatefulSet();
        workload.Metadata.NamespaceProperty = cluster.Namespace;
        workload.Metadata.Uid = null!;
        change?.Invoke(workload);
        return await cluster.Client.AppsV1.CreateNamespacedStatefulSetAsync(workload, cluster.Namespace, fieldManager: "owner");
    }

    private static Dictionary<string, object> MinimalCluster => new()
    {
        ["workload"] = new Dictionary<string, object> { ["kind"] = "StatefulSet", ["name"] = "none", ["container"] = "mysql", ["dataVolume"] = "datadir", ["dataPath"] = "/var/lib/mysql" },
        ["credentialsSecret"] = "orders-backup",
        ["backup"] = new Dictionary<string, object>
        {
            ["enabled"] = false,
            ["image"] = "controlplane/sidecar:1.0",
            ["storages"] = new Dictionary<string, object> { ["s3-main"] = new Dictionary<string, object> { ["type"] = "s3", ["s3"] = new Dictionary<string, object> { ["bucket"] = "backups" } } },
        },
    };

    private Task<WorkloadSighting> EnsureAsync(ClusterSpec spec) => keeper.EnsureNowAsync(Key, spec, default);

    private Task<V1StatefulSet> ReadAsync() => cluster.Client.AppsV1.ReadNamespacedStatefulSetAsync("orders-mysql", cluster.Namespace);

    private Task<V1Secret> SecretAsync() => cluster.Client.CoreV1.ReadNamespacedSecretAsync("orders-backup-agent", cluster.Namespace);

    private static string Text(V1Secret secret, string key) => Encoding.ASCII.GetString(secret.Data[key]);
}

using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;
using ControlPlane.Operator.Tests.Fixtures;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests.OnCluster;

/// <summary>
/// A namespace of its own on the development cluster (<c>./dev up</c>), for what only a real API server can answer: apply, conflicts, the
/// collector of what lost its owner.
/// </summary>
public sealed class DevCluster : IAsyncLifetime
{
    private static readonly Lazy<Task> Kinds = new(InstallKindsAsync);

    private readonly DirectoryInfo keys = Directory.CreateTempSubdirectory("keys-");

    internal static MemberKey Member { get; } = new(MemberKey.Local);

    internal string Namespace { get; } = "operator-" + Guid.NewGuid().ToString("N")[..8];

    internal IOptions<OperatorOptions> Options { get; }

    internal MemberConnections Members { get; }

    internal ApiCalls Api { get; }

    internal ResourceHeads Heads { get; }

    internal Kubernetes Client => Members.For(Member).Client;

    public DevCluster()
    {
        Options = Microsoft.Extensions.Options.Options.Create(new OperatorOptions { KeysFolder = keys.FullName, ApiTimeLimit = TimeSpan.FromSeconds(60) });
        Members = Connections.Of(Kubeconfig());
        Api = new(Members, Options, TimeProvider.System);
        Heads = new(Api);
    }

    public async ValueTask InitializeAsync()
    {
        await Kinds.Value;
        await Client.CoreV1.CreateNamespaceAsync(new() { Metadata = new() { Name = Namespace } });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var backup in (await Client.CustomObjects.ListNamespacedCustomObjectAsync<Backups>(ApiGroup.Name, ApiGroup.Version, Namespace, ApiGroup.Backups.Plural)).Items)
            await PatchAsync(backup.Metadata.Name, """{"metadata":{"finalizers":null}}""");
        await Client.CoreV1.DeleteNamespaceAsync(Namespace);
        Members.Dispose();
        Api.Dispose();
        keys.Delete(recursive: true);
    }

    /// <summary>A backup resource; its UID.</summary>
    internal async Task<string> BackupAsync(string name, params string[] finalizers)
    {
        var made = await Client.CustomObjects.CreateNamespacedCustomObjectAsync<ResourceHead>(
            new Dictionary<string, object>
            {
                ["apiVersion"] = ApiGroup.ApiVersion,
                ["kind"] = ApiGroup.Backups.Kind,
                ["metadata"] = new Dictionary<string, object> { ["name"] = name, ["finalizers"] = finalizers },
                ["spec"] = new Dictionary<string, object> { ["clusterName"] = "orders", ["storageName"] = "s3-main" },
            },
            ApiGroup.Name, ApiGroup.Version, Namespace, ApiGroup.Backups.Plural);
        if (await PlaneRunsAsync())
            await Eventually.TrueAsync(async () => (await GetAsync<System.Text.Json.JsonElement>(ApiGroup.Backups.Plural, name)).TryGetProperty("status", out _));
        return made.Metadata.Uid;
    }

    // The kinds of this checkout, whatever was there before. They stay: a plane that runs on this cluster needs them too.
    private static async Task InstallKindsAsync()
    {
        using var members = Connections.Of(Kubeconfig());
        var client = members.For(Member).Client;
        foreach (var plural in Schema.All.Select(schema => schema.Plural))
        {
            var wanted = KubernetesYaml.Deserialize<V1CustomResourceDefinition>(Schema.All.Single(schema => schema.Plural == plural).Document.ToJsonString());
            if (await client.ApiextensionsV1.CreateCustomResourceDefinitionAsync(wanted).OrPresentAsync() is null)
            {
                wanted.Metadata.ResourceVersion = (await client.ApiextensionsV1.ReadCustomResourceDefinitionAsync(wanted.Name())).ResourceVersion();
                await client.ApiextensionsV1.ReplaceCustomResourceDefinitionAsync(wanted, wanted.Name());
            }
            await Eventually.TrueAsync(async () =>
                await client.CustomObjects.ListClusterCustomObjectAsync<Backups>(ApiGroup.Name, ApiGroup.Version, plural).OrMissingAsync() is not null);
        }
    }

    // A plane on this cluster (`./dev demo`) says once what it thinks of a new backup, and then no more for a minute: let it speak first.
    private async Task<bool> PlaneRunsAsync() =>
        (await Client.AppsV1.ListDeploymentForAllNamespacesAsync(labelSelector: "app.kubernetes.io/component=silo")).Items.Any(silo => silo.Status?.AvailableReplicas > 0);

    internal Task<ResourceHead> PatchAsync(string backup, string merge) => Client.CustomObjects.PatchNamespacedCustomObjectAsync<ResourceHead>(
        new V1Patch(merge, V1Patch.PatchType.MergePatch), ApiGroup.Name, ApiGroup.Version, Namespace, ApiGroup.Backups.Plural, backup);

    internal Task<T> GetAsync<T>(string plural, string name) => Client.CustomObjects.GetNamespacedCustomObjectAsync<T>(ApiGroup.Name, ApiGroup.Version, Namespace, plural, name);

    internal static string Kubeconfig()
    {
        var own = Environment.GetEnvironmentVariable("CONTROLPLANE_CACHE");
        var common = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given ? given : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var file = Path.Combine(own is { Length: > 0 } ? own : Path.Combine(common, "controlplane-dev"), "kubeconfig");
        return Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } other ? other
            : File.Exists(file) ? file
            : throw new InvalidOperationException("These tests need the development cluster: run `./dev up`, or `./dev test`, which does it.");
    }

    private sealed record Backups
    {
        public IReadOnlyList<ResourceHead> Items { get; init; } = [];
    }
}

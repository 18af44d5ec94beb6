using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Schedules;

/// <summary>Keeps the <c>RestoreDrill</c> resources of clusters' drills by server-side apply. They go with their cluster.</summary>
internal sealed partial class DrillKeeper(ApiCalls api, ResourceHeads heads, ILogger<DrillKeeper> logger) : IDrillKeeper
{
    public async Task EnsureAsync(ClusterKey cluster, string uid, DrillPlan plan, CancellationToken cancellationToken)
    {
        var name = DrillPlan.NameFor(cluster.Name, plan.Name);
        var present = await heads.ReadAsync(cluster.Member, cluster.Namespace, ApiGroup.Drills.Plural, name, cancellationToken);
        if (present is not null && !IsOf(present, cluster))
            throw new InvalidOperationException($"A RestoreDrill '{name}' exists that the drill '{plan.Name}' of the cluster did not make: rename or delete it.");
        var body = Build(cluster, uid, plan).ToJsonString();
        await api.RunAsync(
            cluster.Member,
            (client, token) => client.CustomObjects.PatchNamespacedCustomObjectAsync<ResourceHead>(
                new V1Patch(body, V1Patch.PatchType.ApplyPatch), ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Drills.Plural, name,
                fieldManager: ApiGroup.FieldManagers.Objects, force: true, cancellationToken: token),
            cancellationToken);
        if (present is null)
            LogMade(cluster, name);
    }

    public async Task RemoveAsync(ClusterKey cluster, string drill, CancellationToken cancellationToken)
    {
        var name = DrillPlan.NameFor(cluster.Name, drill);
        var present = await heads.ReadAsync(cluster.Member, cluster.Namespace, ApiGroup.Drills.Plural, name, cancellationToken);
        if (present is null || !IsOf(present, cluster))
            return;
        await api.RunAsync(
            cluster.Member,
            (client, token) => client.CustomObjects.DeleteNamespacedCustomObjectAsync(
                ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Drills.Plural, name,
                new V1DeleteOptions { Preconditions = new() { Uid = present.Metadata.Uid } }, cancellationToken: token).OrMissingAsync(),
            cancellationToken);
        LogRemoved(cluster, name);
    }

    /// <summary>The resource as a person would have written it, with what tells whose it is.</summary>
    internal static JsonObject Build(ClusterKey cluster, string uid, DrillPlan plan)
    {
        var spec = JsonNode.Parse(plan.SpecJson)!.AsObject();
        spec["clusterName"] = cluster.Name;
        return new()
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = ApiGroup.Drills.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = DrillPlan.NameFor(cluster.Name, plan.Name),
                ["namespace"] = cluster.Namespace,
                ["labels"] = new JsonObject { [ApiGroup.Labels.Cluster] = cluster.Name, [ApiGroup.Labels.ManagedBy] = ApiGroup.Labels.ManagedByValue },
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = ApiGroup.ApiVersion,
                    ["kind"] = ApiGroup.Clusters.Kind,
                    ["name"] = cluster.Name,
                    ["uid"] = uid,
                }),
            },
            ["spec"] = spec,
        };
    }

    private static bool IsOf(ResourceHead drill, ClusterKey cluster) => drill.Metadata.Labels is { } labels
        && labels.TryGetValue(ApiGroup.Labels.ManagedBy, out var manager) && manager == ApiGroup.Labels.ManagedByValue
        && labels.TryGetValue(ApiGroup.Labels.Cluster, out var owner) && owner == cluster.Name;

    [LoggerMessage(2563, LogLevel.Information, "Cluster {Cluster}: drill {Drill} was made")]
    private partial void LogMade(ClusterKey cluster, string drill);

    [LoggerMessage(2564, LogLevel.Information, "Cluster {Cluster}: drill {Drill} was taken away")]
    private partial void LogRemoved(ClusterKey cluster, string drill);
}

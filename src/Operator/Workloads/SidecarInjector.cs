using System.Collections.Concurrent;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>Puts the sidecar into a workload and takes it out again, by server-side apply under a field manager of its own.</summary>
internal sealed class SidecarInjector(ApiCalls api)
{
    private readonly ConcurrentDictionary<string, (long? Generation, string Body)> applied = new();

    /// <summary>Makes sure that it is in. Null when it is; otherwise why it cannot be, for people.</summary>
    public async Task<string?> EnsureAsync(ClusterKey cluster, ClusterSpec spec, V1StatefulSet workload, CancellationToken cancellationToken)
    {
        var name = $"{workload.Namespace()}/{workload.Name()}";
        if (FieldOwners.AgentIsForeign(workload))
            return $"StatefulSet {name} already has a container 'xtrabackup', which belongs to {FieldOwners.AgentOwners(workload)}: "
                + "remove it there, or set spec.sidecar.mode to Present.";
        var body = KubernetesJson.Serialize(SidecarBuilder.Build(cluster, spec, workload));
        if (applied.TryGetValue(workload.Uid(), out var last) && last == (workload.Metadata.Generation, body))
            return null;
        try
        {
            await ApplyAsync(cluster, workload, body, force: false, cancellationToken);
            return null;
        }
        catch (HttpOperationException refusal) when (refusal.IsConflict())
        {
            var conflicts = Conflicts(refusal);
            if (conflicts.Count == 0)
                throw;
            if (!FieldOwners.HasAgent(workload) || !FieldOwners.AreAllOurs(conflicts))
                return $"StatefulSet {name} cannot take the sidecar: {string.Join("; ", conflicts.Select(conflict => $"{conflict.Message}: {conflict.Field}"))}. "
                    + "Take these fields out there, or set spec.sidecar.mode to Present.";

            // Somebody edited what is ours.
            await ApplyAsync(cluster, workload, body, force: true, cancellationToken);
            return null;
        }
    }

    /// <summary>Makes sure that nothing of ours is in.</summary>
    public async Task RemoveAsync(ClusterKey cluster, V1StatefulSet workload, CancellationToken cancellationToken)
    {
        applied.TryRemove(workload.Uid(), out _);
        if (FieldOwners.HasOurs(workload))
            await PatchAsync(cluster, workload, KubernetesJson.Serialize(SidecarBuilder.BuildEmpty(workload)), force: false, cancellationToken);
    }

    private async Task ApplyAsync(ClusterKey cluster, V1StatefulSet workload, string body, bool force, CancellationToken cancellationToken)
    {
        var seen = await PatchAsync(cluster, workload, body, force, cancellationToken);
        applied[workload.Uid()] = (seen.Metadata.Generation, body);
    }

    private Task<V1StatefulSet> PatchAsync(ClusterKey cluster, V1StatefulSet workload, string body, bool force, CancellationToken cancellationToken) =>
        api.RunAsync(
            cluster.Member,
            (client, token) => client.AppsV1.PatchNamespacedStatefulSetAsync(
                new V1Patch(body, V1Patch.PatchType.ApplyPatch), workload.Name(), workload.Namespace(),
                fieldManager: ApiGroup.FieldManagers.Sidecar, force: force, cancellationToken: token),
            cancellationToken);

    private static List<V1StatusCause> Conflicts(HttpOperationException refusal) =>
        [.. (ApiStatus.Read(refusal.Response.Content)?.Details?.Causes ?? []).Where(cause => cause.Reason == "FieldManagerConflict")];
}

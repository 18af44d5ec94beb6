using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;
using ControlPlane.Operator.Surveying;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Workloads;

/// <summary>Keeps the workloads of clusters as their specs want them, in the background, and tells the clusters how they stand.</summary>
internal sealed partial class WorkloadKeeper(
    StatefulSets workloads,
    SidecarInjector sidecars,
    AgentSecrets secrets,
    ResourceHeads heads,
    SeenVersions versions,
    IGrainFactory grains,
    IOptions<OperatorOptions> options,
    ILogger<WorkloadKeeper> logger) : BackgroundService, IWorkloadKeeper
{
    // By workload, so that leaving the old one and entering the new one do not replace one another when a spec names another workload.
    private readonly KeyedQueue<(ClusterKey Cluster, string Workload), Errand> queue = new(key => key.Cluster.Member, options.Value.MaximumSurveys);

    public Task EnsureAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        queue.Add((cluster, spec.Workload.Name), new(spec, Release: false));
        return Task.CompletedTask;
    }

    public Task ReleaseAsync(ClusterKey cluster, ClusterSpec lastSpec, CancellationToken cancellationToken)
    {
        queue.Add((cluster, lastSpec.Workload.Name), new(lastSpec, Release: true));
        return Task.CompletedTask;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        queue.RunAsync((key, errand, token) => RunAsync(key.Cluster, errand, token), stoppingToken);

    /// <summary>Makes the workload as the spec wants it, and says how it stands.</summary>
    internal async Task<WorkloadSighting> EnsureNowAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        if (spec.BackupEnabled)
            await secrets.EnsureAsync(cluster, spec.Uid, cancellationToken);
        if (await workloads.ReadAsync(cluster.Member, cluster.Namespace, spec.Workload.Name, cancellationToken) is not { } workload)
            return new() { Generation = spec.Generation, Trouble = $"spec.workload.name: there is no StatefulSet {cluster.Namespace}/{spec.Workload.Name}." };
        var trouble = await SettleAsync(cluster, spec, workload, cancellationToken);
        var pods = await workloads.PodsAsync(cluster.Member, workload, cancellationToken);
        return new() { Generation = spec.Generation, Trouble = trouble, Replicas = workload.Spec.Replicas ?? 1, ReadyAgents = pods.Count(PodView.HasReadyAgent) };
    }

    /// <summary>Takes out what was put in.</summary>
    internal async Task ReleaseNowAsync(ClusterKey cluster, ClusterSpec lastSpec, CancellationToken cancellationToken)
    {
        secrets.Forget(cluster, lastSpec.Uid);
        if (await workloads.ReadAsync(cluster.Member, cluster.Namespace, lastSpec.Workload.Name, cancellationToken) is { } workload)
            await sidecars.RemoveAsync(cluster, workload, cancellationToken);
    }

    private async Task<string?> SettleAsync(ClusterKey cluster, ClusterSpec spec, V1StatefulSet workload, CancellationToken cancellationToken)
    {
        if (spec is { BackupEnabled: true, SidecarMode: SidecarMode.Inject })
            return WorkloadChecks.Trouble(spec.Workload, workload) ?? await sidecars.EnsureAsync(cluster, spec, workload, cancellationToken);
        await sidecars.RemoveAsync(cluster, workload, cancellationToken);
        if (!spec.BackupEnabled)
            return null;
        return WorkloadChecks.Trouble(spec.Workload, workload) ?? (FieldOwners.HasAgent(workload)
            ? null
            : $"spec.sidecar.mode is Present, but StatefulSet {cluster.Namespace}/{workload.Name()} has no container 'xtrabackup': "
                + "add it there, or set the mode to Inject.");
    }

    private async Task RunAsync(ClusterKey cluster, Errand errand, CancellationToken cancellationToken)
    {
        try
        {
            if (errand.Release)
                await ReleaseNowAsync(cluster, errand.Spec, cancellationToken);
            else if (await IsGoneAsync(cluster, errand.Spec.Uid, cancellationToken))
                await grains.GetGrain<IClusterGrain>(cluster.ToString()).ForgetAsync(errand.Spec.Uid, cancellationToken);
            else
                await TellAsync(cluster, await SightAsync(cluster, errand.Spec, cancellationToken), cancellationToken);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            // The end of the road: the cluster's own tick says it again.
            LogNotKept(trouble, cluster, errand.Spec.Workload.Name);
        }
    }

    // A watch tells of a resource that goes while it watches. One that went while no silo ran is found gone here; where the watch is another silo's, or what it brought is forgotten, by a look.
    private async Task<bool> IsGoneAsync(ClusterKey cluster, string uid, CancellationToken cancellationToken) =>
        !versions.IsThere(SeenVersions.Key(cluster.Member, cluster.Namespace, ApiGroup.Clusters.Plural, cluster.Name, uid))
        && (await heads.ReadAsync(cluster.Member, cluster.Namespace, ApiGroup.Clusters.Plural, cluster.Name, cancellationToken))?.Metadata.Uid != uid;

    private Task TellAsync(ClusterKey cluster, WorkloadSighting sighting, CancellationToken cancellationToken) =>
        grains.GetGrain<IClusterGrain>(cluster.ToString()).ObserveWorkloadAsync(sighting, cancellationToken);

    private async Task<WorkloadSighting> SightAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            return await EnsureNowAsync(cluster, spec, cancellationToken);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotKept(trouble, cluster, spec.Workload.Name);
            var why = trouble is HttpOperationException refusal ? refusal.Sentence() : trouble.Message;
            return new() { Generation = spec.Generation, Trouble = $"StatefulSet {cluster.Namespace}/{spec.Workload.Name} could not be prepared: {why}" };
        }
    }

    [LoggerMessage(2541, LogLevel.Warning, "Workload {Workload} of cluster {Cluster} could not be made as it should be")]
    private partial void LogNotKept(Exception trouble, ClusterKey cluster, string workload);

    private sealed record Errand(ClusterSpec Spec, bool Release);
}

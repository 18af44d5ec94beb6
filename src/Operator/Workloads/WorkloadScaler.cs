using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Surveying;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Workloads;

/// <summary>Stops and starts workloads for restores, and looks at them in the background.</summary>
internal sealed partial class WorkloadScaler(
    ApiCalls api,
    StatefulSets workloads,
    AgentInquiry agents,
    IGrainFactory grains,
    IOptions<OperatorOptions> options,
    ILogger<WorkloadScaler> logger) : BackgroundService, IWorkloadScaler
{
    /// <summary>So many claims of a stopped workload are looked for.</summary>
    private const int MostClaims = 32;

    private readonly KeyedQueue<RestoreKey, WorkloadLook> queue = new(restore => restore.Member, options.Value.MaximumSurveys);

    public Task LookAsync(WorkloadLook look, CancellationToken cancellationToken)
    {
        queue.Add(look.Restore, look);
        return Task.CompletedTask;
    }

    public Task ScaleAsync(WorkloadLook look, int replicas, CancellationToken cancellationToken)
    {
        var patch = new V1Patch(FormattableString.Invariant($$$"""{"spec":{"replicas":{{{replicas}}}}}"""), V1Patch.PatchType.MergePatch);
        return api.RunAsync(
            look.Restore.Member,
            (client, token) => client.AppsV1.PatchNamespacedStatefulSetScaleAsync(
                patch, look.Workload.Name, look.Restore.Namespace, fieldManager: ApiGroup.FieldManagers.Restore, cancellationToken: token),
            cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        queue.RunAsync((_, look, token) => AnswerAsync(look, token), stoppingToken);

    internal async Task<WorkloadStanding> LookNowAsync(WorkloadLook look, CancellationToken cancellationToken)
    {
        var (member, space, name) = (look.Restore.Member, look.Restore.Namespace, look.Workload.Name);
        if (await workloads.ReadAsync(member, space, name, cancellationToken) is not { } workload)
            return Trouble(look, $"spec.workload.name: there is no StatefulSet {space}/{name}.");
        if ((WorkloadChecks.Trouble(look.Workload, workload) ?? WorkloadView.Trouble(look.Workload, workload)) is { } trouble)
            return Trouble(look, trouble);
        var pods = await workloads.PodsAsync(member, workload, cancellationToken);
        var (claims, missing) = await ClaimsAsync(look, workload, cancellationToken);
        return new()
        {
            Uid = look.Uid,
            Number = look.Number,
            Replicas = workload.Spec.Replicas ?? 1,
            Instances = await Task.WhenAll(pods.Select(pod => LookAsync(pod, look, cancellationToken))),
            Claims = claims,
            MissingClaims = missing,
            Identity = WorkloadView.Identity(look.Workload, workload),
            DataDirectory = WorkloadView.DataDirectory(look.Workload, workload),
        };
    }

    private static WorkloadStanding Trouble(WorkloadLook look, string trouble) => new() { Uid = look.Uid, Number = look.Number, Trouble = trouble };

    private async Task<(List<string> Claims, List<string> Missing)> ClaimsAsync(WorkloadLook look, V1StatefulSet workload, CancellationToken cancellationToken)
    {
        var (claims, missing, replicas) = (new List<string>(), new List<string>(), workload.Spec.Replicas ?? 1);
        for (var index = 0; index < (replicas == 0 ? MostClaims : replicas); index++)
        {
            var name = WorkloadView.Claim(look.Workload, workload, index);
            var found = await api.RunAsync(
                look.Restore.Member,
                (client, token) => client.CoreV1.ReadNamespacedPersistentVolumeClaimAsync(name, look.Restore.Namespace, cancellationToken: token).OrMissingAsync(), cancellationToken);
            if (found is not null)
                claims.Add(name);
            else if (replicas == 0)
                break;
            else
                missing.Add(name);
        }

        return (claims, missing);
    }

    private async Task AnswerAsync(WorkloadLook look, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IRestoreGrain>(look.Restore.ToString()).ObserveWorkloadAsync(await SeeAsync(look, cancellationToken), cancellationToken);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            // The end of the road: the restore's own tick asks again.
            LogNotTold(trouble, look.Restore);
        }
    }

    private async Task<WorkloadStanding> SeeAsync(WorkloadLook look, CancellationToken cancellationToken)
    {
        try
        {
            return await LookNowAsync(look, cancellationToken);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotSeen(trouble, look.Restore);
            var why = trouble is HttpOperationException refusal ? refusal.Sentence() : trouble.Message;
            return Trouble(look, $"StatefulSet {look.Restore.Namespace}/{look.Workload.Name} could not be looked at: {why}");
        }
    }

    private async Task<SurveyedInstance> LookAsync(V1Pod pod, WorkloadLook look, CancellationToken cancellationToken)
    {
        var instance = PodView.Of(pod);
        if (!instance.Ready || !instance.HasAgent || instance.Address is not { } address)
            return instance;
        var answer = await agents.AskAsync(address, AgentPlace.Of(look.Restore.Member, look.Restore.Namespace), look.ClusterName, cancellationToken);
        return answer.Complete(instance, look.Restore.Member);
    }

    [LoggerMessage(2551, LogLevel.Warning, "The workload of restore {Restore} could not be seen")]
    private partial void LogNotSeen(Exception trouble, RestoreKey restore);

    [LoggerMessage(2552, LogLevel.Warning, "Restore {Restore} could not be told of its workload")]
    private partial void LogNotTold(Exception trouble, RestoreKey restore);
}

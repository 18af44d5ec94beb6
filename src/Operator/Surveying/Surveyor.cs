using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Workloads;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Surveying;

/// <summary>Looks at the instances of a cluster in the background, and tells the backup that asked.</summary>
internal sealed partial class Surveyor(StatefulSets workloads, AgentInquiry agents, IGrainFactory grains, IOptions<OperatorOptions> options, ILogger<Surveyor> logger)
    : BackgroundService, ISurveyor
{
    private readonly KeyedQueue<BackupKey, SurveyOrder> queue = new(backup => backup.Member, options.Value.MaximumSurveys);

    public Task SurveyAsync(SurveyOrder order, CancellationToken cancellationToken)
    {
        queue.Add(order.Backup, order);
        return Task.CompletedTask;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        queue.RunAsync((_, order, token) => AnswerAsync(order, token), stoppingToken);

    internal async Task<ClusterSurvey> LookAsync(SurveyOrder order, CancellationToken cancellationToken)
    {
        var (member, space, name) = (order.Backup.Member, order.Backup.Namespace, order.Workload.Name);
        if (await workloads.ReadAsync(member, space, name, cancellationToken) is not { } workload)
            return new() { Uid = order.Uid, Trouble = $"spec.workload.name: there is no StatefulSet {space}/{name}." };
        var pods = await workloads.PodsAsync(member, workload, cancellationToken);
        return pods.Count == 0
            ? new() { Uid = order.Uid, Trouble = $"StatefulSet {space}/{name} has no Pods; {workload.Spec.Replicas ?? 1} are asked for." }
            : new() { Uid = order.Uid, Instances = await Task.WhenAll(pods.Select(pod => LookAsync(pod, order, cancellationToken))) };
    }

    private async Task AnswerAsync(SurveyOrder order, CancellationToken cancellationToken)
    {
        try
        {
            var survey = await SurveyNowAsync(order, cancellationToken);
            await grains.GetGrain<IBackupGrain>(order.Backup.ToString()).ChooseSourceAsync(survey, cancellationToken);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            // The end of the road: the backup's own tick asks again.
            LogNotTold(trouble, order.Backup);
        }
    }

    private async Task<ClusterSurvey> SurveyNowAsync(SurveyOrder order, CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(order, cancellationToken);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotSeen(trouble, order.Backup);
            var why = trouble is HttpOperationException refusal ? refusal.Sentence() : trouble.Message;
            return new() { Uid = order.Uid, Trouble = $"The Pods of StatefulSet {order.Backup.Namespace}/{order.Workload.Name} could not be listed: {why}" };
        }
    }

    private async Task<SurveyedInstance> LookAsync(V1Pod pod, SurveyOrder order, CancellationToken cancellationToken)
    {
        var instance = PodView.Of(pod);
        if (!instance.Ready || !instance.HasAgent || instance.Address is not { } address)
            return instance;
        var answer = await agents.AskAsync(address, AgentPlace.Of(order.Backup.Member, order.Backup.Namespace), order.ClusterName, cancellationToken);
        return answer.Complete(instance, order.Backup.Member);
    }

    [LoggerMessage(2531, LogLevel.Warning, "Instances for backup {Backup} could not be seen")]
    private partial void LogNotSeen(Exception trouble, BackupKey backup);

    [LoggerMessage(2532, LogLevel.Warning, "Backup {Backup} could not be told of its instances")]
    private partial void LogNotTold(Exception trouble, BackupKey backup);
}

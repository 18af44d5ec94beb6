using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Status;
using ControlPlane.Operator.Watching;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Jobs;

/// <summary>Sends Jobs to the API server. A conflict means that it is there already.</summary>
internal sealed partial class JobDispatcher(
    ApiCalls api,
    ResourceHeads heads,
    RunnerAccounts accounts,
    JobTickets tickets,
    DrillServers servers,
    Authority authority,
    IOptions<OperatorOptions> options,
    ILogger<JobDispatcher> logger) : IJobDispatcher
{
    public async Task EnsureJobAsync(JobOrder order, CancellationToken cancellationToken)
    {
        var account = accounts.EnsureAsync(order.Subject.Member, order.Subject.Namespace, order.Jobs.ServiceAccountName, cancellationToken);
        var wanted = !order.OwnedByResource || await LivesAsync(order, cancellationToken);
        await account;
        if (!wanted)
        {
            // Its grain hears of that from the watch, and otherwise from its next look at the Job.
            LogResourceGone(SubjectNames.Of(order.Subject).Kind, order.Subject, order.Request.Backup.Uid, order.Job);
            return;
        }
        var job = await CreateAsync(order, cancellationToken);
        if (order.Source is { } source && MayStillStart(job))
            await CreateTicketAsync(order, source, job.Uid(), cancellationToken);
    }

    public async Task RemoveJobAsync(JobSubject subject, string job, CancellationToken cancellationToken)
    {
        // In the foreground the Job stays, marked, until its Pods are gone: who looks at it knows when nobody writes any more.
        await api.RunAsync(
            subject.Member,
            (client, token) => client.BatchV1
                .DeleteNamespacedJobAsync(job, subject.Namespace, propagationPolicy: "Foreground", cancellationToken: token).OrMissingAsync(),
            cancellationToken);
    }

    public async Task<JobSighting> LookAtJobAsync(JobSubject subject, string job, CancellationToken cancellationToken)
    {
        var asked = heads.ReadAsync(subject.Member, subject.Namespace, SubjectNames.Of(subject).Plural, subject.Name, cancellationToken);
        var found = await api.RunAsync<V1Job?>(
            subject.Member, (client, token) => client.BatchV1.ReadNamespacedJobAsync(job, subject.Namespace, cancellationToken: token).OrMissingAsync(), cancellationToken);

        // After the Job: one that had come to its end by then has made all Pods that it makes.
        var pods = await api.RunAsync(
            subject.Member,
            (client, token) => client.CoreV1.ListNamespacedPodAsync(subject.Namespace, labelSelector: $"{ApiGroup.Labels.JobName}={job}", cancellationToken: token),
            cancellationToken);
        return Sighting(job, found, pods.Items, await asked);
    }

    internal static JobSighting Sighting(string job, V1Job? found, IList<V1Pod> pods, ResourceHead? head)
    {
        var sighting = JobReader.Read(job, found, [.. pods]);
        var attempt = int.TryParse(found?.GetLabel(ApiGroup.Labels.Attempt), out var number) ? number : 0;

        // Without a Job it is not known whose it was: then only a name that nobody bears says that the resource is gone.
        var gone = head is null || (sighting.Uid.Length > 0 && head.Metadata.Uid != sighting.Uid);
        return sighting with { ResourceGone = gone, Stage = head?.StageOf(attempt), HasEnded = JobReader.HasEnded(found, pods) };
    }

    private async Task<bool> LivesAsync(JobOrder order, CancellationToken cancellationToken) =>
        await heads.ReadAsync(order.Subject.Member, order.Subject.Namespace, SubjectNames.Of(order.Subject).Plural, order.Subject.Name, cancellationToken) is { } head && head.Metadata.Uid == order.Request.Backup.Uid;

    private async Task<V1Job> CreateAsync(JobOrder order, CancellationToken cancellationToken)
    {
        var space = order.Subject.Namespace;
        var wanted = JobBuilder.Build(order.Drill is null ? order : await servers.FillInAsync(order, cancellationToken), authority.Certificates, options.Value.FinishedJobRetention);
        if (await CreateAsync(order, wanted, cancellationToken) is { } made)
        {
            LogJobCreated(order.Job, SubjectNames.Of(order.Subject).Kind, order.Subject, order.Request.Attempt);
            return made;
        }
        var present = await api.RunAsync(order.Subject.Member, (client, token) => client.BatchV1.ReadNamespacedJobAsync(order.Job, space, cancellationToken: token), cancellationToken);
        return present.GetLabel(ApiGroup.Labels.Uid) == order.Request.Backup.Uid
            ? present
            : throw new InvalidOperationException(
                $"The Job {space}/{order.Job} exists and is not of the {SubjectNames.Of(order.Subject).Kind} {order.Subject} with UID {order.Request.Backup.Uid}: delete it, or rename the {SubjectNames.Of(order.Subject).Kind}.");
    }

    private async Task<V1Job?> CreateAsync(JobOrder order, V1Job wanted, CancellationToken cancellationToken)
    {
        var space = order.Subject.Namespace;
        try
        {
            return await api.RunAsync(order.Subject.Member, (client, token) => client.BatchV1.CreateNamespacedJobAsync(wanted, space, cancellationToken: token).OrPresentAsync(), cancellationToken);
        }
        catch (HttpOperationException refusal) when (DrillServers.Explain(order.Drill, refusal) is { } why)
        {
            throw new InvalidOperationException(why, refusal);
        }
    }

    private static bool MayStillStart(V1Job job) =>
        job.Metadata.DeletionTimestamp is null && job.Status?.Conditions?.Any(condition => condition.Status == "True") is not true;

    private async Task CreateTicketAsync(JobOrder order, SourceInstance source, string jobUid, CancellationToken cancellationToken)
    {
        var secret = tickets.For(order, source, jobUid);
        await api.RunAsync(
            order.Subject.Member,
            (client, token) => client.CoreV1
                .CreateNamespacedSecretAsync(secret, order.Subject.Namespace, cancellationToken: token).OrPresentAsync(),
            cancellationToken);
    }

    [LoggerMessage(2501, LogLevel.Information, "Job {Job} of {Kind} {Subject} was created for attempt {Attempt}")]
    private partial void LogJobCreated(string job, string kind, JobSubject subject, int attempt);

    [LoggerMessage(2502, LogLevel.Information, "{Kind} {Subject} with UID {Uid} is gone; its Job {Job} was not created")]
    private partial void LogResourceGone(string kind, JobSubject subject, string uid, string job);
}

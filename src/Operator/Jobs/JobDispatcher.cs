using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Status;
using ControlPlane.Operator.Watching;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Jobs;

/// <summary>Sends Jobs to the API server. A conflict means that it is there already.</summary>
internal sealed partial class JobDispatcher(
    MemberConnections members,
    ApiCalls api,
    ResourceHeads heads,
    RunnerAccounts accounts,
    JobTickets tickets,
    Authority authority,
    IOptions<OperatorOptions> options,
    ILogger<JobDispatcher> logger) : IJobDispatcher
{
    public async Task EnsureJobAsync(JobOrder order, CancellationToken cancellationToken)
    {
        var account = accounts.EnsureAsync(order.Backup.Member, order.Backup.Namespace, order.Jobs.ServiceAccountName, cancellationToken);
        var wanted = !order.OwnedByResource || await LivesAsync(order, cancellationToken);
        await account;
        if (!wanted)
        {
            // Its grain hears of that from the watch, and otherwise from its next look at the Job.
            LogResourceGone(JobSubject.Of(order).Kind, order.Backup, order.Request.Backup.Uid, order.Job);
            return;
        }
        var job = await CreateAsync(order, cancellationToken);
        if (order.Source is { } source && MayStillStart(job))
            await CreateTicketAsync(order, source, job.Uid(), cancellationToken);
    }

    public async Task RemoveJobAsync(BackupKey backup, string job, CancellationToken cancellationToken)
    {
        // In the foreground the Job stays, marked, until its Pods are gone: who looks at it knows when nobody writes any more.
        await api.RunAsync(
            token => members.For(backup.Member).BatchV1
                .DeleteNamespacedJobAsync(job, backup.Namespace, propagationPolicy: "Foreground", cancellationToken: token).OrMissingAsync(),
            cancellationToken);
    }

    public Task<JobSighting> LookAtJobAsync(BackupKey backup, string job, CancellationToken cancellationToken) =>
        LookAtJobAsync(backup, ApiGroup.Backups.Plural, job, cancellationToken);

    public Task RemoveJobAsync(RestoreKey restore, string job, CancellationToken cancellationToken) => RemoveJobAsync(Owner(restore), job, cancellationToken);

    public Task<JobSighting> LookAtJobAsync(RestoreKey restore, string job, CancellationToken cancellationToken) =>
        LookAtJobAsync(Owner(restore), ApiGroup.Restores.Plural, job, cancellationToken);

    internal static JobSighting Sighting(string job, V1Job? found, IList<V1Pod> pods, ResourceHead? head)
    {
        var sighting = JobReader.Read(job, found, [.. pods]);
        var attempt = int.TryParse(found?.GetLabel(ApiGroup.Labels.Attempt), out var number) ? number : 0;

        // Without a Job it is not known whose it was: then only a name that nobody bears says that the resource is gone.
        var gone = head is null || (sighting.Uid.Length > 0 && head.Metadata.Uid != sighting.Uid);
        return sighting with { ResourceGone = gone, Stage = head?.StageOf(attempt) };
    }

    private async Task<JobSighting> LookAtJobAsync(BackupKey backup, string plural, string job, CancellationToken cancellationToken)
    {
        var client = members.For(backup.Member);
        var asked = heads.ReadAsync(backup.Member, backup.Namespace, plural, backup.Name, cancellationToken);
        var pods = api.RunAsync(
            token => client.CoreV1.ListNamespacedPodAsync(backup.Namespace, labelSelector: $"{ApiGroup.Labels.JobName}={job}", cancellationToken: token),
            cancellationToken);
        var found = await api.RunAsync<V1Job?>(
            token => client.BatchV1.ReadNamespacedJobAsync(job, backup.Namespace, cancellationToken: token).OrMissingAsync(), cancellationToken);
        return Sighting(job, found, (await pods).Items, await asked);
    }

    // A Job's order has its owner as a key of a backup, whatever it is.
    private static BackupKey Owner(RestoreKey restore) => new(restore.Member, restore.Namespace, restore.Name);

    private async Task<bool> LivesAsync(JobOrder order, CancellationToken cancellationToken) =>
        await heads.ReadAsync(order.Backup.Member, order.Backup.Namespace, JobSubject.Of(order).Plural, order.Backup.Name, cancellationToken) is { } head && head.Metadata.Uid == order.Request.Backup.Uid;

    private async Task<V1Job> CreateAsync(JobOrder order, CancellationToken cancellationToken)
    {
        var (client, space) = (members.For(order.Backup.Member), order.Backup.Namespace);
        var wanted = JobBuilder.Build(order, authority.Certificates, options.Value.FinishedJobRetention);
        if (await api.RunAsync(token => client.BatchV1.CreateNamespacedJobAsync(wanted, space, cancellationToken: token).OrPresentAsync(), cancellationToken) is { } made)
        {
            LogJobCreated(order.Job, JobSubject.Of(order).Kind, order.Backup, order.Request.Attempt);
            return made;
        }
        var present = await api.RunAsync(token => client.BatchV1.ReadNamespacedJobAsync(order.Job, space, cancellationToken: token), cancellationToken);
        return present.GetLabel(ApiGroup.Labels.Uid) == order.Request.Backup.Uid
            ? present
            : throw new InvalidOperationException(
                $"The Job {space}/{order.Job} exists and is not of the {JobSubject.Of(order).Kind} {order.Backup} with UID {order.Request.Backup.Uid}: delete it, or rename the {JobSubject.Of(order).Kind}.");
    }

    private static bool MayStillStart(V1Job job) =>
        job.Metadata.DeletionTimestamp is null && job.Status?.Conditions?.Any(condition => condition.Status == "True") is not true;

    private async Task CreateTicketAsync(JobOrder order, SourceInstance source, string jobUid, CancellationToken cancellationToken)
    {
        var secret = tickets.For(order, source, jobUid);
        await api.RunAsync(
            token => members.For(order.Backup.Member).CoreV1
                .CreateNamespacedSecretAsync(secret, order.Backup.Namespace, cancellationToken: token).OrPresentAsync(),
            cancellationToken);
    }

    [LoggerMessage(2501, LogLevel.Information, "Job {Job} of {Kind} {Subject} was created for attempt {Attempt}")]
    private partial void LogJobCreated(string job, string kind, BackupKey subject, int attempt);

    [LoggerMessage(2502, LogLevel.Information, "{Kind} {Subject} with UID {Uid} is gone; its Job {Job} was not created")]
    private partial void LogResourceGone(string kind, BackupKey subject, string uid, string job);
}

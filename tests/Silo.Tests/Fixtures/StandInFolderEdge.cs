using System.Diagnostics;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>
/// An edge whose Kubernetes is a folder that the silos of one plane share: a Job is a file that only one of them can make, and each silo
/// writes down what it did.
/// </summary>
internal sealed class StandInFolderEdge(string folder, string silo, IGrainFactory grains) : IJobDispatcher, ISurveyor, IStatusWriter, IWorkloadKeeper, IMemberWatcher, IFleetMembers, IBackupRequester, IBackupRemover, IWorkloadScaler, IDrillKeeper, IFleetBudgets
{
    /// <summary>It has none.</summary>
    public IReadOnlyList<FleetBudget>? Current { get; } = [];

    private readonly Lock gate = new();
    private readonly HashSet<MemberKey> watched = [];

    public Task EnsureJobAsync(JobOrder order, CancellationToken cancellationToken)
    {
        var draft = Path.Combine(folder, Path.GetRandomFileName());
        File.WriteAllText(draft, order.Request.Backup.Uid);
        try
        {
            File.Move(draft, JobFile(order.Job), overwrite: false);
            Say($"job {order.Subject.Name} {order.Request.Operation} {order.Job}");
        }
        catch (IOException) when (File.Exists(JobFile(order.Job)))
        {
            File.Delete(draft);
        }

        return Task.CompletedTask;
    }

    public Task WriteAsync(DrillKey drill, DrillStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(string budget, FleetBudgetStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(RestoreKey restore, RestoreStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task LookAsync(WorkloadLook look, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ScaleAsync(WorkloadLook look, int replicas, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveJobAsync(JobSubject subject, string job, CancellationToken cancellationToken)
    {
        File.Delete(JobFile(job));
        return Task.CompletedTask;
    }

    public Task<JobSighting> LookAtJobAsync(JobSubject subject, string job, CancellationToken cancellationToken) => Task.FromResult(Look(folder, job));

    /// <summary>How a Job stands, as the watch would tell it too.</summary>
    public static JobSighting Look(string folder, string job)
    {
        var file = Path.Combine(folder, job + ".job");
        if (!File.Exists(file))
            return new() { Uid = "", Job = job, State = JobState.Missing };
        var uid = File.ReadAllText(file);
        return File.Exists(Path.Combine(folder, "ended"))
            ? new() { Uid = uid, Job = job, State = JobState.Complete, Report = Orders.Success(uid) }
            : new() { Uid = uid, Job = job, State = JobState.Active };
    }

    public Task<string?> RequestAsync(ImportOrder order, CancellationToken cancellationToken) => Task.FromResult<string?>(order.Folder.Name);

    public Task RequestAsync(BackupOrder order, CancellationToken cancellationToken)
    {
        try
        {
            using var made = new FileStream(Path.Combine(folder, order.Backup.Name + ".backup"), FileMode.CreateNew);
            Say($"due {order.Schedule} {order.Backup.Name}");
        }
        catch (IOException)
        {
            // It is there already.
        }

        return Task.CompletedTask;
    }

    public Task SurveyAsync(SurveyOrder order, CancellationToken cancellationToken)
    {
        // Not awaited, as the real one: the grain that asked is in the middle of its turn.
        _ = grains.GetGrain<IBackupGrain>(order.Backup.ToString()).ChooseSourceAsync(Orders.Survey(order.Uid), CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task WriteAsync(BackupKey backup, BackupStatus status, CancellationToken cancellationToken)
    {
        Say($"status {backup.Name} {status.Phase} {status.Reason}");
        return Task.CompletedTask;
    }

    public Task WriteAsync(ClusterKey cluster, ClusterStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RecordAsync(ResourceEvent happened, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReleaseAsync(BackupKey backup, string uid, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task EnsureAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReleaseAsync(ClusterKey cluster, ClusterSpec lastSpec, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveAsync(BackupKey backup, string uid, CancellationToken cancellationToken) => Task.CompletedTask;

    public MemberProtection See(MemberKey member) => new();

    public void Hear(MemberKey member)
    {
    }

    public Task EnsureAsync(ClusterKey cluster, string uid, DrillPlan plan, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveAsync(ClusterKey cluster, string drill, CancellationToken cancellationToken) => Task.CompletedTask;

    public IReadOnlyCollection<MemberKey> All => [new(MemberKey.Local)];

    public MemberStanding StandingOf(MemberKey member) => MemberStanding.Present;

    public Task<bool> StartAsync(MemberKey member, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (watched.Add(member))
                Say("watch starts");
        }

        return Task.FromResult(true);
    }

    public Task StopAsync(MemberKey member, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (watched.Remove(member))
                Say("watch stops");
        }

        return Task.CompletedTask;
    }

    private string JobFile(string job) => Path.Combine(folder, job + ".job");

    // By the machine's count since its boot, which is the same for all processes whatever they think the time is.
    private void Say(string what)
    {
        lock (gate)
            File.AppendAllText(Path.Combine(folder, silo + ".said"), $"{Stopwatch.GetTimestamp()} {what}\n");
    }
}

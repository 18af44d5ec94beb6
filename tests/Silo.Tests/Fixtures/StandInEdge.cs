using System.Collections.Concurrent;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>An edge that accepts everything and remembers little: these tests are about the silo.</summary>
internal sealed class StandInEdge : IJobDispatcher, ISurveyor, IStatusWriter, IWorkloadKeeper, IMemberWatcher, IFleetMembers, IBackupRequester, IBackupRemover, IWorkloadScaler, IDrillKeeper, IFleetBudgets
{
    /// <summary>It has none.</summary>
    public IReadOnlyList<FleetBudget>? Current { get; } = [];

    public ConcurrentQueue<JobOrder> Jobs { get; } = new();

    public ConcurrentQueue<BackupStatus> Statuses { get; } = new();

    public ConcurrentQueue<SurveyOrder> Surveys { get; } = new();

    public ConcurrentQueue<string> Watches { get; } = new();

    public ConcurrentDictionary<string, ClusterStatus> ClusterStatuses { get; } = new();

    public ConcurrentQueue<string> ClusterWrites { get; } = new();

    public ConcurrentQueue<BackupOrder> Orders { get; } = new();

    public ConcurrentQueue<string> Deleted { get; } = new();

    public Task EnsureJobAsync(JobOrder order, CancellationToken cancellationToken) => Take(Jobs, order);

    public Task WriteAsync(DrillKey drill, DrillStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(string budget, FleetBudgetStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(RestoreKey restore, RestoreStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task LookAsync(WorkloadLook look, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ScaleAsync(WorkloadLook look, int replicas, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveJobAsync(JobSubject subject, string job, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<JobSighting> LookAtJobAsync(JobSubject subject, string job, CancellationToken cancellationToken) =>
        Task.FromResult(new JobSighting { Uid = "", Job = job, State = JobState.Missing });

    public Task SurveyAsync(SurveyOrder order, CancellationToken cancellationToken) => Take(Surveys, order);

    public Task WriteAsync(BackupKey backup, BackupStatus status, CancellationToken cancellationToken) => Take(Statuses, status);

    public Task WriteAsync(ClusterKey cluster, ClusterStatus status, CancellationToken cancellationToken)
    {
        ClusterStatuses[cluster.ToString()] = status;
        return Take(ClusterWrites, cluster.ToString());
    }

    public Task RecordAsync(ResourceEvent happened, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReleaseAsync(BackupKey backup, string uid, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task EnsureAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReleaseAsync(ClusterKey cluster, ClusterSpec lastSpec, CancellationToken cancellationToken) => Task.CompletedTask;

    public MemberProtection See(MemberKey member) => new();

    public void Hear(MemberKey member)
    {
    }

    public Task EnsureAsync(ClusterKey cluster, string uid, DrillPlan plan, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveAsync(ClusterKey cluster, string drill, CancellationToken cancellationToken) => Task.CompletedTask;

    public IReadOnlyCollection<MemberKey> All => [new(MemberKey.Local)];

    public MemberStanding StandingOf(MemberKey member) => MemberStanding.Present;

    public async Task<bool> StartAsync(MemberKey member, CancellationToken cancellationToken)
    {
        await Take(Watches, "start");
        return true;
    }

    public Task StopAsync(MemberKey member, CancellationToken cancellationToken) => Take(Watches, "stop");

    private static Task Take<T>(ConcurrentQueue<T> queue, T item)
    {
        queue.Enqueue(item);
        return Task.CompletedTask;
    }

    public Task RemoveAsync(BackupKey backup, string uid, CancellationToken cancellationToken) => Take(Deleted, uid);

    public Task<string?> RequestAsync(ImportOrder order, CancellationToken cancellationToken) => Task.FromResult<string?>(order.Folder.Name);

    public Task RequestAsync(BackupOrder order, CancellationToken cancellationToken) => Take(Orders, order);
}

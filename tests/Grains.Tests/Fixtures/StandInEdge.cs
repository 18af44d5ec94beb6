using System.Collections.Concurrent;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Fixtures;

/// <summary>The edge in memory: it takes down what it is told, and fails where a test wants it to.</summary>
internal sealed class StandInEdge : IJobDispatcher, ISurveyor, IStatusWriter, IWorkloadKeeper, IMemberWatcher, IFleetMembers, IBackupRequester, IBackupRemover, IWorkloadScaler, IDrillKeeper, IFleetBudgets
{
    public ConcurrentDictionary<string, JobOrder> Jobs { get; } = new();

    public ConcurrentDictionary<string, JobSighting> Sightings { get; } = new();

    public ConcurrentQueue<string> Removed { get; } = new();

    public ConcurrentQueue<SurveyOrder> Surveys { get; } = new();

    public ConcurrentDictionary<string, ConcurrentQueue<BackupStatus>> Statuses { get; } = new();

    public ConcurrentDictionary<string, ConcurrentQueue<ClusterStatus>> ClusterStatuses { get; } = new();

    public ConcurrentQueue<ResourceEvent> Events { get; } = new();

    public ConcurrentQueue<string> Released { get; } = new();

    public ConcurrentQueue<string> Deleted { get; } = new();

    public ConcurrentQueue<string> Kept { get; } = new();

    public ConcurrentQueue<string> GivenBack { get; } = new();

    public ConcurrentQueue<string> Watches { get; } = new();

    public ConcurrentDictionary<string, ConcurrentQueue<RestoreStatus>> RestoreStatuses { get; } = new();

    public ConcurrentDictionary<string, ConcurrentQueue<DrillStatus>> DrillStatuses { get; } = new();

    public ConcurrentQueue<WorkloadLook> Looks { get; } = new();

    public ConcurrentDictionary<string, int> Scales { get; } = new();

    public ConcurrentQueue<BackupOrder> Orders { get; } = new();

    public ConcurrentQueue<ImportOrder> Imports { get; } = new();

    public ConcurrentDictionary<string, FleetBudgetStatus> BudgetStatuses { get; } = new();

    /// <summary>The fleet's budgets; null for not read yet.</summary>
    public IReadOnlyList<FleetBudget>? Current { get; set; } = [];

    /// <summary>Asked before each call, with the port's method and the resource's name; what it throws is the call's outcome.</summary>
    public Action<string, string> Trouble { get; set; } = (_, _) => { };

    public Task EnsureJobAsync(JobOrder order, CancellationToken cancellationToken) => Do(nameof(EnsureJobAsync), order.Subject.Name, () => Jobs.TryAdd(order.Job, order));

    public Task RemoveJobAsync(JobSubject subject, string job, CancellationToken cancellationToken) => Do(nameof(RemoveJobAsync), subject.Name, () =>
    {
        Removed.Enqueue(job);
        Jobs.TryRemove(job, out _);
        Sightings.TryRemove(job, out _);
    });

    public async Task<JobSighting> LookAtJobAsync(JobSubject subject, string job, CancellationToken cancellationToken)
    {
        await Do(nameof(LookAtJobAsync), subject.Name, () => { });
        return Sightings.TryGetValue(job, out var seen) ? seen
            : Jobs.TryGetValue(job, out var order) ? new() { Uid = order.Request.Backup.Uid, Job = job, State = JobState.Pending }
            : new() { Uid = "", Job = job, State = JobState.Missing };
    }

    public Task SurveyAsync(SurveyOrder order, CancellationToken cancellationToken) => Do(nameof(SurveyAsync), order.Backup.Name, () => Surveys.Enqueue(order));

    public Task WriteAsync(BackupKey backup, BackupStatus status, CancellationToken cancellationToken) =>
        Do(nameof(WriteAsync), backup.Name, () => Statuses.GetOrAdd(backup.ToString(), _ => new()).Enqueue(status));

    public Task WriteAsync(ClusterKey cluster, ClusterStatus status, CancellationToken cancellationToken) =>
        Do(nameof(WriteAsync), cluster.Name, () => ClusterStatuses.GetOrAdd(cluster.ToString(), _ => new()).Enqueue(status));

    public Task RecordAsync(ResourceEvent happened, CancellationToken cancellationToken) => Do(nameof(RecordAsync), happened.Name, () => Events.Enqueue(happened));

    public Task ReleaseAsync(BackupKey backup, string uid, CancellationToken cancellationToken) => Do(nameof(ReleaseAsync), backup.Name, () => Released.Enqueue(uid));

    public Task RemoveAsync(BackupKey backup, string uid, CancellationToken cancellationToken) => Do(nameof(RemoveAsync), backup.Name, () => Deleted.Enqueue(uid));

    public Task EnsureAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken) => Do(nameof(EnsureAsync), cluster.Name, () => Kept.Enqueue(cluster.ToString()));

    public Task ReleaseAsync(ClusterKey cluster, ClusterSpec lastSpec, CancellationToken cancellationToken) => Do(nameof(ReleaseAsync), cluster.Name, () => GivenBack.Enqueue(cluster.ToString()));

    public MemberProtection See(MemberKey member) => new() { Clusters = 1 };

    public void Hear(MemberKey member)
    {
    }

    public ConcurrentDictionary<string, string> DrillPlans { get; } = new();

    public Task EnsureAsync(ClusterKey cluster, string uid, DrillPlan plan, CancellationToken cancellationToken) =>
        Do("EnsureDrillAsync", cluster.Name, () => DrillPlans[$"{cluster}/{plan.Name}"] = plan.SpecJson);

    public Task RemoveAsync(ClusterKey cluster, string drill, CancellationToken cancellationToken) => Do("RemoveDrillAsync", cluster.Name, () => DrillPlans.TryRemove($"{cluster}/{drill}", out _));

    /// <summary>How the members stand; those that are not in here are present.</summary>
    public ConcurrentDictionary<MemberKey, MemberStanding> Standings { get; } = new();

    public IReadOnlyCollection<MemberKey> All => [new(MemberKey.Local)];

    public MemberStanding StandingOf(MemberKey member) => Standings.GetValueOrDefault(member, MemberStanding.Present);

    public async Task<bool> StartAsync(MemberKey member, CancellationToken cancellationToken)
    {
        await Do(nameof(StartAsync), member.Name, () => Watches.Enqueue("start"));
        return StandingOf(member) != MemberStanding.Left;
    }

    public Task StopAsync(MemberKey member, CancellationToken cancellationToken) => Do(nameof(StopAsync), member.Name, () => Watches.Enqueue("stop"));

    public Task RequestAsync(BackupOrder order, CancellationToken cancellationToken) => Do(nameof(RequestAsync), order.Backup.Name, () => Orders.Enqueue(order));

    public async Task<string?> RequestAsync(ImportOrder order, CancellationToken cancellationToken)
    {
        await Do(nameof(RequestAsync), order.Folder.Name, () => Imports.Enqueue(order));
        return order.Folder.Name;
    }

    public Task WriteAsync(RestoreKey restore, RestoreStatus status, CancellationToken cancellationToken) =>
        Do(nameof(WriteAsync), restore.Name, () => RestoreStatuses.GetOrAdd(restore.ToString(), _ => new()).Enqueue(status));

    public Task WriteAsync(DrillKey drill, DrillStatus status, CancellationToken cancellationToken) =>
        Do(nameof(WriteAsync), drill.Name, () => DrillStatuses.GetOrAdd(drill.ToString(), _ => new()).Enqueue(status));

    public Task LookAsync(WorkloadLook look, CancellationToken cancellationToken) => Do(nameof(LookAsync), look.Restore.Name, () => Looks.Enqueue(look));

    public Task ScaleAsync(WorkloadLook look, int replicas, CancellationToken cancellationToken) => Do(nameof(ScaleAsync), look.Restore.Name, () => Scales[look.Restore.ToString()] = replicas);

    public Task WriteAsync(string budget, FleetBudgetStatus status, CancellationToken cancellationToken) => Do(nameof(WriteAsync), budget, () => BudgetStatuses[budget] = status);

    public RestoreStatus? Last(RestoreKey restore) => RestoreStatuses.TryGetValue(restore.ToString(), out var shown) ? shown.LastOrDefault() : null;

    public DrillStatus? Last(DrillKey drill) => DrillStatuses.TryGetValue(drill.ToString(), out var shown) ? shown.LastOrDefault() : null;

    public BackupStatus? Last(BackupKey backup) => Statuses.TryGetValue(backup.ToString(), out var shown) ? shown.LastOrDefault() : null;

    public ClusterStatus? Last(ClusterKey cluster) => ClusterStatuses.TryGetValue(cluster.ToString(), out var shown) ? shown.LastOrDefault() : null;

    public string? JobOf(BackupKey backup, JobOperation operation) =>
        Jobs.Values.Where(order => order.Subject == JobSubject.Of(backup) && order.Request.Operation == operation).Select(order => order.Job).LastOrDefault();

    private Task Do(string method, string name, Action act)
    {
        Trouble(method, name);
        act();
        return Task.CompletedTask;
    }
}

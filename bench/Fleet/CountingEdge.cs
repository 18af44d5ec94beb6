using System.Collections.Concurrent;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Fleet;

/// <summary>
/// A stand-in for Kubernetes that counts: what a fleet costs the silo is measured, not what an API server makes of it. Workloads are found in order at once,
/// and a backup that is asked for is there at once, and ends well.
/// </summary>
internal sealed class CountingEdge(Func<IGrainFactory> grains, TimeProvider time) : IJobDispatcher, ISurveyor, IStatusWriter, IWorkloadKeeper, IMemberWatcher, IFleetMembers, IBackupRequester, IWorkloadScaler, IDrillKeeper, IFleetBudgets
{
    /// <summary>What a benchmark says there is; none of itself.</summary>
    public IReadOnlyList<FleetBudget>? Current { get; set; } = [];

    /// <summary>What becomes of backups.</summary>
    public StandInRunner Runner { get; } = new(grains, time);

    private long calls;
    private long jobs;

    /// <summary>Every call to a port so far.</summary>
    public long Calls => Interlocked.Read(ref calls);

    /// <summary>Of them, the Jobs that were asked for: in a fleet where nothing is due, the daily sweeps.</summary>
    public long Jobs => Interlocked.Read(ref jobs);

    /// <summary>By how much each backup that was asked for was late, in seconds; by its name.</summary>
    public ConcurrentDictionary<string, double> Lateness { get; } = new();

    public Task<string?> RequestAsync(ImportOrder order, CancellationToken cancellationToken) => Task.FromResult<string?>(order.Folder.Name);

    public Task RequestAsync(BackupOrder order, CancellationToken cancellationToken)
    {
        Lateness.TryAdd(order.Backup.ToString(), (time.GetUtcNow() - order.Due).TotalSeconds);
        Runner.Come(order);
        return Count();
    }

    public Task EnsureAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        grains().GetGrain<IClusterGrain>(cluster.ToString()).ObserveWorkloadAsync(new() { Generation = spec.Generation, ReadyAgents = 2, Replicas = 2 }, CancellationToken.None).Ignore();
        return Count();
    }

    public Task<JobSighting> LookAtJobAsync(JobSubject subject, string job, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref calls);
        return Task.FromResult(new JobSighting { Uid = "", Job = job, State = JobState.Missing });
    }

    public Task EnsureJobAsync(JobOrder order, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref jobs);
        Runner.Run(order);
        return Count();
    }

    public Task WriteAsync(DrillKey drill, DrillStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(string budget, FleetBudgetStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(RestoreKey restore, RestoreStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task LookAsync(WorkloadLook look, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ScaleAsync(WorkloadLook look, int replicas, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveJobAsync(JobSubject subject, string job, CancellationToken cancellationToken) => Count();

    public Task SurveyAsync(SurveyOrder order, CancellationToken cancellationToken)
    {
        Runner.Survey(order);
        return Count();
    }

    public Task WriteAsync(BackupKey backup, BackupStatus status, CancellationToken cancellationToken) => Count();

    public Task WriteAsync(ClusterKey cluster, ClusterStatus status, CancellationToken cancellationToken) => Count();

    public Task RecordAsync(ResourceEvent happened, CancellationToken cancellationToken) => Count();

    public Task ReleaseAsync(BackupKey backup, string uid, CancellationToken cancellationToken) => Count();

    public Task ReleaseAsync(ClusterKey cluster, ClusterSpec lastSpec, CancellationToken cancellationToken) => Count();

    public IReadOnlyCollection<MemberKey> All => [new(MemberKey.Local)];

    public MemberStanding StandingOf(MemberKey member) => MemberStanding.Present;

    public async Task<bool> StartAsync(MemberKey member, CancellationToken cancellationToken)
    {
        await Count();
        return true;
    }

    public Task StopAsync(MemberKey member, CancellationToken cancellationToken) => Count();

    public MemberProtection See(MemberKey member) => new();

    public void Hear(MemberKey member)
    {
    }

    public Task EnsureAsync(ClusterKey cluster, string uid, DrillPlan plan, CancellationToken cancellationToken) => Count();

    public Task RemoveAsync(ClusterKey cluster, string drill, CancellationToken cancellationToken) => Count();

    private Task Count()
    {
        Interlocked.Increment(ref calls);
        return Task.CompletedTask;
    }
}

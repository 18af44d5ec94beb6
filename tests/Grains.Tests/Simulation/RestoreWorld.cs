using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Restores;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// One restore, its workload, its volumes and its Jobs, in a world in which anything may be lost, doubled, late or out of order, driven by a seed.
/// The real machine and agenda; acts that may not happen.
/// </summary>
internal sealed class RestoreWorld
{
    private static readonly JobFault[] Faults =
        [JobFault.StorageUnavailable, JobFault.Internal, JobFault.Cancelled, JobFault.ToolFailed, JobFault.ManifestMismatch, JobFault.StorageDenied];

    private readonly Random random;
    private readonly Dictionary<string, SimulatedJob> jobs = [];
    private readonly HashSet<string> lost = [];
    private readonly List<Action> network = [];
    private readonly PreviousData plan;
    private RestoreSpec? resource;

    public RestoreWorld(int seed)
    {
        random = new(seed);
        Replicas = Wanted = random.Next(6) == 0 ? 0 : 2;
        Before = Replicas;
        plan = random.Next(4) switch { 0 => PreviousData.DeleteFirst, 1 => PreviousData.DropAfterwards, _ => PreviousData.Keep };
        Volumes = RestoreSamples.Claims.ToDictionary(claim => claim, _ => new SimulatedVolume());
        resource = RestoreSamples.Spec() with { DryRun = random.Next(10) == 0, ReplicaVolumes = (ReplicaVolumes)random.Next(3) };
        Tell();
    }

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public RestoreState State { get; private set; } = new();

    public Dictionary<string, SimulatedVolume> Volumes { get; }

    /// <summary>Pods that run.</summary>
    public int Replicas { get; private set; }

    /// <summary>Pods that are asked for.</summary>
    public int Wanted { get; private set; }

    /// <summary>Pods that were asked for in the beginning.</summary>
    public int Before { get; }

    /// <summary>What the plan makes of the previous data.</summary>
    public PreviousData Previous => plan;

    /// <summary>Whether the resource is gone.</summary>
    public bool ResourceGone => resource is null;

    /// <summary>The last phase that was final.</summary>
    public RestorePhase? Final { get; private set; }

    /// <summary>The last reason.</summary>
    public string FinalReason { get; private set; } = "";

    /// <summary>Whether faults happen; off, the world comes to rest.</summary>
    public bool Wild { get; set; } = true;

    public bool IsAtRest => State.IsSettled && jobs.Values.All(job => job.Report is not null || job.State is not (JobState.Pending or JobState.Active)) && Replicas == Wanted;

    public bool Lends { get; private set; }

    public void Step()
    {
        Now += !Wild && State.Errand == RestoreErrand.Holding ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(random.Next(Wild ? 20 : 61));
        switch (random.Next(10))
        {
            case 0 when Wild:
                UserActs();
                break;
            case < 3:
                Tick();
                break;
            case < 6:
                JobsMove();
                break;
            case 6:
                PodsMove();
                break;
            default:
                Deliver();
                break;
        }

        Check();
    }

    private bool Chance(int one) => Wild && random.Next(one) == 0;

    private void UserActs()
    {
        if (resource is null)
            return;
        switch (random.Next(12))
        {
            case 0:
                resource = resource with { Generation = resource.Generation + 1, Cancelled = true };
                break;
            case 1:
                resource = resource with { Generation = resource.Generation + 1, Confirmed = true };
                break;
            case 2 when random.Next(4) == 0:
                resource = null;
                break;
        }

        Tell();
    }

    /// <summary>The watch tells of the resource as it is when it gets through: it keeps the order of what happens to one resource.</summary>
    private void Tell() => Send(Relist);

    public void Relist() => Hear(resource is null ? new RestoreEvent.ResourceGone(RestoreSamples.Uid) : new RestoreEvent.Applied(resource));

    private void Send(Action message)
    {
        if (Chance(10))
            return;
        network.Add(message);
        if (Chance(10))
            network.Add(message);
    }

    private void Deliver()
    {
        if (network.Count == 0)
            return;
        var index = random.Next(network.Count);
        var message = network[index];
        network.RemoveAt(index);
        message();
    }

    private void Tick()
    {
        Hear(new RestoreEvent.Ticked());
        Act(looks: true);
    }

    private void Hear(RestoreEvent seen)
    {
        var before = State;
        State = RestoreMachine.Next(RestoreSamples.Key, State, seen, Now);
        if (State.Uid.Length > 0 && State.Phase.IsFinal())
            (Final, FinalReason) = (State.Phase, State.Message.Contains("kubectl", StringComparison.Ordinal) ? "told" : State.Reason);
        if (State.Uid.Length > 0 && !State.Phase.IsFinal())
            Assert.True(State.Deadline is not null, $"{State.Phase}/{State.Errand} has no deadline");
        if (!ReferenceEquals(before, State) && !Chance(25))
            Act(looks: false);
    }

    /// <summary>What the grain does after remembering, each part of which may fail.</summary>
    private void Act(bool looks)
    {
        var before = State;
        foreach (var action in RestoreAgenda.Work(State, looks))
        {
            if (Chance(25))
                return;
            Do(action);
            if (!ReferenceEquals(before, State))
                return;
        }

        if (!Chance(25))
            Report();
    }

    private void Do(RestoreAction action)
    {
        switch (action.Deed)
        {
            case RestoreDeed.AskCluster:
                Send(() => Hear(new RestoreEvent.Admitted(Samples.Admission(RestoreSamples.Uid))));
                break;
            case RestoreDeed.FindBackup:
                Lends = true;
                Hear(new RestoreEvent.BackupSeen(RestoreSamples.Backup()));
                break;
            case RestoreDeed.LookAtWorkload:
                var standing = RestoreSamples.Standing(Wanted, Replicas, State.Look);
                Send(() => Hear(new RestoreEvent.WorkloadSeen(standing)));
                break;
            case RestoreDeed.Stop:
                Wanted = 0;
                break;
            case RestoreDeed.Start:
                Wanted = State.Workload!.Replicas;
                break;
            case RestoreDeed.EnsureJob:
                Ensure(RestoreOrders.Job(RestoreSamples.Key, State, State.Volumes.First(volume => volume.Job?.Name == action.Job)));
                break;
            case RestoreDeed.RemoveJob:
                Remove(action.Job);
                break;
            case RestoreDeed.LookAtJob:
                Hear(new RestoreEvent.JobSeen(Look(action.Job)));
                break;
            default:
                Hear(new RestoreEvent.Parted());
                break;
        }
    }

    private void Report()
    {
        foreach (var job in State.JobsToRemove)
            Remove(job);
        Lends &= !State.ReturnOwed;
        State = State with { StatusOwed = false, NewsOwed = false, ReturnOwed = false, EventsOwed = [], JobsToRemove = [] };
        if (State.Errand == RestoreErrand.Forgetting)
            Hear(new RestoreEvent.Parted());
    }

    private void Ensure(JobOrder order)
    {
        if (order.OwnedByResource && resource is null)
            return;

        // The data plane sees servers of its own machine only.
        Assert.True(Replicas == 0 || !Changes(order), $"{order.Job} is asked for while servers run");
        if (jobs.TryAdd(order.Job, new(order)))
            See(order.Job);
    }

    private void Remove(string job)
    {
        // The Pod is told to stop, and takes its time; what it does meanwhile it does.
        if (jobs.TryGetValue(job, out var leaving))
            leaving.LeavesSince ??= Now;
    }

    private JobSighting Look(string job) =>
        (jobs.TryGetValue(job, out var found) ? Shown(found) : new() { Uid = "", Job = job, State = JobState.Missing }) with { ResourceGone = resource is null };

    // What its API server takes for over may still run on a node that is not heard of.
    private JobSighting Shown(SimulatedJob job) => lost.Contains(job.Order.Job) && job is { Leaves: false, Report: null } ? job.Sighting with { State = JobState.Failed } : job.Sighting;

    private static bool Changes(JobOrder order) => order.Request.Operation is JobOperation.RestoreVolume or JobOperation.EmptyVolume or JobOperation.UndoRestore;

    private void See(string job)
    {
        var sighting = Look(job) with { ResourceGone = false };
        Send(() => Hear(new RestoreEvent.JobSeen(sighting)));
    }

    private void PodsMove() => Replicas += Math.Sign(Wanted - Replicas);

    private void JobsMove()
    {
        foreach (var (name, job) in jobs.ToList())
        {
            // A deletion of the resource takes its Jobs along.
            if (job.Order.OwnedByResource && resource is null)
                job.LeavesSince ??= Now;
            if (random.Next(3) > 0)
                continue;
            if (job.Leaves && (job.Report is not null || random.Next(3) == 0))
                jobs.Remove(name);
            else if (job.State == JobState.Pending)
                job.State = JobState.Active;
            else if (job.State == JobState.Active)
                Run(job);
            else
                continue;
            See(name);
        }
    }

    private void Run(SimulatedJob job)
    {
        var volume = Volumes[job.Order.Volume!.Claim];
        if (Chance(12))
            lost.Add(job.Order.Job);
        if (Changes(job.Order) && Replicas > 0)
            job.End(volume.Fail(job.Order, JobFault.VolumeBusy));
        else if (Chance(8))
            job.End(random.Next(3) == 0 ? null : volume.Fail(job.Order, Faults[random.Next(Faults.Length)]));
        else if (volume.Step(job.Order, plan) is { } report)
            job.End(report);
    }

    private void Check()
    {
        if (Replicas > 0)
            Assert.All(Volumes.Values, volume => Assert.True(volume.IsWhole, $"a server runs on a volume that holds {volume.Holds}"));
        var busy = jobs.Values.Where(job => job.State == JobState.Active && job.Report is null && job.Order.Request.Operation is not JobOperation.PlanRestore).GroupBy(job => job.Order.Volume!.Claim);
        Assert.All(busy, volume => Assert.True(volume.Count() == 1, $"{volume.Count()} Jobs change {volume.Key} at once: {string.Join(", ", volume.Select(job => job.Order.Job))}"));
    }
}

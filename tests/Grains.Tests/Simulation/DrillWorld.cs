using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Drills;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>One drill, its cluster's slot, its backup and its Jobs, in a world in which anything may be lost, doubled, late or out of order, driven by a seed.</summary>
internal sealed class DrillWorld(int seed)
{
    private static readonly JobFault[] Faults = [JobFault.StorageUnavailable, JobFault.Internal, JobFault.Cancelled, JobFault.ToolFailed, JobFault.ManifestMismatch, JobFault.DrillFailed, JobFault.VolumeFull];

    private readonly Random random = new(seed);
    private readonly List<Action> network = [];
    private readonly Dictionary<string, SimulatedJob> jobs = [];
    private readonly HashSet<string> lent = [];
    private DrillSpec? resource = seed % 2 == 0 ? DrillLife.Spec() : DrillLife.Spec() with { Schedule = new() { Name = "drill", Cron = "*/20 * * * *", StorageName = "" } };
    private int words;

    public DrillState State { get; private set; } = new();

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    /// <summary>Whether faults happen; off, the world comes to rest.</summary>
    public bool Wild { get; set; } = true;

    /// <summary>Every round that ended, by its number.</summary>
    public SortedDictionary<int, DrillRound> Ended { get; } = [];

    public bool ResourceGone => resource is null;

    public string Word => resource?.Word ?? "";

    public bool Lends => lent.Count > 0;

    public bool IsAtRest => State.IsSettled && jobs.Values.All(job => job.Leaves || job.Report is not null || job.State is not (JobState.Pending or JobState.Active));

    public void Step()
    {
        Now += TimeSpan.FromSeconds(random.Next(Wild ? 20 : 61));
        switch (random.Next(10))
        {
            case 0 when Wild:
                UserActs();
                break;
            case < 3:
                Hear(new DrillEvent.Ticked());
                Act(looks: true);
                break;
            case < 6:
                JobsMove();
                break;
            default:
                Deliver();
                break;
        }

        // Told to stop it takes its time; but nobody asks for a second beside one that nobody stops.
        var busy = jobs.Values.Where(job => job is { Leaves: false, Report: null, State: JobState.Pending or JobState.Active }).Select(job => job.Order.Job).Except(State.JobsToRemove).ToList();
        Assert.True(busy.Count <= 1, $"at once: {string.Join(", ", busy)}");
    }

    /// <summary>The watch tells of the resource as it is when it gets through; without its schedule, so that there is an end.</summary>
    public void Relist(bool calm = false)
    {
        if (calm && resource is not null)
            resource = resource with { Generation = resource.Generation + 1, Schedule = null, Suspended = false };
        Hear(resource is null ? new DrillEvent.ResourceGone(DrillLife.Uid) : new DrillEvent.Applied(resource));
    }

    private bool Chance(int one) => Wild && random.Next(one) == 0;

    private void UserActs()
    {
        if (resource is null)
            return;
        switch (random.Next(14))
        {
            case 0:
                resource = resource with { Word = FormattableString.Invariant($"word {++words}") };
                break;
            case 1:
                resource = resource with { Generation = resource.Generation + 1, Suspended = !resource.Suspended };
                break;
            case 2 when random.Next(6) == 0:
                resource = null;
                break;
        }

        Send(() => Relist());
    }

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

    private void Hear(DrillEvent seen)
    {
        var before = State;
        State = DrillMachine.Next(DrillLife.Key, State, seen, Now);
        if (DrillStory.Ended(before, State) is { } round)
            Assert.True(Ended.TryAdd(round.Number, round), $"round {round.Number} ended twice");
        if (State.Errand is DrillErrand.Asking or DrillErrand.Finding or DrillErrand.Clearing)
            Assert.True(State.Deadline is not null, $"{State.Errand} has no deadline");
        if (!ReferenceEquals(before, State) && !Chance(25))
            Act(looks: false);
    }

    /// <summary>What the grain does after remembering, each part of which may fail.</summary>
    private void Act(bool looks)
    {
        var before = State;
        foreach (var action in DrillAgenda.Work(State, looks))
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

    private void Do(DrillAction action)
    {
        switch (action.Deed)
        {
            case DrillDeed.AskCluster:
                var (wish, admits) = (DrillOrders.Wish(DrillLife.Key, State), !Chance(5));
                Send(() => Hear(admits
                    ? new DrillEvent.Admitted(new() { Uid = wish.Uid, Cluster = Samples.ClusterSpec(), Backup = "backup1" })
                    : new DrillEvent.ToldToWait(new() { Uid = wish.Uid, Reason = "NoBackup", Message = "None.", Patience = TimeSpan.FromMinutes(1) })));
                break;
            case DrillDeed.FindBackup:
                lent.Add(DrillMachine.Reader(State, State.Round!));
                Hear(new DrillEvent.BackupSeen("backup1", Chance(6) ? null : RestoreSamples.Backup()));
                break;
            case DrillDeed.EnsureJob:
                if (resource is not null && jobs.TryAdd(action.Job, new(DrillOrders.Job(DrillLife.Key, State))))
                    See(action.Job);
                break;
            case DrillDeed.RemoveJob:
                Remove(action.Job);
                break;
            case DrillDeed.LookAtJob:
                Hear(new DrillEvent.JobSeen(Look(action.Job)));
                break;
            case DrillDeed.LookAtResource:
                Hear(new DrillEvent.JobSeen(Look(JobNames.ForDrill(DrillLife.Key.Name, State.Uid, State.Numbers))));
                break;
            default:
                Hear(new DrillEvent.Parted());
                break;
        }
    }

    private void Report()
    {
        foreach (var job in State.JobsToRemove)
            Remove(job);
        foreach (var back in State.ReturnsOwed)
            lent.Remove(back.Reader);
        foreach (var (_, proof) in State.ProofsOwed)
            Assert.Contains(Ended.Values, round => round.Completed == proof.Time && round.Passed == proof.Passed);
        State = State with { StatusOwed = false, NewsOwed = false, ReturnsOwed = [], ProofsOwed = [], EventsOwed = [], JobsToRemove = [] };
        if (State.Errand == DrillErrand.Forgetting)
            Hear(new DrillEvent.Parted());
    }

    private void Remove(string job)
    {
        if (jobs.TryGetValue(job, out var leaving))
            leaving.LeavesSince ??= Now;
    }

    private JobSighting Look(string job) =>
        (jobs.TryGetValue(job, out var found) ? found.Sighting : new() { Uid = "", Job = job, State = JobState.Missing }) with { ResourceGone = resource is null };

    private void See(string job)
    {
        var sighting = Look(job) with { ResourceGone = false };
        Send(() => Hear(new DrillEvent.JobSeen(sighting)));
    }

    private void JobsMove()
    {
        foreach (var (name, job) in jobs.ToList())
        {
            // A deletion of the resource takes its Jobs along.
            if (resource is null)
                job.LeavesSince ??= Now;
            if (random.Next(3) > 0)
                continue;
            if (job.Leaves && (job.Report is not null || random.Next(3) == 0))
                jobs.Remove(name);
            else if (job.State == JobState.Pending)
                job.State = JobState.Active;
            else if (job is { State: JobState.Active, Leaves: false })
                job.End(Outcome(job.Order.Request));
            else
                continue;
            See(name);
        }
    }

    private JobReport? Outcome(JobRequest request) =>
        Chance(10) ? null
        : Chance(3) ? new() { Uid = DrillLife.Uid, Attempt = request.Attempt, Fault = Faults[random.Next(Faults.Length)], Message = "It was so." }
        : new() { Uid = DrillLife.Uid, Attempt = request.Attempt, Drill = DrillLife.Found() };
}

using System.Globalization;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Tests.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// A cluster's retention among backups, Jobs and a store, all of which may die or go unheard at any moment. The plane's own turn is the one of
/// the grain, and ends anywhere when the silo dies: what was not remembered by then is gone.
/// </summary>
internal sealed class SimulatedRetention(Random luck)
{
    private readonly Dictionary<string, SimulatedResource> resources = [];
    private readonly Dictionary<string, JobOrder> jobs = [];
    private readonly Queue<BackupEnd> news = [];
    private readonly HashSet<string> heldOnce = [];
    private RetentionState state = new();
    private int made;

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public RetentionSpec Rule { get; set; } = new() { Count = 2 };

    /// <summary>Whether anything may go wrong.</summary>
    public bool Rough { get; set; } = true;

    public IReadOnlyCollection<SimulatedResource> Resources => resources.Values;

    public RetentionState State => state;

    private ClusterSpec Spec => Retained.Spec(Rule);

    public void Pass(TimeSpan time) => Now += time;

    public void TakeBackup()
    {
        var resource = new SimulatedResource(string.Create(CultureInfo.InvariantCulture, $"u{++made}"), made, Now, Good: luck.Next(5) > 0);
        resources[resource.Uid] = resource;
        Tell(resource);
    }

    public void Hold(bool held)
    {
        if (Any() is not { } resource)
            return;
        resources[resource.Uid] = resource with { Held = held };
        if (held && !resource.Agreed)
            heldOnce.Add(resource.Uid);
        else if (!held)
            heldOnce.Remove(resource.Uid);
        Tell(resources[resource.Uid]);
    }

    /// <summary>All resources are listed anew, as after a watch that broke.</summary>
    public void Relist()
    {
        foreach (var resource in resources.Values)
            Tell(resource, mayBeLost: false);
    }

    public void Deliver()
    {
        while (news.TryDequeue(out var end))
            state = RetentionMachine.Record(state, end);
    }

    /// <summary>The grain's turn.</summary>
    public void Work()
    {
        var dies = Rough ? luck.Next(12) : 99;
        if (dies == 0)
            return;
        state = RetentionMachine.Expire(RetentionMachine.Plan(state, Spec, Now), Spec, Now);
        var answers = new Dictionary<string, bool>();
        foreach (var entry in RetentionMachine.Asked(state).ToList())
        {
            if (dies-- == 1)
                return;
            answers[entry.Uid] = Agree(entry.Uid);
        }

        if (dies-- == 1)
            return;
        state = RetentionMachine.Answer(state, answers);
        state = PruneMachine.Begin(Samples.Cluster, state, Spec, Now);
        foreach (var prune in state.Prunes.Where(prune => prune.Job is not null).ToList())
        {
            if (dies-- == 1)
                return;
            if (!jobs.ContainsKey(prune.Job!) && PruneMachine.Order(Samples.Cluster, state, Spec, prune) is { } order)
                jobs[prune.Job!] = order;
        }

        foreach (var entry in RetentionMachine.Parting(state, Spec).ToList())
        {
            if (dies-- == 1)
                return;
            Part(entry);
        }
    }

    /// <summary>Each Job goes on a little, ends with a report that may go unheard, or is killed.</summary>
    public void RunJobs()
    {
        foreach (var (name, order) in jobs.ToList())
        {
            var failures = new List<int>();
            foreach (var (index, backup) in order.Request.Prune!.Backups.Index())
            {
                if (Rough && luck.Next(6) == 0)
                    failures.Add(index);
                else if (resources.TryGetValue(backup.Uid, out var resource))
                    resources[backup.Uid] = resource with { HasData = false };
                if (Rough && luck.Next(15) == 0)
                    goto killed;
            }

            if (!Rough || luck.Next(4) > 0)
                state = PruneMachine.Observe(state, Ended(order, failures), Now, looked: false);
        killed:
            jobs.Remove(name);
            state = Rough && luck.Next(2) == 0 ? state : PruneMachine.Observe(state, new() { Uid = "", Job = name, State = JobState.Missing }, Now.AddMinutes(3), looked: true);
        }
    }

    /// <summary>What must be so at every moment.</summary>
    public void Check()
    {
        var good = resources.Values.Where(resource => resource.Good).ToList();
        if (good.Count > 0)
            Assert.True(good.MaxBy(resource => resource.Completed)!.HasData, $"The newest good backup lost its data. {this}");
        Assert.All(resources.Values, resource => Assert.True(resource.HasData || resource.Agreed, $"{resource.Uid} lost its data and never agreed."));
        Assert.All(heldOnce, uid => Assert.True(resources.TryGetValue(uid, out var resource) && resource.HasData, $"{uid} is held and lost its data."));
    }

    public override string ToString() => string.Join("; ", resources.Values);

    // News is one-way: it may be lost, and it may come twice.
    private void Tell(SimulatedResource resource, bool mayBeLost = true)
    {
        if (mayBeLost && Rough && luck.Next(6) == 0)
            return;
        news.Enqueue(resource.Tell());
        if (Rough && luck.Next(6) == 0)
            news.Enqueue(resource.Tell());
    }

    private bool Agree(string uid)
    {
        if (!resources.TryGetValue(uid, out var resource) || (resource.Held && !resource.Agreed))
            return false;
        resources[uid] = resource with { Agreed = true };
        Tell(resources[uid]);
        return true;
    }

    private void Part(CatalogueEntry entry)
    {
        if (!resources.TryGetValue(entry.Uid, out var resource))
        {
            state = RetentionMachine.Drop(state, entry.Uid);
            return;
        }

        // Where nobody removed its data, the backup does so itself before its finalizer falls.
        Assert.True(resource.Agreed, $"{entry.Uid} is to be deleted and never agreed.");
        Assert.True(!resource.HasData || !entry.Removed, $"{entry.Uid} is to be deleted as if its data were gone.");
        resources.Remove(entry.Uid);
        news.Enqueue(resource.Tell() with { Removed = true, Gone = true });
    }

    private SimulatedResource? Any() => resources.Count == 0 ? null : resources.Values.ElementAt(luck.Next(resources.Count));

    private static JobSighting Ended(JobOrder order, List<int> failures) => new()
    {
        Uid = order.Request.Backup.Uid,
        Job = order.Job,
        State = failures.Count == 0 ? JobState.Complete : JobState.Failed,
        Report = new()
        {
            Uid = order.Request.Backup.Uid,
            Attempt = order.Request.Attempt,
            Fault = failures.Count == 0 ? null : JobFault.StorageUnavailable,
            Prune = new() { Failures = failures.Count == 0 ? [] : [new() { Fault = JobFault.StorageUnavailable, Backups = failures }] },
        },
    };
}

/// <summary>One backup: its resource, its grain's memory and its data.</summary>
internal sealed record SimulatedResource(string Uid, int Number, DateTimeOffset Completed, bool Good)
{
    public bool Held { get; init; }

    public bool Agreed { get; init; }

    public bool HasData { get; init; } = true;

    public BackupEnd Tell() => Retained.End(Number, Completed, Held) is var end ? end with
    {
        Phase = Good ? BackupPhase.Succeeded : BackupPhase.Failed,
        Facts = end.Facts! with { Expired = Agreed },
    } : end;
}

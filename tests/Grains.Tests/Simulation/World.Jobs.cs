using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>The Jobs of the simulated world, and what they do to the store.</summary>
internal sealed partial class World
{
    public void Ensure(JobOrder order)
    {
        var uid = order.Request.Backup.Uid;
        if (order.Request.Operation == JobOperation.Backup)
            Assert.Null(order.Request.Folder);
        if (order.Request.Operation == JobOperation.Sweep)
            Assert.True(order.Request.Folder is null, "the remains of a backup that was never ours are swept");
        if (order.Request.Operation == JobOperation.Backup)
            Assert.False(Backups[Owner(order)].State.Phase is BackupPhase.Succeeded or BackupPhase.Failed or BackupPhase.Cancelled, "a Job for an ended backup");
        if (order.Request.Operation == JobOperation.Rewrap)
            Assert.DoesNotContain(jobs.Values, job => job.Order.Job != order.Job && job.Order.Request is { Operation: JobOperation.Rewrap, Backup.Uid: var other } && other == uid && job.State is JobState.Pending or JobState.Active && job.Report is null);

        // As the dispatcher does: what its resource is to own is not made without it.
        if (order.OwnedByResource && Resource(Owner(order))?.Uid != uid)
            return;
        if (jobs.TryAdd(order.Job, new(order)))
            See(order.Job);
        Assert.Equal(uid, jobs[order.Job].Order.Request.Backup.Uid);
    }

    public void Remove(string job)
    {
        // The Pod is told to stop, and takes its time; what it does meanwhile it does.
        if (jobs.TryGetValue(job, out var leaving))
            leaving.LeavesSince ??= Now;
    }

    public JobSighting Look(BackupKey key, string name)
    {
        var sighting = jobs.TryGetValue(name, out var job) ? job.Sighting : new() { Uid = "", Job = name, State = JobState.Missing };

        // As the dispatcher sees it: without the Job only a name that nobody bears says that the resource is gone.
        return sighting with { ResourceGone = Resource(key) is not { } resource || (sighting.Uid.Length > 0 && resource.Uid != sighting.Uid) };
    }

    private static BackupKey Owner(JobOrder order) => new(order.Subject.Member, order.Subject.Namespace, order.Subject.Name);

    // A Job at work that nobody remembers is one that nobody stops: it may run beside the next backup's, or commit after the sweep.
    private void CheckJobs()
    {
        foreach (var (name, job) in jobs.Where(job => !job.Value.Leaves && job.Value.State is JobState.Pending or JobState.Active))
        {
            var state = Backups[Owner(job.Order)].State;
            Assert.True(state.Job?.Name == name || state.JobsToRemove.Contains(name), $"nobody stops {name}, and {Owner(job.Order)} is {state.Phase}/{state.Errand}");
        }
    }

    private void JobsMove()
    {
        foreach (var (name, job) in jobs.Where(job => job.Value.Leaves || job.Value.State is JobState.Pending or JobState.Active).ToList())
        {
            if (random.Next(3) == 0)
                continue;
            if (job.Leaves && random.Next(2) == 0)
            {
                Vanish(name);
                continue;
            }

            if (job.State is not (JobState.Pending or JobState.Active))
                continue;
            Move(job);
            See(name);
        }
    }

    private void KillLate()
    {
        foreach (var late in jobs.Where(job => Now - job.Value.LeavesSince >= LongestGrace).Select(job => job.Key).ToList())
            Vanish(late);
    }

    private void Vanish(string name)
    {
        if (!jobs.Remove(name, out var job))
            return;
        var gone = new JobSighting { Uid = "", Job = name, State = JobState.Missing };
        Send(() => Backups[Owner(job.Order)].ObserveJobAsync(gone));
    }

    private void Move(SimulatedJob job)
    {
        var (request, uid, folder) = (job.Order.Request, job.Order.Request.Backup.Uid, job.Order.Request.Stored.Uid);
        if (job.State == JobState.Pending)
        {
            job.State = JobState.Active;
            return;
        }

        if (Wild && random.Next(8) == 0)
        {
            // Killed without a word; perhaps after it had committed.
            if (random.Next(2) == 0)
                Write(request);
            job.End(null);
            return;
        }

        var fault = Wild && random.Next(4) == 0 ? Faults[random.Next(Faults.Length)] : (JobFault?)null;
        if (MayCommitUnheard(job, fault) && random.Next(2) == 0)
            Write(request);
        switch (request.Operation)
        {
            case JobOperation.Backup when job.Stage is null && !IsCommitted(uid) && fault is null:
                job.Stage = BackupStage.Checking;
                break;
            case JobOperation.Backup when fault is null:
            case JobOperation.Rewrap when fault is null && IsCommitted(folder):
                Write(request);
                job.End(Samples.Sealed(KeyOf(folder)!, request.Attempt, uid));
                break;
            case JobOperation.Delete when fault is null:
                committed.Remove(folder);
                job.End(new() { Uid = uid, Attempt = request.Attempt, ObjectsRemoved = 1 });
                break;
            case JobOperation.Import when fault is null && IsCommitted(folder):
                job.End(Samples.Imported(request.Attempt, uid, KeyOf(folder)));
                break;
            case JobOperation.Sweep when fault is null:
                job.End(new() { Uid = uid, Attempt = request.Attempt, ObjectsRemoved = 1, Summary = KeyOf(uid) is { } sealedWith ? Samples.Sealed(sealedWith).Summary : null });
                break;
            default:
                job.End(new() { Uid = uid, Attempt = request.Attempt, Fault = fault ?? JobFault.InvalidRequest, Message = "It was so." });
                break;
        }
    }

    // The manifest was written, but the store's answer was lost.
    private bool MayCommitUnheard(SimulatedJob job, JobFault? fault) =>
        (job.Order.Request.Operation == JobOperation.Rewrap && fault is JobFault.Internal or JobFault.StorageUnavailable) || job.Stage == BackupStage.Checking && (fault == JobFault.Internal || (fault == JobFault.StorageUnavailable && Backups[Owner(job.Order)].State.Phase == BackupPhase.Checking));

    /// <summary>What changes the manifest: the first commit, and each new key.</summary>
    private void Write(JobRequest request)
    {
        if (request.Operation == JobOperation.Backup)
            committed.TryAdd(request.Backup.Uid, request.Sealing!.KeyId);
        else if (request.Operation == JobOperation.Rewrap && IsCommitted(request.Stored.Uid))
            committed[request.Stored.Uid] = request.Sealing!.KeyId;
    }

    private void See(string name)
    {
        var (job, sighting) = (jobs[name], jobs[name].Sighting);
        Send(() => Backups[Owner(job.Order)].ObserveJobAsync(sighting));
    }
}

using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// A Kubernetes cluster, an object store and a network in which anything may be lost, doubled, late or out of order, driven by a seed.
/// </summary>
internal sealed class World
{
    private static readonly JobFault[] Faults =
        [JobFault.SourceUnavailable, JobFault.StreamBroken, JobFault.StorageUnavailable, JobFault.ToolFailed, JobFault.StorageDenied, JobFault.Internal];

    // A kubelet kills what it told to stop. What outlasts the patience of a backup all the same is beyond what is promised.
    private static readonly TimeSpan LongestGrace = BackupPatience.Stop / 3;

    private readonly Random random;
    private readonly Dictionary<string, SimulatedJob> jobs = [];
    private readonly List<Func<Task>> network = [];
    private readonly Dictionary<string, string> committed = [];
    private readonly HashSet<string> released = [];
    private readonly HashSet<string> planted = [];
    private readonly Dictionary<BackupKey, BackupSpec> resources = [];

    public World(int seed)
    {
        random = new(seed);
        Cluster = new(this, backoffLimit: seed % 4);
        Keys = [.. Enumerable.Range(1, 3).Select(number => new BackupKey(Samples.Member, "shop", $"backup{number}"))];
        Backups = Keys.ToDictionary(key => key, key => new SimulatedBackup(this, key));
    }

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public IReadOnlyList<BackupKey> Keys { get; }

    public Dictionary<BackupKey, SimulatedBackup> Backups { get; }

    public SimulatedCluster Cluster { get; }

    /// <summary>Whether faults happen; off, the world comes to rest.</summary>
    public bool Wild { get; set; } = true;

    public int Running => jobs.Values.Count(job => job.Order.Request.Operation == JobOperation.Backup && job.State == JobState.Active);

    public int JobsAlive => jobs.Values.Count(job => job.State is JobState.Pending or JobState.Active || job.Leaves);

    public bool IsCommitted(string uid) => committed.ContainsKey(uid);

    /// <summary>The key that the manifest in the store has; null when there is none.</summary>
    public string? KeyOf(string uid) => committed.GetValueOrDefault(uid);

    /// <summary>Whether the store had it from the beginning.</summary>
    public bool WasPlanted(string uid) => planted.Contains(uid);

    /// <summary>Whose a folder is.</summary>
    public string? OwnerOf(ClusterWaiter waiter) =>
        Backups.Where(backup => backup.Value.State is { Phase: BackupPhase.Succeeded, Removed: false } state && state.Uid != waiter.Uid && (state.Spec!.ImportFrom?.Uid ?? state.Uid) == waiter.ImportFrom!.Uid)
            .Select(backup => backup.Key.Name).FirstOrDefault();

    public bool Crashes() => Wild && random.Next(25) == 0;

    public BackupSpec? Resource(BackupKey key) => resources.GetValueOrDefault(key);

    public bool IsReleased(string uid) => released.Contains(uid);

    /// <summary>A call whose answer the caller waits for: it may not arrive, or its answer may not.</summary>
    public async Task Call(Func<Task> call)
    {
        if (Wild && random.Next(40) == 0)
            throw new TimeoutException("lost on the way there");
        await call();
        if (Wild && random.Next(40) == 0)
            throw new TimeoutException("lost on the way back");
    }

    /// <summary>A message nobody waits for.</summary>
    public void Send(Func<Task> message)
    {
        if (Wild && random.Next(10) == 0)
            return;
        network.Add(message);
        if (Wild && random.Next(10) == 0)
            network.Add(message);
    }

    public async Task StepAsync()
    {
        Now += TimeSpan.FromSeconds(random.Next(Wild ? 20 : 61));
        foreach (var late in jobs.Where(job => Now - job.Value.LeavesSince > LongestGrace).Select(job => job.Key).ToList())
            Vanish(late);
        switch (random.Next(10))
        {
            case 0 when Wild:
                await UserActs(Keys[random.Next(Keys.Count)]);
                break;
            case < 3:
                await Backups[Keys[random.Next(Keys.Count)]].Tick();
                break;
            case 3:
                await Guard(Cluster.Tick);
                break;
            case < 6:
                JobsMove();
                break;
            default:
                await Deliver();
                break;
        }

        Assert.True(Running <= 1, "two backups of one cluster run");
    }

    public void Ensure(JobOrder order)
    {
        var uid = order.Request.Backup.Uid;
        if (order.Request.Operation == JobOperation.Backup)
            Assert.Null(order.Request.Folder);
        if (order.Request.Operation == JobOperation.Sweep)
            Assert.True(order.Request.Folder is null, "the remains of a backup that was never ours are swept");
        if (order.Request.Operation == JobOperation.Backup)
            Assert.False(Backups[order.Backup].State.Phase is BackupPhase.Succeeded or BackupPhase.Failed or BackupPhase.Cancelled, "a Job for an ended backup");
        if (order.Request.Operation == JobOperation.Rewrap)
            Assert.DoesNotContain(jobs.Values, job => job.Order.Job != order.Job && job.Order.Request is { Operation: JobOperation.Rewrap, Backup.Uid: var other } && other == uid && job.State is JobState.Pending or JobState.Active && job.Report is null);
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

    public void Release(BackupKey key, string uid)
    {
        released.Add(uid);
        if (resources.TryGetValue(key, out var resource) && resource.Uid == uid && resource.Deleting && resources.Remove(key))
            Send(() => Backups[key].ForgetAsync(uid));
    }

    public JobSighting Look(BackupKey key, string uid, string name) =>
        (jobs.TryGetValue(name, out var job) ? job.Sighting : new() { Uid = "", Job = name, State = JobState.Missing })
        with { ResourceGone = Resource(key)?.Uid != uid };

    public ClusterSurvey Survey(string uid) => Wild && random.Next(6) == 0 ? new() { Uid = uid, Trouble = "The API server is away." } : Samples.GoodSurvey(uid);

    /// <summary>What a watch does after a break: it lists everything again.</summary>
    public async Task Relist()
    {
        foreach (var (key, backup) in Backups)
        {
            if (resources.TryGetValue(key, out var spec))
                await backup.ApplyAsync(spec);
            else if (backup.State.Uid.Length > 0)
                await backup.ForgetAsync(backup.State.Uid);
        }

        await Guard(Cluster.Tick);
    }

    private async Task UserActs(BackupKey key)
    {
        if (!resources.TryGetValue(key, out var spec))
        {
            spec = Samples.Spec($"{key.Name}-{random.Next():x}") with { Created = Now, DeletesData = random.Next(2) == 0, ImportFrom = random.Next(4) == 0 ? Plant() : null };
            resources[key] = spec;
        }
        else if (random.Next(4) == 0)
        {
            spec = spec with { Generation = spec.Generation + 1, Cancelled = true };
            resources[key] = spec;
        }
        else if (random.Next(4) == 0)
        {
            spec = spec with { Generation = spec.Generation + 1, Deleting = true };
            if (spec.DeletesData)
                resources[key] = spec;
            else if (resources.Remove(key))
                Send(() => Backups[key].ForgetAsync(spec.Uid));
        }

        else if (random.Next(3) == 0)
        {
            spec = spec with { Generation = spec.Generation + 1, EncryptionKey = random.Next(4) is > 0 and var number ? $"key-{number}" : null };
            resources[key] = spec;
        }
        else if (random.Next(4) == 0)
        {
            var limit = random.Next(3) is > 0 and var mebibytes ? mebibytes << 20 : (long?)null;
            await Guard(() => Cluster.Limit(limit));
        }

        if (resources.TryGetValue(key, out var shown))
            Send(() => Backups[key].ApplyAsync(shown));
    }

    // A folder that is in the store already, in most cases with a whole backup.
    private BackupFolder Plant()
    {
        var folder = new BackupFolder("old", $"old-{random.Next():x}");
        if (random.Next(4) > 0 && planted.Add(folder.Uid))
            committed[folder.Uid] = "key-1";
        return folder;
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

    private void Vanish(string name)
    {
        if (!jobs.Remove(name, out var job))
            return;
        var gone = new JobSighting { Uid = "", Job = name, State = JobState.Missing };
        Send(() => Backups[job.Order.Backup].ObserveJobAsync(gone));
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
        (job.Order.Request.Operation == JobOperation.Rewrap && fault is JobFault.Internal or JobFault.StorageUnavailable) || job.Stage == BackupStage.Checking && (fault == JobFault.Internal || (fault == JobFault.StorageUnavailable && Backups[job.Order.Backup].State.Phase == BackupPhase.Checking));

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
        Send(() => Backups[job.Order.Backup].ObserveJobAsync(sighting));
    }

    private async Task Deliver()
    {
        if (network.Count == 0)
            return;

        // Out of order, now and then; and now and then everything that was on its way is lost with a silo.
        var next = Wild ? random.Next(network.Count) : 0;
        var message = network[next];
        network.RemoveAt(next);
        if (Wild && random.Next(200) == 0)
            network.Clear();
        await Guard(message);
    }

    private static async Task Guard(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (TimeoutException)
        {
            // What a grain's caller sees of a lost message; the next tick says it again.
        }
    }
}

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
internal sealed partial class World
{
    private static readonly JobFault[] Faults =
        [JobFault.SourceUnavailable, JobFault.StreamBroken, JobFault.StorageUnavailable, JobFault.ToolFailed, JobFault.StorageDenied, JobFault.Internal];

    // A kubelet kills what it told to stop. What outlasts the whole patience of a backup, once told, is beyond what is promised: to wait longer
    // would be to wait for ever for a node that is gone.
    private static readonly TimeSpan LongestGrace = BackupPatience.Stop;

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

    public bool Crashes()
    {
        if (!Wild || random.Next(25) > 0)
            return false;
        if (random.Next(8) == 0)
        {
            // It stays away for a while: what runs goes on, and any patience may be over when it is back.
            Now += TimeSpan.FromMinutes(random.Next(1, 15));
            JobsMove();
            KillLate();
        }

        return true;
    }

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
        KillLate();
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
        CheckJobs();
    }

    public void Release(BackupKey key, string uid)
    {
        released.Add(uid);
        if (resources.TryGetValue(key, out var resource) && resource.Uid == uid && resource.Deleting && Erase(key))
            Send(() => Backups[key].ForgetAsync(uid));
    }

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
            else if (Erase(key))
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

    // With a resource go the Jobs that it owns, each in its time.
    private bool Erase(BackupKey key)
    {
        if (!resources.Remove(key, out var gone))
            return false;
        foreach (var owned in jobs.Values.Where(job => job.Order.OwnedByResource && job.Order.Request.Backup.Uid == gone.Uid))
            owned.LeavesSince ??= Now;
        return true;
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

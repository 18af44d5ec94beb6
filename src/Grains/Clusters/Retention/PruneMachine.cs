using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>
/// The Jobs that remove what has expired, as pure functions: one at a time in each storage, each with many backups. What is remembered is
/// asked for again by whoever comes after a crash, and a Job that is lost is followed by another: what went already is gone at once.
/// </summary>
internal static class PruneMachine
{
    /// <summary>How long a Job may take: a hundred backups of many terabytes are some hundred thousand objects each.</summary>
    public static readonly TimeSpan JobDeadline = TimeSpan.FromHours(6);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // A look that follows closely may come before the API server has made the Job's Pod, or the watch has brought its end.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan LockWithoutEnd = TimeSpan.FromHours(1);

    private static readonly JobFault[] MayPass = [JobFault.StorageUnavailable, JobFault.SecretMissing, JobFault.Internal, JobFault.Cancelled, JobFault.DeadlineExceeded];

    /// <summary>
    /// Whether a Job of the cluster can remove its data: the storage still is where it was. What was never stored needs no Job; what lies elsewhere
    /// is removed by the backup itself, which knows where.
    /// </summary>
    public static bool Reaches(ClusterSpec spec, CatalogueEntry entry) =>
        entry.Stored && spec.Storages.TryGetValue(entry.Storage, out var storage) && StoragePlaces.Of(storage.Request) == entry.Place;

    /// <summary>The Jobs that may begin do, and those that are long over their time are given up.</summary>
    public static RetentionState Begin(ClusterKey key, RetentionState state, ClusterSpec spec, DateTimeOffset now)
    {
        foreach (var late in state.Prunes.Where(prune => prune.Job is not null && now > prune.Asked + JobDeadline + Grace).ToList())
            state = Replace(state, Fail(late, Reasons.DeadlineExceeded, "Nothing was heard of the Job within its time.", now, mayPass: true));
        foreach (var idle in state.Prunes.Where(prune => prune is { Job: null, Reason: not null } && !state.Entries.Any(entry => IsOwed(entry, prune.Storage))).ToList())
            state = Replace(state, idle with { Failures = 0, RetryAt = null, Reason = null, Message = "" });
        if (RetentionTerms.Pause(spec) is not null)
            return state;
        var ready = state.Entries.Where(entry => entry is { Agreed: true, Removed: false } && !(entry.GoesAt > now) && Reaches(spec, entry)).ToList();
        foreach (var there in ready.GroupBy(entry => entry.Storage))
        {
            var prune = state.Prunes.FirstOrDefault(one => one.Storage == there.Key) ?? new() { Storage = there.Key };
            if (prune.Job is null && !(now < prune.RetryAt))
                state = Replace(state, Begin(key, state.Uid, prune, [.. there], now));
        }

        return state;
    }

    /// <summary>The Job that is wanted; null when its storage is gone.</summary>
    public static JobOrder? Order(ClusterKey key, RetentionState state, ClusterSpec spec, StoragePrune prune) => !spec.Storages.TryGetValue(prune.Storage, out var storage) ? null : new()
    {
        Subject = JobSubject.Of(key),
        Job = prune.Job!,
        Request = new()
        {
            Version = JobRequest.PruneVersion,
            Operation = JobOperation.Prune,
            Backup = new() { Namespace = key.Namespace, Cluster = key.Name, Name = key.Name, Uid = state.Uid },
            Attempt = prune.Number,
            Storage = storage.Request,
            Prune = new() { Backups = prune.Batch },
            Deadline = prune.Asked + JobDeadline,
        },
        Storage = storage,
        Jobs = new() { Image = spec.Image, ServiceAccountName = spec.ServiceAccountName },
        Environment = storage.ContainerOptions.Environment,
        ActiveDeadline = JobDeadline,
        OwnedByResource = true,
    };

    /// <summary>Whether a Job has had the time to come to something: before that, not to find it says nothing.</summary>
    public static bool MayBeOver(StoragePrune prune, DateTimeOffset now) => now - prune.Asked > Settling;

    /// <summary>A Job was seen.</summary>
    /// <param name="state">What is remembered.</param>
    /// <param name="sighting">What was seen.</param>
    /// <param name="now">The time.</param>
    /// <param name="looked">Whether it was asked for, and not brought by a watch: Job and Pod come by different ones, and a report that is not there yet may still come.</param>
    public static RetentionState Observe(RetentionState state, JobSighting sighting, DateTimeOffset now, bool looked)
    {
        if (state.Prunes.FirstOrDefault(prune => prune.Job is not null && prune.Job == sighting.Job) is not { } prune)
            return state;
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == prune.Number)
            return End(state, prune, report, now);
        var settled = MayBeOver(prune, now);
        return sighting.State switch
        {
            JobState.Pending when sighting.Trouble is { Length: > 0 } trouble => Hinder(state, prune, trouble),
            JobState.Active when prune.Reason == Reasons.PodNotStarting => Replace(state, prune with { Reason = null, Message = "" }),
            JobState.Missing when settled => Replace(state, Fail(prune, Reasons.JobLost, "The Job is gone without a report.", now, mayPass: true)),
            JobState.Complete or JobState.Failed when looked && settled => Replace(state, Fail(
                prune, sighting.DeadlineExceeded ? Reasons.DeadlineExceeded : Reasons.JobLost, sighting.Trouble ?? "The Job ended without a report.", now, mayPass: true)),
            _ => state,
        };
    }

    // What its owner deleted meanwhile is no trouble any more.
    private static bool IsOwed(CatalogueEntry entry, string storage) => entry is { Expired: true, Removed: false } && entry.Storage == storage;

    private static StoragePrune Begin(ClusterKey key, string uid, StoragePrune prune, IReadOnlyList<CatalogueEntry> ready, DateTimeOffset now)
    {
        var number = Math.Max(prune.Number + 1, (int)(now.ToUnixTimeSeconds() / 60));
        return prune with
        {
            Number = number,
            Job = JobNames.ForPrune(key.Name, uid, prune.Storage, number),
            Asked = now,
            RetryAt = null,

            // The oldest first: they have waited longest, and what is taken last is missed most should somebody change his mind.
            Batch = [.. ready.OrderBy(entry => entry.Filed).ThenBy(entry => entry.Uid, StringComparer.Ordinal).Take(PruneRequest.MaximumBackups).Select(entry => new PrunedBackup { Name = entry.Folder.Name, Uid = entry.Folder.Uid })],
        };
    }

    /// <summary>The Job could not be asked for, or its Pod cannot start. It is asked for again, and its owner may read why nothing happens.</summary>
    public static RetentionState Hinder(RetentionState state, StoragePrune prune, string message) =>
        prune.Reason == Reasons.PodNotStarting && prune.Message == message ? state : Replace(state, prune with { Reason = Reasons.PodNotStarting, Message = message });

    private static RetentionState End(RetentionState state, StoragePrune prune, JobReport report, DateTimeOffset now)
    {
        if (report.Prune is not { } summary)
        {
            var fault = report.Fault ?? JobFault.Internal;
            return Replace(state, Fail(prune, fault.ToString(), report.Message, now, MayPass.Contains(fault)));
        }

        // A batch names folders; one that was imported has another UID than its folder.
        var owners = state.Entries.Where(entry => entry.Storage == prune.Storage && entry.Agreed).ToLookup(entry => entry.Folder.Uid, entry => entry.Uid);
        var outcomes = summary.Failures.SelectMany(failure => failure.Backups.Select(place => (failure, place)))
            .Where(one => one.place >= 0 && one.place < prune.Batch.Count).ToDictionary(one => prune.Batch[one.place].Uid, one => one.failure);
        var failed = outcomes.SelectMany(one => owners[one.Key].Select(uid => (uid, one.Value))).ToDictionary(one => one.uid, one => one.Value);
        var gone = prune.Batch.Where(backup => !outcomes.ContainsKey(backup.Uid)).SelectMany(backup => owners[backup.Uid]).ToHashSet();
        var told = RetentionMachine.With(state, gone, entry => entry with { Removed = true }) with { Pruned = state.Pruned + gone.Count };

        // What a lock keeps waits for its end, and nothing else waits for it.
        told = RetentionMachine.With(
            told,
            failed.Where(one => one.Value.Fault == JobFault.ObjectLocked).Select(one => one.Key).ToHashSet(),
            entry => entry with { GoesAt = AfterLock(failed[entry.Uid].LockedUntil, now) });
        if (report.Fault is not { } trouble)
            return Replace(told, prune with { Job = null, Batch = [], Failures = 0, RetryAt = null, Reason = null, Message = report.Message });
        var ended = Fail(prune, trouble.ToString(), report.Message, now, MayPass.Contains(trouble));

        // Something went, or the rest is locked: the others need not wait.
        return Replace(told, failed.Values.All(failure => failure.Fault == JobFault.ObjectLocked) ? ended with { Failures = 0, RetryAt = null } : ended);
    }

    private static StoragePrune Fail(StoragePrune prune, string reason, string message, DateTimeOffset now, bool mayPass)
    {
        var failures = prune.Failures + 1;
        var pause = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 7));
        return prune with
        {
            Job = null,
            Batch = [],
            Failures = failures,
            Reason = reason,
            Message = message,
            RetryAt = now + (mayPass && pause < Day ? pause : Day),
        };
    }

    // At least once a day: who set it may lift it.
    private static DateTimeOffset AfterLock(DateTimeOffset? until, DateTimeOffset now) => until switch
    {
        null => now + LockWithoutEnd,
        { } end when end > now + Day => now + Day,
        { } end => (end > now ? end : now) + FirstRetry,
    };

    private static RetentionState Replace(RetentionState state, StoragePrune prune) => state with
    {
        Prunes = [.. state.Prunes.Where(one => one.Storage != prune.Storage).Append(prune).OrderBy(one => one.Storage, StringComparer.Ordinal)],
    };
}

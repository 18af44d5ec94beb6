using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>
/// The life of a backup as one pure function: from what is remembered and what was heard to what is to be remembered. What has to be done
/// follows from the state alone (<see cref="BackupAgenda"/>), so a tick can repeat it and a crash loses nothing but time.
/// </summary>
internal static partial class BackupMachine
{
    /// <summary>The state after <paramref name="seen"/>; the very same object when nothing changed.</summary>
    public static BackupState Next(BackupKey key, BackupState state, BackupEvent seen, DateTimeOffset now)
    {
        var next = Decide(key, state, seen, now);
        return next == state ? state : BackupStory.Tell(key, state, HeedKey(key, next, now), now);
    }

    private static BackupState Decide(BackupKey key, BackupState state, BackupEvent seen, DateTimeOffset now) => seen switch
    {
        BackupEvent.Applied applied => Apply(key, state, applied.Spec, now),
        BackupEvent.Refused refused => Refuse(key, state, refused.Faults, now),
        BackupEvent.ResourceGone gone => LoseResource(key, state, gone.Uid, now),
        BackupEvent.Parted => Part(key, state, now),
        _ when state.Uid.Length == 0 => state,
        BackupEvent.Admitted admitted => Admit(key, state, admitted.Admission, now),
        BackupEvent.Followed followed => FollowCluster(state, followed.Cluster),
        BackupEvent.Shared shared => Share(state, shared),
        BackupEvent.ToldToWait told => Wait(key, state, told.Refusal, now),
        BackupEvent.Surveyed surveyed => ChooseSource(key, state, surveyed.Survey, now),
        BackupEvent.JobSeen job => ObserveJob(key, state, job.Sighting, now),
        BackupEvent.JobRefused refused => HearRefusal(state, refused),
        BackupEvent.JobTold told => HearTold(state, told.Job, now),
        BackupEvent.Expired expired => Expire(state, expired.Expiry),
        BackupEvent.Pruned pruned => Prune(state, pruned.Uid),
        BackupEvent.DataSeen data => SeeData(state, data.Sighting),
        BackupEvent.Lent lent => Lend(state, lent.Reader),
        BackupEvent.Returned back => Return(key, state, back.Reader, now),
        BackupEvent.Proven proven => Prove(state, proven.Proof),
        BackupEvent.Compared compared => Compare(state, compared.Anomalies),
        BackupEvent.Released => state.Errand == BackupErrand.Releasing ? state with { Errand = BackupErrand.None } : state,
        BackupEvent.Ticked => Tick(key, state, now),
        _ => state,
    };

    /// <summary>What time alone brings about.</summary>
    private static BackupState Tick(BackupKey key, BackupState state, DateTimeOffset now)
    {
        if (state.Errand == BackupErrand.Asking && state.Waiting is { Patience: { } patience } waiting && now >= waiting.Since + patience)
            return Fail(key, state, waiting.Reason, state.Message, now);
        if (now >= state.Deadline)
            return RunOutOfTime(key, state, now);
        if (state.Errand is BackupErrand.Sweeping or BackupErrand.Removing or BackupErrand.Rewrapping or BackupErrand.Importing && state is { Job: null, Cluster: not null } && !(now < state.RetryAt))
            return BeginCleaning(key, state, now);
        return state;
    }

    private static BackupState RunOutOfTime(BackupKey key, BackupState state, DateTimeOffset now) => state.Errand switch
    {
        BackupErrand.Asking or BackupErrand.Choosing =>
            Fail(key, state, Reasons.DeadlineExceeded, $"It could not begin until {Clock(state.Deadline!.Value)}. {state.Message}", now),
        BackupErrand.Clearing => AfterClearing(TakeAway(state)),
        BackupErrand.Importing => Fail(key, TakeAway(state), Reasons.DeadlineExceeded, $"The check of what is to be imported took longer than {ActiveDeadline(state)}.", now),
        BackupErrand.Working => End(key, state, new(BackupPhase.Failed, Reasons.DeadlineExceeded, AttemptRanOutOfTime(state)), now),

        // The Job was told to go and its segments have a folder of their own, so what may still live cannot spoil what follows.
        BackupErrand.Stopping => AfterStopping(key, TakeAway(state), now),
        BackupErrand.Sweeping => AfterSweeping(TakeAway(state), $"Remains may lie under {state.Destination}: sweeping took too long.", now),
        _ => state,
    };

    private static string AttemptRanOutOfTime(BackupState state) =>
        state.Phase == BackupPhase.Starting && state.Reason == Reasons.PodNotStarting
            ? $"The attempt's time was over before its Pod started. {state.Message}"
            : $"The attempt's time of {ActiveDeadline(state)} was over.";

    /// <summary>How long one Job of the backup, or the check of what is imported, may take.</summary>
    public static TimeSpan ActiveDeadline(BackupState state) => state.Spec?.ActiveDeadline ?? state.Cluster?.ActiveDeadline ?? TimeSpan.FromHours(12);

    // What somebody found out about a good backup; the last word counts, and one of a namesake's does not.
    private static BackupState Prove(BackupState state, BackupProof proof) =>
        proof.Uid != state.Uid || state.Phase != BackupPhase.Succeeded || state.Gone || proof.Time <= state.Proof?.Time ? state : state with { Proof = proof };

    // Said once: those that come after it do not make it usual.
    private static BackupState Compare(BackupState state, BackupAnomalies anomalies) =>
        anomalies.Uid != state.Uid || state.Phase != BackupPhase.Succeeded || state.Gone || state.Unusual.Count > 0 ? state : state with { Unusual = [.. anomalies.Found.Take(BackupAnomalies.Most)] };

    /// <summary>How it ended, for the cluster.</summary>
    public static BackupEnd Describe(BackupKey key, BackupState state, DateTimeOffset now) => new()
    {
        Backup = key,
        Uid = state.Uid,
        Phase = state.Phase,
        Completed = state.Completed ?? now,
        SizeBytes = state.Summary?.SizeBytes,
        Removed = state.Removed,
        Reason = state.Reason,
        Message = state.Message,
        Began = state.Attempts.Count > 0,
        Facts = state.Spec is { } spec ? Facts(state, spec) : null,
        Gone = state.Gone,
    };

    private static BackupFacts Facts(BackupState state, BackupSpec spec) => new()
    {
        StorageName = spec.StorageName,
        Place = state.Cluster is { } cluster ? StoragePlaces.Of(cluster.Storage.Request) : "",
        Stored = state.MayHaveStored,
        Schedule = spec.Schedule,
        Due = spec.Due,
        Held = spec.Held,
        DeletesData = spec.DeletesData,
        KeepFor = spec.KeepFor,
        Expired = state.Expires,
        Missing = state.Missing,
        ImportedFrom = spec.ImportFrom,
        Imported = spec.ImportFrom is null ? null : spec.Created,
        Restoring = state.LentTo.Count > 0,
        StoredBytes = state.Summary?.StoredBytes,
        Duration = state.Attempts is [.., { Outcome: "Succeeded", Started: var started, Ended: { } ended }] ? ended - started : null,
    };

    private static BackupJob NewJob(BackupKey key, BackupState state, JobOperation operation, int number, DateTimeOffset now) =>
        new(JobNames.For(key.Name, state.Uid, operation, number), operation, number, now, Seen: false);

    private static string Clock(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture);
}

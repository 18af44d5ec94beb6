using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Backups;

namespace ControlPlane.Grains.Restores;

/// <summary>
/// The life of a restore as one pure function: from what is remembered and what was heard to what is to be remembered. What has to be done follows from
/// the state alone (<see cref="RestoreAgenda"/>). In every state it is known whether the workload was stopped, which volumes may be changed, and so what has
/// to be put back: <see cref="GoBack"/> is the one way back from anywhere.
/// </summary>
internal static partial class RestoreMachine
{
    /// <summary>The state after <paramref name="seen"/>; the very same object when nothing changed.</summary>
    public static RestoreState Next(RestoreKey key, RestoreState state, RestoreEvent seen, DateTimeOffset now)
    {
        var next = Decide(key, state, seen, now);
        return next == state ? state : RestoreStory.Tell(key, state, next, now);
    }

    private static RestoreState Decide(RestoreKey key, RestoreState state, RestoreEvent seen, DateTimeOffset now) => seen switch
    {
        RestoreEvent.Applied applied => Apply(key, state, applied.Spec, now),
        RestoreEvent.Refused refused => Refuse(state, refused.Faults, now),
        RestoreEvent.ResourceGone gone => LoseResource(key, state, gone.Uid, now),
        RestoreEvent.Parted => Part(key, state, now),
        _ when state.Uid.Length == 0 => state,
        RestoreEvent.Admitted admitted => Admit(key, state, admitted.Admission, now),
        RestoreEvent.ToldToWait told => Wait(key, state, told.Refusal, now),
        RestoreEvent.BackupSeen backup => FindBackup(key, state, backup.Backup, now),
        RestoreEvent.WorkloadSeen workload => ObserveWorkload(key, state, workload.Standing, now),
        RestoreEvent.JobSeen job => ObserveJob(key, state, job.Sighting, now),
        RestoreEvent.JobRefused refused => HearRefusal(state, refused),
        RestoreEvent.Ticked => Tick(key, state, now),
        _ => state,
    };

    /// <summary>What time alone brings about.</summary>
    private static RestoreState Tick(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        if (state is { Errand: RestoreErrand.Asking, Ending: null, Waiting: { Patience: { } patience } waiting } && now >= waiting.Since + patience)
            return GoBack(key, state, new(RestorePhase.Failed, waiting.Reason, state.Message), now);
        if (state.Errand == RestoreErrand.Holding && now >= state.DropAt)
            return BeginConfirming(key, state, now);
        if (now >= state.Deadline)
            return RunOutOfTime(key, state, now);
        return TickJobs(key, state, now);
    }

    private static RestoreState RunOutOfTime(RestoreKey key, RestoreState state, DateTimeOffset now) => state switch
    {
        { Errand: RestoreErrand.Asking, Ending: not null } => HoldOn(state, now),
        { Errand: RestoreErrand.Finding or RestoreErrand.Looking } => GoBack(key, state, new(RestorePhase.Failed, state.Reason, state.Message), now),
        { Errand: RestoreErrand.Clearing or RestoreErrand.Undoing } or { Errand: RestoreErrand.Stopping, Ending: not null } => EndUndone(key, state, $"It took longer than a day. {state.Message}", now),
        { Errand: RestoreErrand.Starting, Ending: null, AccountRefused: true } => AfterStarting(key, state, now),
        { Errand: RestoreErrand.Starting, Ending: not null } => Finish(key, state, state.Ending with { Message = $"{Sentence(state.Ending.Message)} Everything was put back, but the database does not answer yet." }, now),
        { Errand: RestoreErrand.Asking or RestoreErrand.Planning or RestoreErrand.Stopping or RestoreErrand.Restoring or RestoreErrand.Starting } =>
            GoBack(key, state, new(RestorePhase.Failed, Reasons.DeadlineExceeded, $"Its time was over. {state.Message}"), now),
        _ => state,
    };

    private static string Sentence(string text) => text.Length == 0 || text[^1] is '.' or '!' or '?' ? text : text + ".";

    private static string Clock(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static TimeSpan Pause(RestoreKey key, RestoreVolume volume) => BackupPatience.BeforeRetry($"{key}/{volume.Claim}", volume.Tries + 1);
}

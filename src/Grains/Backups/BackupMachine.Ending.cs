using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>Every way to come to an end, and the removal of what was stored.</summary>
internal static partial class BackupMachine
{
    private const string Finalizer = "backup.controlplane/delete-data";

    private static BackupState Succeed(BackupState state, string job, BackupSummary summary, string message, DateTimeOffset now)
    {
        var done = state.Job is { } other && other.Name != job ? TakeAway(state) : state;
        return done with
        {
            Phase = BackupPhase.Succeeded,
            Errand = BackupErrand.None,
            Reason = Reasons.Completed,
            Message = message,
            Summary = summary,
            Completed = now,
            Ending = null,
            Job = null,
            Deadline = null,
            PendingUntil = null,
            RetryAt = null,
            Waiting = null,
            NewsOwed = true,
        };
    }

    /// <summary>
    /// Not tried again. Whether something good was stored is known from the report; where that is open, the sweep looks for a
    /// manifest before the verdict is given.
    /// </summary>
    private static BackupState Fail(BackupKey key, BackupState state, string reason, string message, DateTimeOffset now)
    {
        var ending = new BackupEnding(BackupPhase.Failed, reason, message);
        if (!state.MayHaveStored)
            return Finish(state, ending, now);
        if (state.MayBeCommitted)
            return BeginSweep(key, state with { Ending = ending, Reason = reason, Message = message }, now);
        var failed = Finish(state, ending, now);
        return failed.Gone ? failed
            : Enum.TryParse(reason, out JobFault fault) && !RetryPlanner.CleaningMayPass(fault)
                ? failed with { Message = $"{Sentence(failed.Message)} Remains, if there are any, lie under {failed.Destination}." }
            : BeginSweep(key, failed, now);
    }

    private static BackupState End(BackupKey key, BackupState state, BackupEnding ending, DateTimeOffset now) => state.Errand switch
    {
        BackupErrand.Working or BackupErrand.Clearing => state with
        {
            Errand = BackupErrand.Stopping,
            Ending = ending,
            Reason = Reasons.Stopping,
            Message = $"The Job is being stopped. {ending.Message}",
            Deadline = UntilItIsGone(state, now),
            RetryAt = null,
        },
        BackupErrand.Stopping or BackupErrand.Sweeping => state with { Ending = ending },

        // Its Job only reads.
        BackupErrand.Importing => Finish(TakeAway(state), ending, now),
        _ when state.MayHaveStored => BeginSweep(key, state with { Ending = ending, Reason = Reasons.Stopping, Message = $"What was stored is being swept. {ending.Message}" }, now),
        _ => Finish(state, ending, now),
    };

    /// <summary>
    /// How long a Job that is to go is waited for. The patience counts from when it was told, not from when that was decided: between the two the
    /// plane may have been away for any time, and the Job at work. One that cannot be told is ended by the deadline that the API server holds.
    /// </summary>
    private static DateTimeOffset UntilItIsGone(BackupState state, DateTimeOffset now) =>
        (state.Job is { Told: null } job ? Later(now, job.Asked + BackupOrders.Deadline(state, job) + BackupPatience.Grace) : now) + BackupPatience.Stop;

    private static BackupState HearTold(BackupState state, string name, DateTimeOffset now) =>
        state is { Errand: BackupErrand.Clearing or BackupErrand.Stopping, Job: { Told: null } job } && job.Name == name
            ? state with { Job = job with { Told = now }, Deadline = now + BackupPatience.Stop }
            : state;

    private static BackupState AfterStopping(BackupKey key, BackupState state, DateTimeOffset now)
    {
        if (state.Phase.IsFinal())
            return AfterStoppingRewrap(key, state, now);
        var ending = state.Ending ?? new(BackupPhase.Cancelled, Reasons.Cancelled, "It was stopped.");
        var closed = CloseAttempt(state with { Job = null }, ending.Phase == BackupPhase.Failed ? "Failed" : "Cancelled", ending.Reason, ending.Message, now);
        return closed.RemovalWished ? BeginRemoving(key, closed, now) : BeginSweep(key, closed with { Ending = ending }, now);
    }

    private static BackupState BeginSweep(BackupKey key, BackupState state, DateTimeOffset now) =>
        state.Cluster is null ? AfterSweeping(state, "", now) : BeginCleaning(key, state with
        {
            Errand = BackupErrand.Sweeping,
            Deadline = now + BackupPatience.Sweep,
            Tries = 0,
        }, now);

    private static BackupState BeginCleaning(BackupKey key, BackupState state, DateTimeOffset now) => state with
    {
        Cleanings = state.Cleanings + 1,
        Job = NewJob(key, state, Operation(state.Errand), state.Cleanings + 1, now),
        RetryAt = null,
    };

    private static JobOperation Operation(BackupErrand errand) => errand switch
    {
        BackupErrand.Removing => JobOperation.Delete,
        BackupErrand.Rewrapping => JobOperation.Rewrap,
        BackupErrand.Importing => JobOperation.Import,
        _ => JobOperation.Sweep,
    };

    private static BackupState WhileCleaning(BackupKey key, BackupState state, BackupJob job, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == job.Number)
        {
            return report.Fault is { } fault ? CleaningFailed(key, state, fault, $"{fault}: {report.Message}", now, report.LockedUntil)
                : state.Errand == BackupErrand.Removing ? AfterRemoving(state)
                : report.Summary is { } summary && !state.Phase.IsFinal() && !state.Gone
                    ? Succeed(CloseAttempt(state, "Succeeded", Reasons.Completed, "", now), job.Name, summary, "Complete, read back and checked; it was found complete when its remains were to be swept.", now) with { JobsToRemove = [.. state.JobsToRemove, job.Name] }
                : AfterSweeping(TakeAway(state), report.Summary is null ? "" : $"A complete backup lies under {state.Destination} all the same.", now);
        }

        return sighting.State switch
        {
            JobState.Pending or JobState.Active or JobState.Stopping => ShowCleaning(Saw(state, job), sighting),
            JobState.Missing when !job.Seen => state,
            _ when StillInDoubt(state, job, now) is { } doubtful => doubtful,
            _ => CleaningFailed(key, state, null, sighting.DeadlineExceeded ? "The Job's time was over." : LostMessage(sighting), now),
        };
    }

    private static BackupState ShowCleaning(BackupState state, JobSighting sighting) =>
        state.Errand == BackupErrand.Removing && sighting is { State: JobState.Pending, Trouble: { Length: > 0 } trouble }
            ? state with { Reason = Reasons.RemovalFailed, Message = $"The Pod that is to remove the data cannot start: {Sentence(trouble)} {HowToLetGo(state)}" }
            : state;

    private static BackupState CleaningFailed(
        BackupKey key, BackupState state, JobFault? fault, string message, DateTimeOffset now, DateTimeOffset? lockedUntil = null)
    {
        var tries = state.Tries + 1;
        if (state.Errand == BackupErrand.Sweeping && (tries >= BackupPatience.SweepTries || !RetryPlanner.CleaningMayPass(fault)))
            return AfterSweeping(TakeAway(state), $"Remains may lie under {state.Destination}: {Sentence(message)}", now);
        var at = (state.Errand, fault) switch
        {
            (BackupErrand.Removing, JobFault.ObjectLocked) => BackupPatience.AfterLock(key, tries, lockedUntil, now),
            (BackupErrand.Removing, _) => now + BackupPatience.BeforeRemoval(key, tries),
            _ => now + BackupPatience.BeforeRetry(key, tries),
        };
        var again = TakeAway(state) with { Tries = tries, RetryAt = at };
        return state.Errand == BackupErrand.Sweeping ? again : again with
        {
            Reason = Reasons.RemovalFailed,
            Message = $"The data under {state.Destination} could not be removed: {Sentence(message)} It is tried again after {Clock(at)}. {HowToLetGo(state)}",
        };
    }

    private static BackupState AfterSweeping(BackupState state, string note, DateTimeOffset now)
    {
        var swept = state with { Job = null, RetryAt = null, Tries = 0, Deadline = null };
        if (swept.Ending is { } ending)
            return Finish(swept, ending with { Message = With(ending.Message, note) }, now);
        return swept.Gone ? Forget(swept) : swept with { Errand = BackupErrand.None, Message = With(swept.Message, note) };
    }

    private static string With(string message, string note) => note.Length == 0 ? message : $"{Sentence(message)} {note}";

    private static BackupState Finish(BackupState state, BackupEnding ending, DateTimeOffset now)
    {
        var closed = CloseAttempt(state, ending.Phase == BackupPhase.Cancelled ? "Cancelled" : "Failed", ending.Reason, ending.Message, now);
        if (closed.Gone)
            return Forget(closed);
        return closed with
        {
            Phase = ending.Phase,
            Errand = BackupErrand.None,
            Reason = ending.Reason,
            Message = ending.Message,
            Completed = now,
            Ending = null,
            Job = null,
            Deadline = null,
            PendingUntil = null,
            RetryAt = null,
            Waiting = null,
            NewsOwed = true,
        };
    }

    private static BackupState BeginRemoval(BackupKey key, BackupState state, DateTimeOffset now) => state.Errand switch
    {
        BackupErrand.Removing or BackupErrand.Releasing or BackupErrand.Forgetting or BackupErrand.Stopping => state,
        BackupErrand.Working or BackupErrand.Clearing => End(key, state, new(BackupPhase.Cancelled, Reasons.Cancelled, "Its resource was deleted."), now),
        BackupErrand.Rewrapping when state.Job is not null => StopRewrap(state, now),
        _ => BeginRemoving(key, TakeAway(state), now),
    };

    private static BackupState BeginRemoving(BackupKey key, BackupState state, DateTimeOffset now)
    {
        var ended = state.Phase.IsFinal() ? state : Finish(state, new(BackupPhase.Cancelled, Reasons.Cancelled, "Its resource was deleted."), now);
        var removing = ended with { Errand = BackupErrand.Removing, Ending = null, Tries = 0, RetryAt = null, Deadline = null, Job = null };
        if (state.Removed || !state.MayHaveStored)
            return removing with { Errand = BackupErrand.Releasing, Reason = Reasons.RemovingData, Message = state.Removed ? "The data was removed." : "Nothing was stored." };
        return state.Cluster is null
            ? removing with { Reason = Reasons.RemovalFailed, Message = $"The storage of this backup is not known any more, so its data cannot be removed from here. {HowToLetGo(state)}" }
            : state.LentTo.Count > 0 ? AwaitReturn(removing, now)
            : BeginCleaning(key, removing with { Reason = Reasons.RemovingData, Message = $"The data under {state.Destination} is being removed." }, now);
    }

    private static BackupState AfterRemoving(BackupState state) => TakeAway(state) with
    {
        Errand = BackupErrand.Releasing,
        Removed = true,
        Reason = Reasons.RemovingData,
        Message = "The data was removed.",
        NewsOwed = true,
    };

    /// <summary>The wish for removal was taken back: nothing more is removed.</summary>
    private static BackupState LetGo(BackupState state, string message) =>
        TakeAway(state) with { Errand = BackupErrand.None, RetryAt = null, Tries = 0, Message = message };

    /// <summary>The Job that mattered has done its work, or is in the way.</summary>
    private static BackupState TakeAway(BackupState state) =>
        state.Job is { } job ? state with { Job = null, JobsToRemove = [.. state.JobsToRemove, job.Name] } : state;

    private static string HowToLetGo(BackupState state) =>
        $"To let the resource go and leave the data at {state.Destination}, remove the finalizer {Finalizer}.";
}

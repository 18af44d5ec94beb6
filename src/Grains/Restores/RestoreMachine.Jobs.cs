using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Restores;

/// <summary>One Job for each volume at a time, whatever is being done; and what is made of a sighting of one.</summary>
internal static partial class RestoreMachine
{
    /// <summary>Begins an errand that Jobs do, one for each volume that it is about.</summary>
    private static RestoreState BeginJobs(RestoreKey key, RestoreState state, RestoreErrand errand, DateTimeOffset now)
    {
        var next = state with { Errand = errand };
        foreach (var volume in state.Volumes)
        {
            var concerned = OperationOf(errand, volume) is not null;
            var fresh = volume with { Done = !concerned, Job = null, Tries = 0, ToolFailures = 0, RetryAt = null, Touched = volume.Touched || errand == RestoreErrand.Restoring };
            next = concerned && fresh.Leaving is null ? Ask(key, Put(next, fresh), fresh, now) : Put(next, fresh);
        }

        return next.Volumes.All(volume => volume.Done) ? AfterJobs(key, next, now) : next;
    }

    /// <summary>What a Job of the errand does with the volume; null when the errand is not about it.</summary>
    public static JobOperation? OperationOf(RestoreErrand errand, RestoreVolume volume) => errand switch
    {
        RestoreErrand.Planning => volume.Operation == JobOperation.RestoreVolume ? JobOperation.PlanRestore : null,
        RestoreErrand.Restoring => volume.Operation,
        RestoreErrand.Undoing => volume.Touched ? JobOperation.UndoRestore : null,
        RestoreErrand.Confirming => volume.Touched ? JobOperation.ConfirmRestore : null,
        _ => null,
    };

    private static RestoreState AfterJobs(RestoreKey key, RestoreState state, DateTimeOffset now) => state.Errand switch
    {
        RestoreErrand.Planning => AfterPlanning(key, state, now),
        RestoreErrand.Restoring => BeginStarting(key, state, now),
        RestoreErrand.Undoing => AfterUndoing(key, state, now),
        RestoreErrand.Confirming => AfterConfirming(state with { Volumes = [.. state.Volumes.Select(volume => volume with { Touched = false, PreviousKept = false })] }),
        _ => state,
    };

    private static RestoreState TickJobs(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        var next = state;
        foreach (var volume in state.Volumes)
        {
            if (volume is { Done: false, Job: null, Leaving: null } && OperationOf(state.Errand, volume) is not null && !(now < volume.RetryAt))
                next = Ask(key, next, volume, now);
            else if (volume.Job is { } job && now > job.Asked + LimitOf(state, job.Operation) + BackupPatience.Grace)
                next = Fail(key, next, volume, null, Reasons.DeadlineExceeded, "Nothing was heard of the Job within its time.", now);
            if (next.Errand != state.Errand)
                return next;
        }

        return next;
    }

    /// <summary>How long one Job may take.</summary>
    public static TimeSpan LimitOf(RestoreState state, JobOperation operation) =>
        operation == JobOperation.RestoreVolume ? state.Cluster!.ActiveDeadline : RestorePatience.ShortJob;

    private static RestoreState Ask(RestoreKey key, RestoreState state, RestoreVolume volume, DateTimeOffset now)
    {
        var (number, operation) = (state.Numbers + 1, OperationOf(state.Errand, volume)!.Value);
        var job = new BackupJob(JobNames.ForRestore(key.Name, state.Uid, volume.Claim, operation, number), operation, number, now, Seen: false);
        return Put(state with { Numbers = number }, volume with { Job = job, RetryAt = null });
    }

    private static RestoreState Put(RestoreState state, RestoreVolume volume) =>
        state.Volumes.Contains(volume) ? state : state with { Volumes = [.. state.Volumes.Select(one => one.Claim == volume.Claim ? volume : one)] };

    private static RestoreState ObserveJob(RestoreKey key, RestoreState state, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Uid.Length > 0 && sighting.Uid != state.Uid)
            return state;
        var next = state;
        if (state.Volumes.FirstOrDefault(volume => volume.Leaving == sighting.Job) is { } left)
            next = ObserveLeaving(key, state, left, sighting, now);
        else if (state.Volumes.FirstOrDefault(volume => volume.Job?.Name == sighting.Job) is { } volume)
            next = ObserveWorking(key, state, volume, volume.Job!, sighting, now);
        return sighting.ResourceGone ? LoseResource(key, next, state.Uid, now) : next;
    }

    // Whoever has reported or ended writes no more, even while a kubelet keeps its Pod.
    private static RestoreState ObserveLeaving(RestoreKey key, RestoreState state, RestoreVolume volume, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting is { Report: null, HasEnded: false } && sighting.State != JobState.Missing)
            return state;
        var told = sighting.Report?.Volume is { } left ? Heard(volume, left) : volume;

        // It was given up, and came to its end all the same: that counts.
        if (state.Errand != RestoreErrand.Clearing && sighting.Report is { Fault: null } report && report.Uid == state.Uid)
            return Conclude(key, Put(state, told with { Leaving = null }), told with { Leaving = null }, report, now);
        var next = Put(state with { JobsToRemove = [.. state.JobsToRemove, volume.Leaving!] }, told with { Leaving = null });
        return next.Errand == RestoreErrand.Clearing ? AfterClearing(key, next, now) : next;
    }

    private static RestoreState ObserveWorking(RestoreKey key, RestoreState state, RestoreVolume volume, BackupJob job, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == job.Number)
            return Conclude(key, state, volume, report, now);
        var seen = Put(state, volume with { Job = job with { Seen = true, DoubtSince = null } });
        return sighting.State switch
        {
            JobState.Pending => sighting.Trouble is { Length: > 0 } trouble ? Tell(seen, Reasons.PodNotStarting, trouble) : seen,
            JobState.Active => Tell(seen, WorkingReason(state), WorkingMessage(state)),
            JobState.Stopping => seen,

            // One that was never seen may simply not be there yet; the agenda asks for it again.
            JobState.Missing when !job.Seen => state,

            // Job and Pod are watched apart, so the end of the one may be seen before the report of the other.
            _ when job.DoubtSince is null => Put(state, volume with { Job = job with { Seen = true, DoubtSince = now } }),
            _ when now < job.DoubtSince + BackupPatience.Doubt => state,
            _ when sighting.DeadlineExceeded => Fail(key, state, volume, null, Reasons.DeadlineExceeded, "The Job's time was over.", now),
            _ => Fail(key, state, volume, null, Reasons.JobLost, sighting.Trouble is { Length: > 0 } trouble ? $"The Job ended without a report: {trouble}" : "The Job is gone, and left no report.", now),
        };
    }

    private static RestoreState Tell(RestoreState state, string reason, string message) =>
        state.Errand == RestoreErrand.Confirming || (state.Reason == reason && state.Message == message) ? state : state with { Reason = reason, Message = message };

    private static string WorkingReason(RestoreState state) => state.Errand switch
    {
        RestoreErrand.Planning => Reasons.Planning,
        RestoreErrand.Restoring => Reasons.VolumesRestoring,
        _ => Reasons.PuttingBack,
    };

    private static string WorkingMessage(RestoreState state) => state.Errand switch
    {
        RestoreErrand.Planning => "Jobs look at the backup and at the volumes.",
        RestoreErrand.Restoring => FormattableString.Invariant($"Jobs restore the data on {state.Volumes.Count} volumes."),
        RestoreErrand.Undoing => $"{Sentence(state.Ending!.Message)} Jobs put back what was there.",
        _ => state.Message,
    };

    private static RestoreVolume Heard(RestoreVolume volume, VolumeSummary left) => volume with { Holds = left.Holds, PreviousKept = left.PreviousKept };

    private static RestoreVolume Timed(RestoreState state, RestoreVolume volume, VolumeSummary? left) => state.Errand != RestoreErrand.Restoring || left is null ? volume
        : volume with { BytesDownloaded = left.BytesDownloaded, DataSeconds = left.DownloadSeconds + left.PrepareSeconds };

    private static RestoreState Conclude(RestoreKey key, RestoreState state, RestoreVolume volume, JobReport report, DateTimeOffset now)
    {
        var heard = report.Volume is { } left ? Heard(volume, left) : volume;
        if (report.Fault is { } fault && !(fault == JobFault.PreviousMissing && state.Errand == RestoreErrand.Undoing))
            return Fail(key, Put(state, heard), heard, fault, fault.ToString(), report.Message, now);
        if (state.Errand == RestoreErrand.Planning && report.Plan is null)
            return Fail(key, state, heard, JobFault.Internal, nameof(JobFault.Internal), "The runner reported no plan.", now);
        if (state.Errand == RestoreErrand.Planning && LooksAgainFor(state, volume, report.Plan!) is { } passing)
            return Fail(key, state, heard, passing.Fault, passing.Fault.ToString(), passing.Message, now);
        var done = Put(state, Timed(state, heard, report.Volume) with { Job = null, Done = true, Found = report.Plan ?? heard.Found, Stuck = report.Fault is null ? "" : report.Message });
        return done.Volumes.All(one => one.Done) ? AfterJobs(key, done, now) : done;
    }

    /// <summary>A blocker that may pass by itself within a moment: the plan is made again, unless its owner only wants to know how things are now.</summary>
    private static PlanBlocker? LooksAgainFor(RestoreState state, RestoreVolume volume, RestorePlan plan) =>
        state.Spec!.DryRun || volume.Tries >= Math.Min(RestorePatience.PlansAgain, state.Cluster!.BackoffLimit) ? null
        : plan.Blockers.FirstOrDefault(blocker => blocker.Fault == JobFault.StorageUnavailable);

    /// <summary>The Job of one volume failed: it is tried again where that may help, and for ever where there is nothing else to do.</summary>
    private static RestoreState Fail(RestoreKey key, RestoreState state, RestoreVolume volume, JobFault? fault, string reason, string message, DateTimeOffset now)
    {
        var failures = volume.ToolFailures + (fault == JobFault.ToolFailed ? 1 : 0);
        var insists = state.Errand is RestoreErrand.Undoing or RestoreErrand.Confirming;
        if (!insists && (volume.Tries >= state.Cluster!.BackoffLimit || !RetryPlanner.MayPass(fault, failures)))
            return GoBack(key, state, new(RestorePhase.Failed, reason, $"{volume.Claim}: {message}"), now);
        var at = now + Pause(key, volume);
        var again = Put(state, volume with { Job = null, Leaving = volume.Job?.Name, Tries = volume.Tries + 1, ToolFailures = failures, RetryAt = at });
        return again with
        {
            Reason = state.Errand == RestoreErrand.Confirming ? state.Reason : Reasons.Retrying,
            Message = state.Errand == RestoreErrand.Confirming
                ? $"The volumes hold the data of {From(state.Spec!)}. What was there before could not be removed from {volume.Claim} ({reason}): {Sentence(message)} It is tried again."
                : $"{volume.Claim} ({reason}): {Sentence(message)} It is tried again after {Clock(at)}.",
            Deadline = state.Errand == RestoreErrand.Restoring ? at + state.Cluster!.ActiveDeadline + BackupPatience.Grace : state.Deadline,
        };
    }

    private static RestoreState HearRefusal(RestoreState state, RestoreEvent.JobRefused refused) =>
        state.Volumes.Any(volume => volume.Job is { Seen: false } job && job.Name == refused.Job)
            ? Tell(state, Reasons.PodNotStarting, $"The Job could not be asked for: {refused.Message}")
            : state;
}

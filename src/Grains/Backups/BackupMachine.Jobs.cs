using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>What is made of a sighting of a Job.</summary>
internal static partial class BackupMachine
{
    private static BackupState ObserveJob(BackupKey key, BackupState state, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Uid.Length > 0 && sighting.Uid != state.Uid)
            return state;
        if (Commits(state, sighting) is { } summary)
        {
            // A late word may have begun a second life of a resource that is gone, and what the first one stored may be removed: the sweep looks.
            if (sighting.ResourceGone)
                return HearJob(key, LoseResource(key, state, state.Uid, now), sighting, now);
            return Succeed(CloseAttempt(state, sighting, now), sighting.Job, summary, "Complete, read back and checked.", now);
        }

        var next = HearJob(key, state, sighting, now);
        return sighting.ResourceGone && state.Job?.Name == sighting.Job ? LoseResource(key, next, state.Uid, now) : next;
    }

    private static BackupState HearJob(BackupKey key, BackupState state, JobSighting sighting, DateTimeOffset now)
    {
        if (state.Job is not { } job || job.Name != sighting.Job)
            return state;
        return state.Errand switch
        {
            BackupErrand.Working => WhileWorking(key, state, job, sighting, now),
            BackupErrand.Clearing => WithoutWriter(state, job, sighting) is { } quiet ? AfterClearing(quiet) : state,
            BackupErrand.Stopping => WithoutWriter(state, job, sighting) is { } quiet ? AfterStopping(key, quiet, now) : state,
            BackupErrand.Sweeping or BackupErrand.Removing => WhileCleaning(key, state, job, sighting, now),
            BackupErrand.Rewrapping => WhileRewrapping(key, state, job, sighting, now),
            BackupErrand.Importing => WhileImporting(key, state, job, sighting, now),
            _ => state,
        };
    }

    /// <summary>
    /// The state once a Job that is to go can write no more, else null: it is gone, or its runner has ended, with its report or without. A kubelet
    /// may keep the Pod of an ended runner for half a minute and longer.
    /// </summary>
    private static BackupState? WithoutWriter(BackupState state, BackupJob job, JobSighting sighting) =>
        sighting.State == JobState.Missing ? state with { Job = null }
        : sighting.HasEnded || (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == job.Number) ? TakeAway(state)
        : null;

    /// <summary>
    /// What an attempt's report says was committed. It counts whenever it comes before a final phase, also from an attempt that was given
    /// up: a good backup is never taken again. It does not count where the data is to go.
    /// </summary>
    private static BackupSummary? Commits(BackupState state, JobSighting sighting) =>
        !state.Phase.IsFinal() && !state.RemovalWished && !state.Gone
        && sighting.Report is { Fault: null, Summary: { } summary } report && report.Uid == state.Uid
        && state.Attempts.Any(attempt => attempt.Job == sighting.Job && attempt.Number == report.Attempt)
            ? summary
            : null;

    private static BackupState WhileWorking(BackupKey key, BackupState state, BackupJob job, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == job.Number)
        {
            var (fault, message) = report.Fault is { } reported ? (reported, report.Message) : (JobFault.Internal, "The runner reported success without saying what it stored.");
            return AttemptFailed(key, state, fault, fault.ToString(), message, now);
        }

        return sighting.State switch
        {
            JobState.Pending => ShowPending(Saw(state, job), sighting),
            JobState.Active => ShowActive(Saw(state, job), sighting),
            JobState.Stopping => Saw(state, job),

            // One that was never seen may simply not be there yet; the agenda asks for it again.
            JobState.Missing when !job.Seen => state,
            _ when StillInDoubt(state, job, now) is { } doubtful => doubtful,
            JobState.Failed when sighting.DeadlineExceeded =>
                End(key, state, new(BackupPhase.Failed, Reasons.DeadlineExceeded, AttemptRanOutOfTime(state)), now),
            _ => AttemptFailed(key, state, null, Reasons.JobLost, LostMessage(sighting), now),
        };
    }

    private static BackupState Saw(BackupState state, BackupJob job) => state with { Job = job with { Seen = true, DoubtSince = null } };

    /// <summary>
    /// Job and Pod are watched apart, so the end of the one may be seen before the report of the other. Nothing is concluded before a
    /// short while is over and the Job was looked at again.
    /// </summary>
    private static BackupState? StillInDoubt(BackupState state, BackupJob job, DateTimeOffset now) =>
        job.DoubtSince is not { } since ? state with { Job = job with { Seen = true, DoubtSince = now } }
        : now < since + BackupPatience.Doubt ? state
        : null;

    private static string LostMessage(JobSighting sighting) => (sighting.State, sighting.Trouble) switch
    {
        (JobState.Missing, _) => "The Job is gone, and left no report.",
        (_, { Length: > 0 } trouble) => $"The Job ended without a report: {trouble}",
        _ => "The Job ended without a report.",
    };

    private static BackupState ShowPending(BackupState state, JobSighting sighting) =>
        state.Phase != BackupPhase.Starting ? state
        : sighting.Trouble is { Length: > 0 } trouble ? state with { Reason = Reasons.PodNotStarting, Message = trouble }
        : state with { Reason = Reasons.JobCreated, Message = StartingMessage(state.Attempts.Count, state.Attempts[^1].Source) };

    private static BackupState ShowActive(BackupState state, JobSighting sighting)
    {
        // Sightings may come in any order: who checks does not upload again.
        var checking = state.Phase == BackupPhase.Checking || sighting.Stage == BackupStage.Checking;
        var attempt = state.Attempts[^1];
        return checking
            ? state with { Phase = BackupPhase.Checking, Reason = Reasons.CheckingStore, Message = "What was stored is read back." }
            : state with
            {
                Phase = BackupPhase.Running,
                Reason = Reasons.JobRunning,
                Message = string.Create(CultureInfo.InvariantCulture, $"Attempt {attempt.Number} reads from {attempt.Source}."),
            };
    }

    private static BackupState HearRefusal(BackupState state, BackupEvent.JobRefused refused)
    {
        if (state.Job is not { Seen: false } job || job.Name != refused.Job)
            return state;
        var message = $"The Job could not be asked for: {refused.Message}";
        return state.Errand switch
        {
            BackupErrand.Working or BackupErrand.Importing => state with { Reason = Reasons.PodNotStarting, Message = message },
            BackupErrand.Removing => state with { Reason = Reasons.RemovalFailed, Message = $"{message} {HowToLetGo(state)}" },
            BackupErrand.Rewrapping => state with { Rewrap = state.Rewrap! with { Reason = Reasons.RewrapFailed, Message = message } },
            _ => state,
        };
    }

    private static BackupState AttemptFailed(BackupKey key, BackupState state, JobFault? fault, string reason, string message, DateTimeOffset now)
    {
        var closed = CloseAttempt(state, fault == JobFault.Cancelled ? "Cancelled" : "Failed", reason, message, now) with
        {
            MayBeCommitted = state.MayBeCommitted || RetryPlanner.LeavesCommitOpen(fault, state.Phase == BackupPhase.Checking),
        };
        var attempt = closed.Attempts[^1];
        if (!RetryPlanner.TriesAgain(closed.Attempts, fault, closed.Cluster!.BackoffLimit))
            return Fail(key, closed, reason, closed.Attempts.Count == 1 ? message : string.Create(CultureInfo.InvariantCulture, $"Attempt {attempt.Number}, the last one, failed: {message}"), now);
        var at = now + BackupPatience.BeforeRetry(key, attempt.Number);
        return closed with
        {
            Phase = BackupPhase.Pending,
            Errand = BackupErrand.Clearing,
            Reason = Reasons.Retrying,
            Message = string.Create(CultureInfo.InvariantCulture, $"Attempt {attempt.Number} from {attempt.Source} failed ({reason}): {Sentence(message)} The next one begins after {Clock(at)}."),
            RetryAt = at,
            Deadline = UntilItIsGone(closed, now),
            PendingUntil = at + (closed.Cluster.StartingDeadline ?? BackupPatience.Start),
            Tries = 0,
        };
    }

    private static BackupState AfterClearing(BackupState state) => state with
    {
        // After an adoption the cluster's part is not known: it is asked for again with the slot.
        Errand = state.Cluster?.Workload is null ? BackupErrand.Asking : BackupErrand.Choosing,
        Job = null,
        Source = null,
        Deadline = state.PendingUntil,
    };

    private static BackupState CloseAttempt(BackupState state, JobSighting sighting, DateTimeOffset now) => state with
    {
        Attempts = [.. state.Attempts.Select(attempt => attempt.Job == sighting.Job ? attempt with { Ended = now, Outcome = "Succeeded", Reason = null, Message = null } : attempt)],
    };

    private static BackupState CloseAttempt(BackupState state, string outcome, string reason, string message, DateTimeOffset now) =>
        state.Attempts.Count > 0 && state.Attempts[^1] is { Ended: null } open
            ? state with { Attempts = [.. state.Attempts.SkipLast(1), open with { Ended = now, Outcome = outcome, Reason = reason, Message = message }] }
            : state;

    private static string Sentence(string text) => text.Length == 0 || text[^1] is '.' or '!' or '?' ? text : text + ".";
}

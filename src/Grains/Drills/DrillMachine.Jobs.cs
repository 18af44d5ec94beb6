using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Drills;

/// <summary>The Job of a round, and what is made of a sighting of it.</summary>
internal static partial class DrillMachine
{
    // With the same store and the same keys, a restore would have failed by these as well. Any other fault says nothing of the backup.
    private static readonly JobFault[] Disproving =
    [
        JobFault.DrillFailed, JobFault.ManifestMismatch, JobFault.WrongKey, JobFault.ToolFailed, JobFault.SecretMissing, JobFault.StorageMissing, JobFault.StorageDenied, JobFault.VersionMismatch,
    ];

    /// <summary>How long one attempt may take.</summary>
    public static TimeSpan LimitOf(OpenRound round) => round.Spec.ActiveDeadline ?? round.Cluster!.ActiveDeadline;

    private static DrillState BeginJob(DrillKey key, DrillState state, DateTimeOffset now)
    {
        var number = Math.Max(state.Numbers + 1, (int)(now.ToUnixTimeSeconds() / 60));
        var round = state.Round!;
        return state with
        {
            Phase = DrillPhase.Running,
            Errand = DrillErrand.Working,
            Reason = Reasons.JobCreated,
            Message = $"A Job to restore backup '{round.Backup}' and to look at it was asked for.",
            Deadline = null,
            Numbers = number,
            Round = round with { Job = new(JobNames.ForDrill(key.Name, state.Uid, number), JobOperation.Drill, number, now, Seen: false), RetryAt = null },
        };
    }

    private static DrillState TickJob(DrillKey key, DrillState state, DateTimeOffset now) => state.Round switch
    {
        { Job: null, Leaving: null } round when !(now < round.RetryAt) => BeginJob(key, state, now),

        // A node that is lost keeps its Pods, and so the Job; that one has a volume of its own, and harms nobody.
        { Job: null, Leaving: { } leaving } round when now > round.RetryAt + DrillPatience.Stop =>
            BeginJob(key, state with { JobsToRemove = [.. state.JobsToRemove, leaving], Round = round with { Leaving = null } }, now),
        { Job: { } job } round when now > job.Asked + LimitOf(round) + BackupPatience.Grace => Fail(key, state, Reasons.DeadlineExceeded, "Nothing was heard of the Job within its time.", now),
        { Job: { Seen: false } job } when now > job.Asked + DrillPatience.Job => Fail(key, state, Reasons.PodNotStarting, state.Message, now),
        _ => state,
    };

    private static DrillState ObserveJob(DrillKey key, DrillState state, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Uid.Length > 0 && sighting.Uid != state.Uid)
            return state;
        var next = state.Round switch
        {
            { Leaving: { } leaving } when leaving == sighting.Job => ObserveLeaving(state, sighting),
            { Job: { } job } when job.Name == sighting.Job => ObserveWorking(key, state, job, sighting, now),

            // One of an earlier life, before this state was lost: nobody waits for it.
            _ when sighting.State is JobState.Pending or JobState.Active && !state.JobsToRemove.Contains(sighting.Job) => state with { JobsToRemove = [.. state.JobsToRemove, sighting.Job] },
            _ => state,
        };
        return sighting.ResourceGone ? LoseResource(next, state.Uid, now) : next;
    }

    private static DrillState ObserveLeaving(DrillState state, JobSighting sighting)
    {
        if (sighting.State != JobState.Missing)
            return state;
        var left = state with { Round = state.Round! with { Leaving = null } };
        return left.Errand == DrillErrand.Clearing ? Forget(left) : left;
    }

    private static DrillState ObserveWorking(DrillKey key, DrillState state, BackupJob job, JobSighting sighting, DateTimeOffset now)
    {
        if (state.Errand != DrillErrand.Working)
            return state;
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == job.Number)
            return Conclude(key, state, report, now);
        var seen = With(state, job with { Seen = true, DoubtSince = null });
        return sighting.State switch
        {
            JobState.Pending => sighting.Trouble is { Length: > 0 } trouble ? Tell(seen, Reasons.PodNotStarting, trouble) : seen,

            // The runner works, and the server's container may have something in its way.
            JobState.Active => sighting.Trouble is { Length: > 0 } trouble ? Tell(seen, Reasons.PodNotStarting, trouble)
                : Tell(seen, Reasons.JobRunning, $"Backup '{state.Round!.Backup}' is being restored and looked at."),
            JobState.Stopping => seen,

            // One that was never seen may simply not be there yet; the agenda asks for it again.
            JobState.Missing when !job.Seen => state,

            // Job and Pod are watched apart, so the end of the one may be seen before the report of the other.
            _ when job.DoubtSince is null => With(state, job with { Seen = true, DoubtSince = now }),
            _ when now < job.DoubtSince + BackupPatience.Doubt => state,
            _ when sighting.DeadlineExceeded => Fail(key, state, Reasons.DeadlineExceeded, string.Create(CultureInfo.InvariantCulture, $"The Job's time of {LimitOf(state.Round!)} was over."), now),
            _ => TryAgain(key, state, null, Reasons.JobLost, sighting.Trouble is { Length: > 0 } trouble ? $"The Job ended without a report: {trouble}" : "The Job is gone, and left no report.", null, now),
        };
    }

    private static DrillState With(DrillState state, BackupJob job) => state.Round!.Job == job ? state : state with { Round = state.Round with { Job = job } };

    private static DrillState Tell(DrillState state, string reason, string message) =>
        state.Reason == reason && state.Message == message ? state : state with { Reason = reason, Message = message };

    private static DrillState HearRefusal(DrillState state, DrillEvent.JobRefused refused) =>
        state.Round?.Job is { Seen: false } job && job.Name == refused.Job ? Tell(state, Reasons.PodNotStarting, $"The Job could not be asked for: {refused.Message}") : state;

    private static DrillState Conclude(DrillKey key, DrillState state, JobReport report, DateTimeOffset now)
    {
        if (report.Fault is { } fault)
            return TryAgain(key, state, fault, fault.ToString(), report.Message, report.Drill, now);
        return report.Drill is { } found
            ? Finish(key, state, passed: true, Reasons.Proven, Praise(state.Round!, found), found, proves: true, now)
            : TryAgain(key, state, JobFault.Internal, nameof(JobFault.Internal), "The runner reported nothing of the drill.", null, now);
    }

    /// <summary>An attempt failed: another one follows where that may help.</summary>
    private static DrillState TryAgain(DrillKey key, DrillState state, JobFault? fault, string reason, string message, DrillSummary? found, DateTimeOffset now)
    {
        var round = state.Round!;
        var failures = round.ToolFailures + (fault == JobFault.ToolFailed ? 1 : 0);
        if (round.Tries >= round.Cluster!.BackoffLimit || !RetryPlanner.MayPass(fault, failures))
            return Finish(key, state, passed: false, reason, Blame(found, message), found, fault is { } blamed && Disproving.Contains(blamed), now);
        var at = now + BackupPatience.BeforeRetry(key.ToString(), round.Tries + 1);
        return state with
        {
            Reason = Reasons.Retrying,
            Message = $"{reason}: {Sentence(message)} It is tried again after {Clock(at)}.",
            Round = round with { Job = null, Leaving = round.Job?.Name, Tries = round.Tries + 1, ToolFailures = failures, RetryAt = at },
        };
    }

    /// <summary>The round ends without anything that a Job found.</summary>
    private static DrillState Fail(DrillKey key, DrillState state, string reason, string message, DateTimeOffset now) =>
        Finish(key, state, passed: false, reason, message, null, proves: false, now);

    private static DrillState Finish(DrillKey key, DrillState state, bool passed, string reason, string message, DrillSummary? found, bool proves, DateTimeOffset now)
    {
        var round = state.Round!;
        var told = passed || round.Backup is null || message.Contains($"'{round.Backup}'", StringComparison.Ordinal) ? message : $"Backup '{round.Backup}': {message}";
        var ended = new DrillRound
        {
            Number = round.Number,
            Started = round.Started,
            Completed = now,
            Passed = passed,
            Reason = reason,
            Message = told,
            Backup = round.Backup,
            BackupUid = round.BackupUid.Length > 0 ? round.BackupUid : null,
            Summary = found,
            Due = round.Due,
        };
        var next = DrillSchedule.Close(state, round.Due, passed) with
        {
            Phase = passed ? DrillPhase.Succeeded : DrillPhase.Failed,
            Errand = DrillErrand.None,
            Reason = reason,
            Message = told,
            Deadline = null,
            Waiting = null,
            Round = null,
            History = [.. state.History.Prepend(ended).Take(state.Spec!.HistoryLimit)],
            LastPassed = passed ? now : state.LastPassed,
            NewsOwed = true,
            ReturnsOwed = round.Backup is null ? state.ReturnsOwed : [.. state.ReturnsOwed, Lent(state, round)],
            ProofsOwed = proves ? [.. state.ProofsOwed, new(round.Backup!, Proof(key, ended))] : state.ProofsOwed,
            JobsToRemove = [.. state.JobsToRemove, .. new[] { round.Job?.Name, round.Leaving }.OfType<string>()],
        };
        return BeginNext(next, now);
    }

    /// <summary>What a backup is told of a round.</summary>
    public static BackupProof Proof(DrillKey key, DrillRound ended) => new()
    {
        Uid = ended.BackupUid ?? "",
        Drill = key.Name,
        Time = ended.Completed,
        Passed = ended.Passed,
        Reason = ended.Reason,
        Message = ended.Message,
        RecoverySeconds = ended.RecoverySeconds,
    };

    private static string Praise(OpenRound round, DrillSummary found)
    {
        var asked = round.Spec.Checks.Queries.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {found.QueriesPassed} queries were as expected");
        var counted = round.Spec.Checks.CountsRows ? string.Create(CultureInfo.InvariantCulture, $", {found.Rows} rows were counted") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Backup '{round.Backup}' was restored: its server answered after {found.DownloadSeconds + found.PrepareSeconds + found.StartSeconds:0.#} s; {found.TablesChecked} of {found.Tables} tables were checked{counted}{asked}.");
    }

    // All that was found, as far as it was told; else what the runner says.
    private static string Blame(DrillSummary? found, string message)
    {
        if (found is not { Faults: > 0, Findings.Count: > 0 })
            return message;
        var further = found.Faults - found.Findings.Count;
        return string.Join(' ', found.Findings.Select(Sentence)) + (further > 0 ? string.Create(CultureInfo.InvariantCulture, $" And {further} more.") : "");
    }
}

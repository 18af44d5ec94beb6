using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>
/// A backup that is in the store already. It is good when a Job has found it whole, and from then on like any other. Before that, nothing that
/// lies there is its own: whatever becomes of it, nothing is swept and nothing removed.
/// </summary>
internal static partial class BackupMachine
{
    // Its turn comes when those before it were checked, each of which has a deadline of its own; so it may wait long, and is told to each minute.
    private static bool WaitsForImport(BackupState state, BackupRefusal refusal) =>
        state.Spec!.ImportFrom is not null && refusal.Reason == Reasons.ImportRunning;

    private static BackupState BeginImport(BackupKey key, BackupState state, DateTimeOffset now)
    {
        var destination = BackupOrders.Destination(BackupOrders.Stored(key, state), state.Cluster!.Storage.Request);
        return BeginCleaning(key, state with
        {
            Phase = BackupPhase.Checking,
            Errand = BackupErrand.Importing,
            Reason = Reasons.CheckingStore,
            Message = $"What lies under {destination} is checked.",
            Destination = destination,
            Deadline = now + ActiveDeadline(state) + BackupPatience.Grace,
            PendingUntil = null,
            Waiting = null,
            Tries = 0,
        }, now);
    }

    private static BackupState WhileImporting(BackupKey key, BackupState state, BackupJob job, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == job.Number)
        {
            return report is { Fault: null, Summary: { } summary, Import: { } import } ? Imported(state, summary, import)
                : ImportFailed(key, state, report.Fault ?? JobFault.Internal, (report.Fault ?? JobFault.Internal).ToString(), report.Message, now);
        }

        return sighting.State switch
        {
            JobState.Pending when sighting.Trouble is { Length: > 0 } trouble => Saw(state, job) with { Reason = Reasons.PodNotStarting, Message = trouble },
            JobState.Pending or JobState.Active or JobState.Stopping => Saw(state, job) with { Reason = Reasons.CheckingStore, Message = $"What lies under {state.Destination} is checked." },
            JobState.Missing when !job.Seen => state,
            _ when StillInDoubt(state, job, now) is { } doubtful => doubtful,
            _ when sighting.DeadlineExceeded => Fail(key, TakeAway(state), Reasons.DeadlineExceeded, $"The check of what is to be imported took longer than {ActiveDeadline(state)}.", now),
            _ => ImportFailed(key, state, null, Reasons.JobLost, LostMessage(sighting), now),
        };
    }

    private static BackupState Imported(BackupState state, BackupSummary summary, ImportSummary import)
    {
        var storage = state.Cluster!.Storage;
        return TakeAway(state) with
        {
            Phase = BackupPhase.Succeeded,
            Errand = BackupErrand.None,
            Reason = Reasons.Completed,
            Message = $"Imported from {state.Destination}: complete, read and checked.",
            Summary = summary,
            Started = import.Started,
            Completed = import.Completed,
            TakenFrom = import.SourcePod,
            Deadline = null,
            RetryAt = null,
            Tries = 0,
            NewsOwed = true,

            // It is sealed with the key that it was sealed with, or not at all, whatever the storage says by now.
            Cluster = state.Cluster with { Storage = storage with { Sealing = summary.EncryptionKeyId is null ? null : WithKey(storage.Sealing, summary.EncryptionKeyId) } },
        };
    }

    private static BackupState ImportFailed(BackupKey key, BackupState state, JobFault? fault, string reason, string message, DateTimeOffset now)
    {
        var tries = state.Tries + 1;
        if (!RetryPlanner.CheckMayPass(fault) || tries > state.Cluster!.BackoffLimit)
            return Fail(key, TakeAway(state), reason, $"{Sentence(message)} Nothing there was changed.", now);
        var at = now + BackupPatience.BeforeRetry(key, tries);
        return TakeAway(state) with
        {
            Tries = tries,
            RetryAt = at,
            Deadline = at + ActiveDeadline(state) + BackupPatience.Grace,
            Reason = Reasons.Retrying,
            Message = $"What lies under {state.Destination} could not be checked ({reason}): {Sentence(message)} It is tried again after {Clock(at)}.",
        };
    }

    // Somebody's removal may have begun: that tells more.
    private static BackupState SeeData(BackupState state, DataSighting sighting) =>
        state.Uid != sighting.Uid || state.Missing == sighting.Missing || state is not { Phase: BackupPhase.Succeeded, Errand: BackupErrand.None or BackupErrand.Rewrapping, Gone: false, Removed: false, Expires: false }
            ? state
            : state with
            {
                Missing = sighting.Missing,
                Reason = sighting.Missing ? Reasons.DataMissing : Reasons.Completed,
                Message = sighting.Missing
                    ? $"It was complete, but its manifest or a part of its data is not under {state.Destination} any more. Look who removed it; the next sweep says when it is there again."
                    : "Complete: its data, which was missing, is there again.",
                NewsOwed = true,
            };
}

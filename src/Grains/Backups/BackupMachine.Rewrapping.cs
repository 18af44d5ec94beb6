using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>
/// Another key of the owner's for a backup that is good already. It goes on beside the phase, which stays what it is: whatever becomes of
/// it, the backup opens with the one key or with the other.
/// </summary>
internal static partial class BackupMachine
{
    /// <summary>
    /// Whether the key that the owner names is the one that the backup has. A Job that is at work is never replaced by another: two that
    /// write the same manifest would leave it to chance which one is remembered.
    /// </summary>
    private static BackupState HeedKey(BackupKey key, BackupState state, DateTimeOffset now)
    {
        if (state is not { Phase: BackupPhase.Succeeded, Errand: BackupErrand.None or BackupErrand.Rewrapping, Job: null, Gone: false, Removed: false, Expires: false, Spec: { Deleting: false } spec })
            return state;
        if (state.Summary?.EncryptionKeyId is not { } has)
            return spec.EncryptionKey is null || state.Objection.Length > 0 ? state : state with { Objection = NothingToWrap(spec.EncryptionKey) };
        var wanted = spec.EncryptionKey ?? has;
        if (state is { Errand: BackupErrand.Rewrapping, Rewrap: { } begun })
        {
            return wanted == has && !begun.InDoubt ? LeaveKey(state)
                : wanted == begun.KeyId || (spec.EncryptionKey is null && begun.InDoubt) ? state
                : BeginRewrap(key, state, wanted, now);
        }

        return wanted == has ? state : BeginRewrap(key, state, wanted, now);
    }

    private static BackupState BeginRewrap(BackupKey key, BackupState state, string wanted, DateTimeOffset now)
    {
        if (state.Cluster?.Storage.Sealing is null)
            return state with { Rewrap = new(wanted, Reasons.RewrapFailed, "The storage of this backup is not known any more, so its key cannot be wrapped anew from here.") };
        var rewrap = new BackupRewrap(
            wanted, Reasons.Rewrapping, $"The data key is being wrapped with '{wanted}' instead of '{state.Summary!.EncryptionKeyId}'.", state.Rewrap?.InDoubt ?? false);
        return BeginCleaning(key, state with { Errand = BackupErrand.Rewrapping, Rewrap = rewrap, Tries = 0 }, now);
    }

    private static BackupState WhileRewrapping(BackupKey key, BackupState state, BackupJob job, JobSighting sighting, DateTimeOffset now)
    {
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == job.Number)
        {
            return report is { Fault: null, Summary: { } summary } ? Rewrapped(state, summary, report.Message)
                : RewrapFailed(key, state, report.Fault ?? JobFault.Internal, $"{report.Fault ?? JobFault.Internal}: {report.Message}", now);
        }

        return sighting.State switch
        {
            JobState.Pending when sighting.Trouble is { Length: > 0 } trouble => Saw(state, job) with
            {
                Rewrap = state.Rewrap! with { Reason = Reasons.RewrapFailed, Message = $"The Pod that is to wrap the key cannot start: {Sentence(trouble)}" },
            },
            JobState.Pending or JobState.Active or JobState.Stopping => Saw(state, job),
            JobState.Missing when !job.Seen => state,
            _ when StillInDoubt(state, job, now) is { } doubtful => doubtful,
            _ => RewrapFailed(key, state, null, sighting.DeadlineExceeded ? "The Job's time was over." : LostMessage(sighting), now),
        };
    }

    private static BackupState Rewrapped(BackupState state, BackupSummary summary, string message) => TakeAway(state) with
    {
        Errand = BackupErrand.None,
        Tries = 0,
        Summary = summary,
        Rewrap = new(state.Rewrap!.KeyId, Reasons.Rewrapped, message),

        // Whoever reads the backup from now on needs the new key.
        Cluster = state.Cluster! with { Storage = state.Cluster.Storage with { Sealing = WithKey(state.Cluster.Storage.Sealing, summary.EncryptionKeyId) } },
    };

    private static BackupState RewrapFailed(BackupKey key, BackupState state, JobFault? fault, string message, DateTimeOffset now)
    {
        var (tries, rewrap) = (state.Tries + 1, state.Rewrap!);
        var at = now + BackupPatience.BeforeRewrap(key, tries);
        return TakeAway(state) with
        {
            Tries = tries,
            RetryAt = at,
            Rewrap = new(
                rewrap.KeyId,
                Reasons.RewrapFailed,
                $"The data key could not be wrapped with '{rewrap.KeyId}': {Sentence(message)} It is tried again after {Clock(at)}.",
                rewrap.InDoubt || RetryPlanner.LeavesKeyOpen(fault)),
        };
    }

    /// <summary>The wish was taken back before anything came of it.</summary>
    private static BackupState LeaveKey(BackupState state) => state with
    {
        Errand = BackupErrand.None,
        Tries = 0,
        RetryAt = null,
        Rewrap = new(state.Summary!.EncryptionKeyId!, Reasons.Rewrapped, $"The backup has the key '{state.Summary.EncryptionKeyId}', as is wanted again."),
    };

    /// <summary>The data is to go: but not while somebody may still put its manifest back.</summary>
    private static BackupState StopRewrap(BackupState state, DateTimeOffset now) => state with
    {
        Errand = BackupErrand.Stopping,
        Deadline = UntilItIsGone(state, now),
        Reason = Reasons.RemovingData,
        Message = $"The data under {state.Destination} is removed once the Job that wraps its key is stopped.",
        Rewrap = state.Rewrap! with { InDoubt = true },
    };

    private static BackupState AfterStoppingRewrap(BackupKey key, BackupState state, DateTimeOffset now)
    {
        var stopped = state with { Job = null, Deadline = null, RetryAt = null, Ending = null };
        return stopped.Gone ? Forget(stopped)
            : stopped.RemovalWished ? BeginRemoving(key, stopped, now)
            : stopped with { Errand = BackupErrand.None, Tries = 0, Reason = Reasons.Completed, Message = "The finalizer was taken off: its data stays." };
    }

    private static SealingRequest? WithKey(SealingRequest? sealing, string? keyId) => sealing is null || keyId is null ? sealing : sealing with { KeyId = keyId };

    private static string NothingToWrap(string wanted) =>
        $"spec.encryptionKey is '{wanted}', but this backup is not sealed, so there is no key to wrap anew; remove the field, and take another backup to have one that is sealed.";
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>What the owner of the resource asks for.</summary>
internal static partial class BackupMachine
{
    private static BackupState Apply(BackupKey key, BackupState state, BackupSpec spec, DateTimeOffset now)
    {
        if (state.Uid.Length == 0)
            return Begin(key, spec, now);
        if (spec.Uid != state.Uid)
            return Follow(key, state, spec, now);

        // Late words of an earlier generation, or of a resource that is known to be gone.
        if (spec.Generation < state.Generation || state.Gone)
            return state;
        if (state.Spec is null)
            return Heed(key, state with { Spec = spec with { Recorded = null }, Generation = spec.Generation }, now);

        var changed = BackupSpecs.ChangedFields(state.Spec, spec);
        return Heed(key, state with
        {
            Spec = BackupSpecs.Merge(state.Spec, spec) with { Recorded = null },
            Generation = spec.Generation,
            Objection = changed.Count == 0 ? "" : BackupSpecs.Explain(changed),
        }, now);
    }

    private static BackupState Begin(BackupKey key, BackupSpec spec, DateTimeOffset now)
    {
        if (spec.Recorded is { Status: var recorded } && recorded.Uid == spec.Uid)
            return Adopt(key, spec, recorded, now);
        var until = Later(spec.Created + BackupPatience.Start, now + BackupPatience.FirstWord);
        return Heed(key, new BackupState
        {
            Uid = spec.Uid,
            Spec = spec with { Recorded = null },
            Generation = spec.Generation,
            Phase = BackupPhase.Pending,
            Reason = Reasons.Accepted,
            Message = spec.ImportFrom is { } folder ? $"The import of '{folder}' into cluster '{spec.ClusterName}' was accepted." : $"The backup of cluster '{spec.ClusterName}' was accepted.",
            Errand = BackupErrand.Asking,
            Deadline = until,
            PendingUntil = until,
        }, now);
    }

    /// <summary>
    /// The plane lost its state, the resource did not: what it says of an ended backup is believed and never done again; what ran is
    /// looked for under the name it had.
    /// </summary>
    private static BackupState Adopt(BackupKey key, BackupSpec spec, BackupStatus recorded, DateTimeOffset now)
    {
        var adopted = new BackupState
        {
            Uid = spec.Uid,
            Spec = spec with { Recorded = null },
            Generation = spec.Generation,
            Phase = recorded.Phase,
            Reason = recorded.Reason,
            Message = recorded.Message,
            Attempts = recorded.Attempts,
            Summary = recorded.Summary,
            Destination = recorded.Destination,
            TakenFrom = recorded.Attempts.Count == 0 ? recorded.Source : null,
            Started = recorded.Started,
            Completed = recorded.Completed,
            Conditions = recorded.Conditions,
            Expires = recorded.Reason == Reasons.Expired,
            Missing = recorded.Reason == Reasons.DataMissing,
            Proof = recorded.Verified,
            Unusual = recorded.Unusual,
            Cluster = Recall(recorded, spec),

            // Jobs of the earlier life may stand under the first numbers.
            Cleanings = recorded.Attempts.Count == 0 && spec.ImportFrom is null ? 0 : 100,
        };
        if (adopted.Phase.IsFinal())
            return Heed(key, adopted with { NewsOwed = adopted.Phase == BackupPhase.Succeeded }, now);
        if (adopted is { Attempts.Count: > 0, Cluster: not null } && adopted.Attempts[^1] is { Ended: null } open)
        {
            return Heed(key, adopted with
            {
                Phase = adopted.Phase.HasJob() ? adopted.Phase : BackupPhase.Starting,
                Errand = BackupErrand.Working,
                Job = new(open.Job, JobOperation.Backup, open.Number, open.Started, Seen: true),
                Deadline = now + ActiveDeadline(adopted) + BackupPatience.Grace,
            }, now);
        }

        var until = now + BackupPatience.Start;
        return Heed(key, adopted with { Phase = BackupPhase.Pending, Errand = BackupErrand.Asking, Deadline = until, PendingUntil = until }, now);
    }

    private static AdmittedCluster? Recall(BackupStatus recorded, BackupSpec spec) => recorded is { Storage: { } storage, Jobs: { } jobs }
        ? new()
        {
            Storage = storage,
            Jobs = jobs,
            BackoffLimit = 6,
            ActiveDeadline = spec.ActiveDeadline ?? TimeSpan.FromHours(12),
        }
        : null;

    /// <summary>Another resource of the same name: this one's is gone, whether that was heard or not.</summary>
    private static BackupState Follow(BackupKey key, BackupState state, BackupSpec spec, DateTimeOffset now)
    {
        if (spec.Created < state.Spec?.Created || (state.Successor is { } known && spec.Uid != known.Uid && spec.Created < known.Created))
            return state;
        if (state.IsSettled)
            return Begin(key, spec, now);
        if (state.Successor is { } successor && successor.Uid == spec.Uid)
            return spec.Generation < successor.Generation ? state : state with { Successor = BackupSpecs.Merge(successor, spec) };
        return LoseResource(key, state, state.Uid, now) with { Successor = spec };
    }

    private static BackupState Refuse(BackupKey key, BackupState state, ResourceFaults faults, DateTimeOffset now)
    {
        var said = string.Join(" ", faults.Faults);
        if (state.Uid.Length == 0 || (state.Uid != faults.Uid && state.IsSettled))
        {
            return faults is { Deleting: true, DeletesData: true }
                ? new BackupState { Uid = faults.Uid, Generation = faults.Generation, Phase = BackupPhase.Failed, Reason = Reasons.Invalid, Message = said, Objection = said, Completed = now, Errand = BackupErrand.Releasing }
                : new BackupState { Uid = faults.Uid, Generation = faults.Generation, Phase = BackupPhase.Failed, Reason = Reasons.Invalid, Message = said, Objection = said, Completed = now };
        }

        if (state.Uid != faults.Uid || faults.Generation < state.Generation || state.Gone)
            return state;
        if (state.Spec is null)
        {
            return faults is { Deleting: true, DeletesData: true }
                ? state with { Generation = faults.Generation, Errand = BackupErrand.Releasing }
                : state with { Generation = faults.Generation, Message = said, Objection = said };
        }

        // What was accepted before goes on; what it is told now is only said back.
        return Heed(key, state with
        {
            Spec = state.Spec with { Generation = faults.Generation, Deleting = faults.Deleting, DeletesData = faults.DeletesData },
            Generation = faults.Generation,
            Objection = said,
        }, now);
    }

    private static BackupState Heed(BackupKey key, BackupState state, DateTimeOffset now)
    {
        if (state.RemovalWished)
            return BeginRemoval(key, state, now);
        if (state.Errand is BackupErrand.Removing or BackupErrand.Releasing && state.Spec is not null)
            return LetGo(state, "The finalizer was taken off: its data stays.");
        if (state.Spec is { Cancelled: false, Deleting: false } || state.Phase.IsFinal() || state.Ending is not null)
            return state;
        return End(key, state, new(BackupPhase.Cancelled, Reasons.Cancelled, state.Spec!.Deleting ? "Its resource was deleted." : "Its owner asked for its end."), now);
    }

    private static BackupState LoseResource(BackupKey key, BackupState state, string uid, DateTimeOffset now)
    {
        if (state.Successor?.Uid == uid)
            return state with { Successor = null };
        if (state.Uid.Length == 0 || state.Uid != uid || state.Gone)
            return state;
        var gone = state with { Gone = true };
        var ending = new BackupEnding(BackupPhase.Cancelled, Reasons.Cancelled, "Its resource is gone.");
        return gone.Errand switch
        {
            BackupErrand.Removing => Forget(LetGo(gone, "")),

            // A Job that its resource owned goes with it: the sweep begins anew with one that nobody owns.
            BackupErrand.Sweeping => BeginSweep(key, TakeAway(gone) with { Ending = gone.Phase.IsFinal() ? null : ending }, now),
            BackupErrand.Stopping => gone with { Ending = ending },
            _ => gone.Phase.IsFinal() ? Forget(TakeAway(gone)) : End(key, gone, ending, now),
        };
    }

    private static BackupState Forget(BackupState state) => state with
    {
        Phase = state.Phase.IsFinal() ? state.Phase : BackupPhase.Cancelled,
        Errand = BackupErrand.Forgetting,
        Deadline = null,
        Ending = null,
        NewsOwed = true,
        StatusOwed = false,
        EventsOwed = [],
    };

    private static BackupState Part(BackupKey key, BackupState state, DateTimeOffset now)
    {
        if (state.Errand != BackupErrand.Forgetting || state.OwesSomething)
            return state;
        return state.Successor is { } successor ? Begin(key, successor, now) : new BackupState();
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}

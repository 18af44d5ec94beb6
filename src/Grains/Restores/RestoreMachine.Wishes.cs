using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Backups;

namespace ControlPlane.Grains.Restores;

/// <summary>What the owner of the resource asks for.</summary>
internal static partial class RestoreMachine
{
    private static RestoreState Apply(RestoreKey key, RestoreState state, RestoreSpec spec, DateTimeOffset now)
    {
        if (state.Uid.Length == 0)
            return Begin(key, spec, now);
        if (spec.Uid != state.Uid)
            return Follow(key, state, spec, now);

        // Late words of an earlier generation, or of a resource that is known to be gone.
        if (spec.Generation < state.Generation || state.Gone)
            return state;
        if (state.Spec is null)
            return Begin(key, spec, now);
        var changed = RestoreSpecs.ChangedFields(state.Spec, spec);
        return Heed(key, state with
        {
            Spec = RestoreSpecs.Merge(state.Spec, spec) with { Recorded = null },
            Generation = spec.Generation,
            Objection = changed.Count == 0 ? "" : RestoreSpecs.Explain(changed),
        }, now);
    }

    private static RestoreState Begin(RestoreKey key, RestoreSpec spec, DateTimeOffset now)
    {
        if (spec.Recorded is { Phase: not (RestorePhase.Pending or RestorePhase.Planning) } recorded && recorded.Uid == spec.Uid)
            return Adopt(key, spec, recorded, now);
        var until = spec.Created + BackupPatience.Start > now + BackupPatience.FirstWord ? spec.Created + BackupPatience.Start : now + BackupPatience.FirstWord;
        return Heed(key, new RestoreState
        {
            Uid = spec.Uid,
            Spec = spec with { Recorded = null },
            Generation = spec.Generation,
            Phase = RestorePhase.Pending,
            Reason = Reasons.Accepted,
            Message = $"The restore into cluster '{spec.ClusterName}' was accepted.",
            Errand = RestoreErrand.Asking,
            Deadline = until,

            // Jobs of an earlier life may stand under the first numbers.
            Numbers = spec.Recorded is null ? 0 : 1000,
        }, now);
    }

    /// <summary>The plane lost its state, the resource did not: nothing is restored twice, and what was under way is told by its owner, who can look.</summary>
    private static RestoreState Adopt(RestoreKey key, RestoreSpec spec, RestoreStatus recorded, DateTimeOffset now)
    {
        var adopted = new RestoreState
        {
            Uid = spec.Uid,
            Spec = spec with { Recorded = null },
            Generation = spec.Generation,
            Phase = recorded.Phase,
            Reason = recorded.Reason,
            Message = recorded.Message,
            Plan = recorded.Plan,
            Started = recorded.Started,
            Completed = recorded.Completed,
            Conditions = recorded.Conditions,
        };
        return recorded.Phase.IsFinal() ? adopted : adopted with
        {
            Phase = RestorePhase.Failed,
            Reason = Reasons.MemoryLost,
            Message = $"The plane lost its memory while this restore was at {recorded.Phase}. Look at the volumes as docs/restore.md tells under 'By hand', and then start the workload of cluster '{spec.ClusterName}' again"
                + (recorded.StoppedReplicas is { } replicas ? FormattableString.Invariant($": kubectl -n {key.Namespace} scale statefulset NAME --replicas={replicas}") : "."),
            Completed = now,
        };
    }

    /// <summary>Another resource of the same name: this one's is gone, whether that was heard or not.</summary>
    private static RestoreState Follow(RestoreKey key, RestoreState state, RestoreSpec spec, DateTimeOffset now)
    {
        if (spec.Created < state.Spec?.Created || (state.Successor is { } known && spec.Uid != known.Uid && spec.Created < known.Created))
            return state;
        if (state.Successor is { } successor && successor.Uid == spec.Uid)
            return spec.Generation < successor.Generation ? state : state with { Successor = RestoreSpecs.Merge(successor, spec) };
        return state.IsSettled ? Begin(key, spec, now) : LoseResource(key, state, state.Uid, now) with { Successor = spec };
    }

    private static RestoreState Refuse(RestoreState state, ResourceFaults faults, DateTimeOffset now)
    {
        var said = string.Join(" ", faults.Faults);
        if (state.Uid.Length == 0 || (state.Uid != faults.Uid && state.IsSettled) || (state.Uid == faults.Uid && state.Spec is null))
        {
            return state.Uid == faults.Uid && state.Objection == said && state.Generation == faults.Generation
                ? state
                : new RestoreState { Uid = faults.Uid, Generation = faults.Generation, Phase = RestorePhase.Failed, Reason = Reasons.Invalid, Message = said, Objection = said, Completed = now };
        }

        // What was accepted before goes on; what it is told now is only said back.
        return state.Uid != faults.Uid || faults.Generation < state.Generation || state.Gone ? state : state with { Generation = faults.Generation, Objection = said };
    }

    private static RestoreState Heed(RestoreKey key, RestoreState state, DateTimeOffset now) => state switch
    {
        { Spec.Cancelled: true, Errand: RestoreErrand.Holding } => AskForWayBack(state, now),
        { Spec.Confirmed: true, Errand: RestoreErrand.Holding } => BeginConfirming(key, state, now),
        { Spec.Cancelled: true, Ending: null, Phase: not (RestorePhase.Succeeded or RestorePhase.Failed or RestorePhase.Cancelled) } =>
            GoBack(key, state, new(RestorePhase.Cancelled, Reasons.Cancelled, "Its owner asked for its end."), now),
        _ => state,
    };

    /// <summary>It succeeded, and its owner wants the previous data back: it needs the slot again.</summary>
    private static RestoreState AskForWayBack(RestoreState state, DateTimeOffset now) => state with
    {
        Phase = RestorePhase.Pending,
        Errand = RestoreErrand.Asking,
        Reason = Reasons.PuttingBack,
        Message = "Its owner wants the previous data back.",
        Ending = new(RestorePhase.Cancelled, Reasons.Cancelled, "Its owner wanted the previous data back."),
        Deadline = now + BackupPatience.Start,
        Completed = null,
        Waiting = null,
    };

    private static RestoreState HoldOn(RestoreState state, DateTimeOffset now) => state with
    {
        Phase = RestorePhase.Succeeded,
        Errand = RestoreErrand.Holding,
        Reason = Reasons.Completed,
        Message = $"The previous data were not put back within a day. {state.Message}",
        Ending = null,
        Deadline = null,
        Completed = now,
        Spec = state.Spec! with { Cancelled = false },
    };

    private static RestoreState LoseResource(RestoreKey key, RestoreState state, string uid, DateTimeOffset now)
    {
        if (state.Successor?.Uid == uid)
            return state with { Successor = null };
        if (state.Uid.Length == 0 || state.Uid != uid || state.Gone)
            return state;
        var gone = state with { Gone = true };
        return gone.Errand switch
        {
            RestoreErrand.None => Forget(gone),
            RestoreErrand.Holding => BeginConfirming(key, gone, now),

            // The Jobs that its resource owned go with it; others are asked for, which nobody owns.
            RestoreErrand.Confirming or RestoreErrand.Forgetting => gone,
            RestoreErrand.Asking when gone.Ending is not null => BeginConfirming(key, gone with { Ending = null, Phase = RestorePhase.Succeeded }, now),
            _ => gone.Ending is null ? GoBack(key, gone, new(RestorePhase.Cancelled, Reasons.Cancelled, "Its resource is gone."), now) : gone,
        };
    }

    private static RestoreState Forget(RestoreState state) => state with
    {
        Phase = state.Phase.IsFinal() ? state.Phase : RestorePhase.Cancelled,
        Errand = RestoreErrand.Forgetting,
        Deadline = null,
        Ending = null,
        NewsOwed = true,
        ReturnOwed = state.Lent,
        StatusOwed = false,
        EventsOwed = [],
    };

    private static RestoreState Part(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        if (state.Errand != RestoreErrand.Forgetting || state.OwesSomething)
            return state;
        return state.Successor is { } successor ? Begin(key, successor, now) : new RestoreState();
    }
}

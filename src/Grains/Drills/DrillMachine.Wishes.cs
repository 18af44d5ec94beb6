using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;

namespace ControlPlane.Grains.Drills;

/// <summary>What the owner of the resource asks for.</summary>
internal static partial class DrillMachine
{
    private static DrillState Apply(DrillKey key, DrillState state, DrillSpec spec, DateTimeOffset now)
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
        if (spec.Generation == state.Spec.Generation && spec.Word == state.Spec.Word && state.Objection.Length == 0)
            return Tick(key, state, now);

        // What fell due under the earlier spec is judged by that one. The cluster stays: an old API server does not hold the rule that says so.
        var (judged, cluster) = (DrillSchedule.Tick(key, state, now), state.Spec.ClusterName);
        return Tick(key, Heed(judged with
        {
            Spec = spec with { ClusterName = cluster, Recorded = null },
            Generation = spec.Generation,
            Objection = spec.ClusterName == cluster ? "" : $"spec.clusterName: \"{spec.ClusterName}\" cannot be changed from '{cluster}', and is left out of account; create another drill.",
        }, spec), now);
    }

    private static DrillState Heed(DrillState state, DrillSpec spec)
    {
        var heard = spec.Word.Length > 0 && spec.Word != state.Word ? state with { Word = spec.Word, Wished = true } : state;

        // It said that it waits for this.
        return heard is { Errand: DrillErrand.None, Reason: Reasons.Suspended } && !spec.Suspended ? Rested(heard) : heard;
    }

    private static DrillState Begin(DrillKey key, DrillSpec spec, DateTimeOffset now)
    {
        var fresh = new DrillState
        {
            Uid = spec.Uid,
            Spec = spec,
            Generation = spec.Generation,
            Phase = DrillPhase.Waiting,
            Reason = Reasons.NotDue,
            Message = "It has not fallen due yet.",
            Word = spec.Word,
            Wished = spec.Schedule is null || spec.Word.Length > 0,
        };
        var begun = spec.Recorded is { } recorded && recorded.Uid == spec.Uid ? Adopt(fresh, spec, recorded) : fresh;
        var scheduled = DrillSchedule.Tick(key, begun, now);

        // A round that was at work for a due time when this state was lost is done again.
        if (spec.Recorded is { Phase: DrillPhase.Pending or DrillPhase.Running } && scheduled.Schedule?.Runs is [.., var open])
            scheduled = scheduled with { Due = open.Due, Wished = false };
        return Tick(key, scheduled with { Spec = spec with { Recorded = null } }, now);
    }

    /// <summary>The plane lost its state, the resource did not: what it says of rounds that ended is believed, and told again; one that was at work is done again.</summary>
    private static DrillState Adopt(DrillState fresh, DrillSpec spec, DrillStatus recorded) => Rested(fresh with
    {
        Conditions = recorded.Conditions,
        Word = recorded.Word,
        Wished = recorded.Phase is DrillPhase.Pending or DrillPhase.Running
            || (spec.Word.Length > 0 && spec.Word != recorded.Word) || (spec.Schedule is null && recorded.History.Count == 0),
        Rounds = recorded.History.Select(round => round.Number).DefaultIfEmpty(0).Max(),
        History = recorded.History,
        LastPassed = recorded.LastPassed,
        NewsOwed = recorded.History.Count > 0,
    }) with { Word = spec.Word };

    /// <summary>How it stands when nothing is at work: as its last round ended.</summary>
    private static DrillState Rested(DrillState state) => state.History is [var last, ..]
        ? state with { Phase = last.Passed ? DrillPhase.Succeeded : DrillPhase.Failed, Reason = last.Reason, Message = last.Message }
        : state with { Phase = DrillPhase.Waiting, Reason = Reasons.NotDue, Message = "It has not fallen due yet." };

    /// <summary>Another resource of the same name: this one's is gone, whether that was heard or not.</summary>
    private static DrillState Follow(DrillKey key, DrillState state, DrillSpec spec, DateTimeOffset now)
    {
        if (spec.Created < state.Spec?.Created || (state.Successor is { } known && spec.Uid != known.Uid && spec.Created < known.Created))
            return state;
        if (state.Successor is { } successor && successor.Uid == spec.Uid)
            return spec.Generation < successor.Generation ? state : state with { Successor = spec };
        return state.IsSettled ? Begin(key, spec, now) : LoseResource(state, state.Uid, now) with { Successor = spec };
    }

    private static DrillState Refuse(DrillState state, ResourceFaults faults, DateTimeOffset now)
    {
        var said = string.Join(" ", faults.Faults);
        if (state.Uid.Length == 0 || (state.Uid != faults.Uid && state.IsSettled) || (state.Uid == faults.Uid && state.Spec is null))
        {
            return state.Uid == faults.Uid && state.Objection == said && state.Generation == faults.Generation
                ? state
                : new DrillState { Uid = faults.Uid, Generation = faults.Generation, Phase = DrillPhase.Failed, Reason = Reasons.Invalid, Message = said, Objection = said };
        }

        // The last good spec stays in force; what it is told now is only said back.
        return state.Uid != faults.Uid || faults.Generation < state.Generation || state.Gone ? state : state with { Generation = faults.Generation, Objection = said };
    }

    private static DrillState LoseResource(DrillState state, string uid, DateTimeOffset now)
    {
        if (state.Successor?.Uid == uid)
            return state with { Successor = null };
        if (state.Uid.Length == 0 || state.Uid != uid || state.Gone)
            return state;
        var gone = state with { Gone = true };
        if (gone.Round is not { } round || (round.Job?.Name ?? round.Leaving) is not { } job)
            return Forget(gone);
        return gone with { Errand = DrillErrand.Clearing, Deadline = now + DrillPatience.Stop, Round = round with { Job = null, Leaving = job, RetryAt = null } };
    }

    private static DrillState Forget(DrillState state) => state with
    {
        Errand = DrillErrand.Forgetting,
        Deadline = null,
        Due = null,
        Wished = false,
        Round = null,
        NewsOwed = state.Spec is not null,
        ReturnsOwed = state.Round is { Backup: not null } round ? [.. state.ReturnsOwed, Lent(state, round)] : state.ReturnsOwed,
        StatusOwed = false,
        EventsOwed = [],
    };

    private static DrillState Part(DrillKey key, DrillState state, DateTimeOffset now)
    {
        if (state.Errand != DrillErrand.Forgetting || state.OwesSomething)
            return state;
        return state.Successor is { } successor ? Begin(key, successor, now) : new DrillState();
    }
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Restores;

/// <summary>From what is remembered to what is shown.</summary>
internal static class RestoreStatusBuilder
{
    /// <summary>The status; null when there is no resource to show it on.</summary>
    public static RestoreStatus? Build(RestoreState state)
    {
        if (state.Successor is { } successor)
            return Waits(successor);
        if (state.Uid.Length == 0 || state.Gone)
            return null;
        return new()
        {
            Uid = state.Uid,
            ObservedGeneration = state.Generation,
            Phase = state.Phase,
            Reason = state.Reason,
            Message = state.Message,
            Conditions = state.Conditions,
            From = state.Spec is { } spec ? spec.BackupName ?? spec.Source!.Destination : "",
            Plan = state.Plan,
            StoppedReplicas = state.Stopped ? state.Workload?.Replicas : null,
            PreviousDataKept = state.PreviousKept,
            PreviousDataUntil = state.DropAt,
            Started = state.Started,
            Completed = state.Completed,
            Line = state.LineNow(),
        };
    }

    /// <summary>The conditions that go with a state.</summary>
    public static IReadOnlyList<Condition> Conditions(RestoreState state, DateTimeOffset now)
    {
        var (complete, ended) = (state is { Phase: RestorePhase.Succeeded, Spec.DryRun: false }, state.Phase == RestorePhase.Failed);
        return
        [
            state.Objection.Length > 0
                ? Condition("Accepted", false, Reasons.Invalid, state.Objection)
                : Condition("Accepted", true, Reasons.Accepted, "The resource was read and is acted on."),
            Condition("Complete", complete, complete ? Reasons.Completed : state.Reason, state.Message),
            Condition("Failed", ended, state.Reason, ended ? state.Message : ""),
        ];

        Condition Condition(string type, bool status, string reason, string message) => Grains.Conditions.Next(state.Conditions, type, status, reason, message, state.Generation, now);
    }

    private static RestoreStatus Waits(RestoreSpec successor) => new()
    {
        Uid = successor.Uid,
        ObservedGeneration = successor.Generation,
        Phase = RestorePhase.Pending,
        Reason = Reasons.Stopping,
        Message = "An earlier restore of the same name comes to its end first.",
    };
}

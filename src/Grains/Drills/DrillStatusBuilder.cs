using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Drills;

namespace ControlPlane.Grains.Drills;

/// <summary>From what is remembered to what is shown.</summary>
internal static class DrillStatusBuilder
{
    /// <summary>The condition that says how the last round ended.</summary>
    public const string Passed = "Passed";

    /// <summary>The status; null when there is no resource to show it on.</summary>
    public static DrillStatus? Build(DrillState state)
    {
        if (state.Successor is { } successor)
            return Waits(successor);
        if (state.Uid.Length == 0 || state.Gone)
            return null;
        var last = state.History is [var newest, ..] ? newest : null;
        return new()
        {
            Uid = state.Uid,
            ObservedGeneration = state.Generation,
            Phase = state.Phase,
            Reason = state.Reason,
            Message = state.Message,
            Conditions = state.Conditions,
            Backup = state.Round is { } round ? round.Backup : last?.Backup,
            Started = state.Round?.Started ?? last?.Started,
            Completed = state.Round is null ? last?.Completed : null,
            LastPassed = state.LastPassed,
            Schedule = DrillSchedule.Status(state),
            History = state.History,
            Word = state.Word,
            Line = state.LineNow(),
        };
    }

    /// <summary>The conditions that go with a state.</summary>
    public static IReadOnlyList<Condition> Conditions(DrillState state, DateTimeOffset now)
    {
        var accepted = state.Objection.Length > 0
            ? Condition("Accepted", false, Reasons.Invalid, state.Objection)
            : Condition("Accepted", true, Reasons.Accepted, "The resource was read and is acted on.");
        return state.History is [var last, ..] ? [accepted, Condition(Passed, last.Passed, last.Reason, last.Message)] : [accepted];

        Condition Condition(string type, bool status, string reason, string message) => Grains.Conditions.Next(state.Conditions, type, status, reason, message, state.Generation, now);
    }

    private static DrillStatus Waits(DrillSpec successor) => new()
    {
        Uid = successor.Uid,
        ObservedGeneration = successor.Generation,
        Phase = DrillPhase.Pending,
        Reason = Reasons.Stopping,
        Message = "An earlier drill of the same name comes to its end first.",
    };
}

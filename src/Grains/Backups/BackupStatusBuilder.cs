using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Grains.Backups;

/// <summary>From what is remembered to what is shown.</summary>
internal static class BackupStatusBuilder
{
    /// <summary>The status; null when there is no resource to show it on.</summary>
    public static BackupStatus? Build(BackupState state)
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
            Attempts = state.Attempts,
            Destination = state.Destination,
            Storage = state.Destination is null ? null : state.Cluster?.Storage,
            Jobs = state.Destination is null ? null : state.Cluster?.Jobs,
            Source = state.Attempts.Count == 0 ? state.TakenFrom : state.Attempts[^1].Source,
            Started = state.Started,
            Completed = state.Completed,
            Summary = state.Summary,
            Verified = state.Proof,
            Unusual = state.Unusual,
            UploadBytesPerSecond = state.Phase.HasJob() && state.Errand != BackupErrand.Importing && state.Cluster is not null ? BackupMachine.Bandwidth(state) ?? 0 : null,
            Line = state.LineNow(),
        };
    }

    /// <summary>The conditions that go with a state; one whose status stays keeps the instant of its last change.</summary>
    public static IReadOnlyList<Condition> Conditions(BackupState state, DateTimeOffset now)
    {
        // From the first touch of a removal on, nobody may rely on the data any more.
        var untouched = state.Reason is not (Reasons.RemovingData or Reasons.RemovalFailed or Reasons.Expired or Reasons.DataMissing);
        var (ended, complete) = (state.Phase == BackupPhase.Failed, state.Phase == BackupPhase.Succeeded && untouched);
        List<Condition> conditions =
        [
            state.Objection.Length > 0
                ? Condition(state, "Accepted", false, Reasons.Invalid, state.Objection, now)
                : Condition(state, "Accepted", true, Reasons.Accepted, "The resource was read and is acted on.", now),
            Condition(state, "Complete", complete, complete ? Reasons.Completed : state.Reason, state.Message, now),
            Condition(state, "Failed", ended, state.Reason, ended ? state.Message : "", now),
        ];
        if (state.Proof is { } proof)
            conditions.Add(Condition(state, "Verified", proof.Passed, proof.Reason, proof.Message, now));
        if (state.Unusual is [var first, ..])
            conditions.Add(Condition(state, "Unusual", true, first.Reason, string.Join(" ", state.Unusual.Select(anomaly => anomaly.Message)), now));
        if (state.Rewrap is { } rewrap)
            conditions.Add(Condition(state, "Rewrapped", rewrap.Reason == Reasons.Rewrapped, rewrap.Reason, rewrap.Message, now));
        return conditions;
    }

    private static Condition Condition(BackupState state, string type, bool status, string reason, string message, DateTimeOffset now) =>
        Grains.Conditions.Next(state.Conditions, type, status, reason, message, state.Generation, now);

    private static BackupStatus Waits(BackupSpec successor) => new()
    {
        Uid = successor.Uid,
        ObservedGeneration = successor.Generation,
        Phase = BackupPhase.Pending,
        Reason = Reasons.Stopping,
        Message = "An earlier backup of the same name is being stopped and swept first.",
    };
}

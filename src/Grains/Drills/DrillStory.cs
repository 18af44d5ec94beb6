using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Drills;

/// <summary>What is to be told of a change: conditions, a status that is owed, and Kubernetes Events.</summary>
internal static class DrillStory
{
    private static readonly string[] Worrying = [Reasons.BackupNotFound, Reasons.NoBackup, Reasons.ClusterNotFound, Reasons.Retrying, Reasons.PodNotStarting];

    /// <summary><paramref name="next"/> with all that is to be told of it.</summary>
    public static DrillState Tell(DrillKey key, DrillState before, DrillState next, DateTimeOffset now) =>
        ResourceStory.Tell(before, next, DrillStatusBuilder.Build, state => DrillStatusBuilder.Conditions(state, now), () => Events(key, before, next, now));

    /// <summary>The round that ended with a change; null when none did.</summary>
    public static DrillRound? Ended(DrillState before, DrillState next) =>
        before.Uid == next.Uid && next.History is [var last, ..] && last.Number != (before.History is [var known, ..] ? known.Number : 0) ? last : null;

    private static IEnumerable<ResourceEvent> Events(DrillKey key, DrillState before, DrillState next, DateTimeOffset now)
    {
        var events = new ResourceEvents("RestoreDrill", key.Member, key.Namespace, key.Name, next.Uid, now);
        if (ResourceStory.ObjectsAnew(before, next))
            yield return events.Make(Reasons.Invalid, "Refuse", next.Objection, warning: true);

        // Told by itself: another round may follow in the same moment.
        if (Ended(before, next) is { } ended)
            yield return events.Make(ended.Reason, "Finish", ended.Message, !ended.Passed);
        if (next.Phase is DrillPhase.Waiting or DrillPhase.Pending or DrillPhase.Running && ResourceStory.MovesOn(before, next, before.Phase == next.Phase))
            yield return events.Make(next.Reason, Action(next.Phase), next.Message, Worrying.Contains(next.Reason));
    }

    private static string Action(DrillPhase phase) => phase switch
    {
        DrillPhase.Waiting => "Accept",
        DrillPhase.Pending => "Queue",
        _ => "Drill",
    };
}

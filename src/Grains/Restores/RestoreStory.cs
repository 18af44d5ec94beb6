using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Restores;

/// <summary>What is to be told of a change: conditions, a status that is owed, and Kubernetes Events.</summary>
internal static class RestoreStory
{
    private static readonly string[] Worrying =
        [Reasons.BackupNotFound, Reasons.ClusterNotFound, Reasons.WorkloadFaulty, Reasons.Retrying, Reasons.PodNotStarting, Reasons.PuttingBack, Reasons.NotPutBack, Reasons.JobLost];

    /// <summary><paramref name="next"/> with all that is to be told of it.</summary>
    public static RestoreState Tell(RestoreKey key, RestoreState before, RestoreState next, DateTimeOffset now) =>
        ResourceStory.Tell(before, next, RestoreStatusBuilder.Build, state => RestoreStatusBuilder.Conditions(state, now), () => Events(key, before, next, now));

    private static IEnumerable<ResourceEvent> Events(RestoreKey key, RestoreState before, RestoreState next, DateTimeOffset now)
    {
        var events = new ResourceEvents("MySQLRestore", key.Member, key.Namespace, key.Name, next.Uid, now);
        if (ResourceStory.ObjectsAnew(before, next))
            yield return events.Make(Reasons.Invalid, "Refuse", next.Objection, warning: true);
        if (ResourceStory.MovesOn(before, next, before.Phase == next.Phase))
            yield return events.Make(next.Reason, Action(next.Phase), next.Message, next.Phase == RestorePhase.Failed || next is { Phase: RestorePhase.Succeeded, GtidLacking: true } || Worrying.Contains(next.Reason));
    }

    private static string Action(RestorePhase phase) => phase switch
    {
        RestorePhase.Pending => "Queue",
        RestorePhase.Planning => "Plan",
        RestorePhase.Stopping => "Stop",
        RestorePhase.Restoring => "Restore",
        RestorePhase.Starting => "Start",
        _ => "Finish",
    };
}

using System.Text.Json;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Restores;

/// <summary>What is to be told of a change: conditions, a status that is owed, and Kubernetes Events.</summary>
internal static class RestoreStory
{
    /// <summary>More than these are not kept while the API server is away: the status says the rest.</summary>
    private const int MostEvents = 16;

    private static readonly string[] Worrying =
        [Reasons.BackupNotFound, Reasons.ClusterNotFound, Reasons.WorkloadFaulty, Reasons.Retrying, Reasons.PodNotStarting, Reasons.PuttingBack, Reasons.NotPutBack, Reasons.JobLost];

    /// <summary><paramref name="next"/> with all that is to be told of it.</summary>
    public static RestoreState Tell(RestoreKey key, RestoreState before, RestoreState next, DateTimeOffset now)
    {
        if (next.Uid.Length == 0 || (next.Gone && next.Successor is null))
            return next;
        var told = next.Gone ? next : next with
        {
            Conditions = RestoreStatusBuilder.Conditions(next, now),
            EventsOwed = [.. next.EventsOwed.Concat(Events(key, before, next, now)).TakeLast(MostEvents)],
        };
        return Shown(before) == Shown(told) ? told : told with { StatusOwed = true };
    }

    private static IEnumerable<ResourceEvent> Events(RestoreKey key, RestoreState before, RestoreState next, DateTimeOffset now)
    {
        var sameLife = before.Uid == next.Uid;
        if (next.Objection.Length > 0 && (!sameLife || before.Objection != next.Objection))
            yield return Event(Reasons.Invalid, "Refuse", next.Objection, warning: true);
        if ((!sameLife || before.Phase != next.Phase || before.Reason != next.Reason) && (next.Objection.Length == 0 || next.Reason != Reasons.Invalid))
            yield return Event(next.Reason, Action(next.Phase), next.Message, next.Phase == RestorePhase.Failed || Worrying.Contains(next.Reason));

        ResourceEvent Event(string reason, string action, string message, bool warning) => new()
        {
            Kind = "MySQLRestore",
            Member = key.Member.Name,
            Namespace = key.Namespace,
            Name = key.Name,
            Uid = next.Uid,
            Warning = warning,
            Reason = reason,
            Action = action,
            Message = message,
            Time = now,
        };
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

    private static string Shown(RestoreState state) => JsonSerializer.Serialize(RestoreStatusBuilder.Build(state));
}

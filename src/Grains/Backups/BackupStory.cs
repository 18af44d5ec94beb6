using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Backups;

/// <summary>What is to be told of a change: conditions, a status that is owed, and Kubernetes Events.</summary>
internal static class BackupStory
{
    private static readonly string[] Worrying =
    [
        Reasons.NoSource, Reasons.ClusterNotFound, Reasons.StorageNotFound, Reasons.Retrying, Reasons.PodNotStarting, Reasons.RemovalFailed, Reasons.JobLost, Reasons.DataMissing,
    ];

    /// <summary><paramref name="next"/> with all that is to be told of it.</summary>
    public static BackupState Tell(BackupKey key, BackupState before, BackupState next, DateTimeOffset now) =>
        ResourceStory.Tell(before, Passing(before, next), BackupStatusBuilder.Build, state => BackupStatusBuilder.Conditions(state, now), () => Events(key, before, next, now));

    // What was passed within a moment, before anybody could be told, is not told afterwards: each event is a request to the API server.
    private static BackupState Passing(BackupState before, BackupState next) =>
        ResourceStory.MovesOn(before, next, before.Phase == next.Phase) && next.EventsOwed.Any(IsPassing) ? next with { EventsOwed = [.. next.EventsOwed.Where(owed => !IsPassing(owed))] } : next;

    private static bool IsPassing(ResourceEvent owed) => owed is { Warning: false, Action: "Accept" or "Choose" };

    /// <summary>The events of one change.</summary>
    public static IEnumerable<ResourceEvent> Events(BackupKey key, BackupState before, BackupState next, DateTimeOffset now)
    {
        var events = new ResourceEvents("MySQLBackup", key.Member, key.Namespace, key.Name, next.Uid, now);
        if (ResourceStory.ObjectsAnew(before, next))
            yield return events.Make(Reasons.Invalid, "Refuse", next.Objection, warning: true);
        if (ResourceStory.MovesOn(before, next, before.Phase == next.Phase))
            yield return events.Make(next.Reason, Action(next), next.Message, next.Phase == BackupPhase.Failed || Worrying.Contains(next.Reason));
        if (next.Proof is { } proof && before.Uid == next.Uid && before.Proof != proof)
            yield return events.Make(proof.Reason, "Verify", proof.Message, !proof.Passed);
        if (before.Uid == next.Uid && before.Unusual.Count == 0)
        {
            foreach (var anomaly in next.Unusual)
                yield return events.Make(anomaly.Reason, "Compare", anomaly.Message, warning: true);
        }

        if (next.Rewrap is { } rewrap && (rewrap.Reason != before.Rewrap?.Reason || rewrap.KeyId != before.Rewrap.KeyId))
            yield return events.Make(rewrap.Reason, "Rewrap", rewrap.Message, rewrap.Reason == Reasons.RewrapFailed);
    }

    private static string Action(BackupState state) => (state.Phase, state.Reason) switch
    {
        (_, Reasons.RemovingData or Reasons.RemovalFailed) => "Remove",
        (_, Reasons.Expired) => "Expire",
        (_, Reasons.DataMissing) => "Sweep",
        (_, Reasons.Stopping) => "Stop",
        (BackupPhase.Pending, Reasons.Accepted) => "Accept",
        (BackupPhase.Pending, Reasons.Retrying) => "Retry",
        (BackupPhase.Pending, Reasons.ChoosingSource) => "Choose",
        (BackupPhase.Pending, _) => "Queue",
        (BackupPhase.Starting, _) => "Start",
        (BackupPhase.Running, _) => "Run",
        (BackupPhase.Checking, _) => "Check",
        _ => "Finish",
    };
}

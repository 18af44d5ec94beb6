using System.Text.Json;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Backups;

/// <summary>What is to be told of a change: conditions, a status that is owed, and Kubernetes Events.</summary>
internal static class BackupStory
{
    /// <summary>More than these are not kept while the API server is away: the status says the rest.</summary>
    private const int MostEvents = 16;

    private static readonly string[] Worrying =
    [
        Reasons.NoSource, Reasons.ClusterNotFound, Reasons.StorageNotFound, Reasons.Retrying, Reasons.PodNotStarting, Reasons.RemovalFailed, Reasons.JobLost, Reasons.DataMissing,
    ];

    /// <summary><paramref name="next"/> with all that is to be told of it.</summary>
    public static BackupState Tell(BackupKey key, BackupState before, BackupState next, DateTimeOffset now)
    {
        if (next.Uid.Length == 0 || (next.Gone && next.Successor is null))
            return next;
        var told = next.Gone ? next : next with
        {
            Conditions = BackupStatusBuilder.Conditions(next, now),
            EventsOwed = [.. next.EventsOwed.Concat(Events(key, before, next, now)).TakeLast(MostEvents)],
        };
        return Shown(before) == Shown(told) ? told : told with { StatusOwed = true };
    }

    /// <summary>The events of one change.</summary>
    public static IEnumerable<ResourceEvent> Events(BackupKey key, BackupState before, BackupState next, DateTimeOffset now)
    {
        var sameLife = before.Uid == next.Uid;
        if (next.Objection.Length > 0 && (!sameLife || before.Objection != next.Objection))
            yield return Event(key, next, Reasons.Invalid, "Refuse", next.Objection, warning: true, now);
        if (!sameLife || before.Phase != next.Phase || before.Reason != next.Reason)
        {
            if (next.Objection.Length == 0 || next.Reason != Reasons.Invalid)
                yield return Event(key, next, next.Reason, Action(next), next.Message, next.Phase == BackupPhase.Failed || Worrying.Contains(next.Reason), now);
        }
        if (next.Rewrap is { } rewrap && (rewrap.Reason != before.Rewrap?.Reason || rewrap.KeyId != before.Rewrap.KeyId))
            yield return Event(key, next, rewrap.Reason, "Rewrap", rewrap.Message, rewrap.Reason == Reasons.RewrapFailed, now);
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

    private static ResourceEvent Event(BackupKey key, BackupState state, string reason, string action, string message, bool warning, DateTimeOffset now) => new()
    {
        Kind = "MySQLBackup",
        Member = key.Member.Name,
        Namespace = key.Namespace,
        Name = key.Name,
        Uid = state.Uid,
        Warning = warning,
        Reason = reason,
        Action = action,
        Message = message,
        Time = now,
    };

    private static string Shown(BackupState state) => JsonSerializer.Serialize(BackupStatusBuilder.Build(state));
}

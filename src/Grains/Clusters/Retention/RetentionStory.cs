using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>What the owner of a cluster is told of its retention.</summary>
internal static class RetentionStory
{
    private const int MostNames = 5;
    private const int MostEvents = 32;

    /// <summary>What <c>status.retention</c> shows.</summary>
    public static RetentionStatus Status(RetentionState state, ClusterSpec spec, DateTimeOffset now)
    {
        var kept = RetentionPlanner.Plan(RetentionTerms.Of(spec), state.Entries, now).Where(verdict => verdict.Keeps).ToList();
        var going = state.Entries.Where(entry => entry is { Expired: false, GoesAt: not null }).ToList();
        var trouble = Trouble(state);
        return new()
        {
            Kept = kept.Count,
            KeptBy = [.. kept.CountBy(verdict => verdict.Why).OrderBy(count => count.Key).Select(count => new RetentionCount(count.Key.ToString(), count.Value))],
            Expiring = going.Count,
            Next = [.. going.OrderBy(entry => entry.GoesAt).ThenBy(entry => entry.Filed).Take(RetentionStatus.MaximumNames).Select(entry => new ExpiringBackup(entry.Name, entry.GoesAt!.Value, entry.Why))],
            Removing = state.Entries.Count(entry => entry.Expired),
            Pruned = state.Pruned,
            Reason = trouble is null ? "" : Reasons.PruneFailed,
            Message = trouble ?? (going.Count > 0 ? RetentionTerms.Pause(spec) ?? "" : ""),
        };
    }

    /// <summary><paramref name="next"/> with the events that a change brings about.</summary>
    public static RetentionState Tell(ClusterKey key, RetentionState before, RetentionState next, DateTimeOffset now)
    {
        var events = Removals(before, next).Concat(Failures(before, next)).Select(said => new ResourceEvent
        {
            Kind = "MySQLCluster",
            Member = key.Member.Name,
            Namespace = key.Namespace,
            Name = key.Name,
            Uid = next.Uid,
            Warning = said.Reason == Reasons.PruneFailed,
            Reason = said.Reason,
            Action = "Prune",
            Message = said.Message,
            Time = now,
        }).ToList();
        return events.Count == 0 ? next : next with { EventsOwed = [.. next.EventsOwed.Concat(events).TakeLast(MostEvents)] };
    }

    private static string? Trouble(RetentionState state) =>
        state.Prunes.Where(prune => prune.Reason is not null).Select(Sentence).ToList() is { Count: > 0 } failed ? string.Join(" ", failed) : null;

    private static IEnumerable<(string Reason, string Message)> Removals(RetentionState before, RetentionState next)
    {
        // Of those that were there: a backup's news may come after the word that it is gone, and brings back for a moment what was told before.
        var present = before.Entries.Where(entry => !entry.Removed).Select(entry => entry.Uid).ToHashSet();
        return from entry in next.Entries
               where entry.Removed && present.Contains(entry.Uid)
               group entry.Name by entry.Storage into storage
               select (Reasons.Pruned, string.Create(CultureInfo.InvariantCulture, $"Storage '{storage.Key}': {storage.Count()} backups that retention let go were removed: {Names([.. storage])}."));
    }

    private static IEnumerable<(string Reason, string Message)> Failures(RetentionState before, RetentionState next) =>
        from prune in next.Prunes
        where prune.Reason is not null && before.Prunes.FirstOrDefault(one => one.Storage == prune.Storage)?.Reason != prune.Reason
        select (Reasons.PruneFailed, Sentence(prune));

    private static string Sentence(StoragePrune prune) => $"Storage '{prune.Storage}': backups that retention let go could not be removed ({prune.Reason}): {prune.Message} It is tried again.";

    private static string Names(IReadOnlyList<string> names) => names.Count <= MostNames ? string.Join(", ", names)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more");
}

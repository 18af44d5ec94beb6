using System.IO.Hashing;
using System.Text;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>
/// The way of a backup out of the catalogue, as pure functions; each answers the very same object when nothing changed. A plan says that it
/// goes, and shows it; when its grace is over and a fresh plan still says so, it expires; when it has agreed, a Job removes its data with
/// others' (<see cref="PruneMachine"/>); then its resource goes.
/// </summary>
internal static class RetentionMachine
{
    /// <summary>
    /// More are not known. The oldest are left out, and so are never judged and stay. At an hour's pace that is more than a year without any rule.
    /// </summary>
    public const int MostEntries = 10_000;

    /// <summary>Between a plan and its act, where rules changed, or are gone by for the first time: long enough to see what was not meant.</summary>
    public static readonly TimeSpan AfterChange = TimeSpan.FromHours(1);

    /// <summary>The same where a newer backup or the time let one go, as everybody knew it would.</summary>
    public static readonly TimeSpan AfterBackup = TimeSpan.FromMinutes(10);

    /// <summary>The same for one that was imported: it may be one of hundreds that came at once, and their owner is to see what becomes of them.</summary>
    public static readonly TimeSpan AfterImport = TimeSpan.FromDays(1);

    /// <summary>At most so many expire at once: each is asked, and the next turn takes the others.</summary>
    private const int MostAtOnce = 200;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>A backup ended, changed since, or went.</summary>
    public static RetentionState Record(RetentionState state, BackupEnd end)
    {
        var known = state.Entries.FirstOrDefault(entry => entry.Uid == end.Uid);
        if (end.Gone || (end.Removed && known is not { Removed: true } && end.Facts is not { Expired: true }))
            return Drop(state, end.Uid);
        if (!end.Phase.IsFinal() || end.Facts is not { } facts)
            return state;
        var entry = (known ?? new() { Name = end.Backup.Name, Uid = end.Uid, Storage = facts.StorageName, Good = false, Completed = end.Completed }) with
        {
            Good = end.Phase == BackupPhase.Succeeded,
            Completed = known?.Completed ?? end.Completed,
            Schedule = facts.Schedule,
            Due = facts.Due,
            Held = facts.Held,
            Restoring = facts.Restoring,
            DeletesData = facts.DeletesData,
            KeepFor = facts.KeepFor,
            Place = facts.Place,
            Stored = facts.Stored,
            ImportedFrom = facts.ImportedFrom,
            Imported = facts.Imported,
            Missing = facts.Missing,
            SizeBytes = end.SizeBytes,
            StoredBytes = facts.StoredBytes,
            Duration = facts.Duration,
        };
        if (facts.Expired)
            entry = entry with { Expired = true, Agreed = true, Removed = entry.Removed || end.Removed, GoesAt = entry.GoesAt ?? end.Completed };
        return entry == known ? state : state with
        {
            Entries = [.. state.Entries.Where(one => one.Uid != end.Uid).Append(entry).OrderByDescending(one => one.Filed).ThenBy(one => one.Uid, StringComparer.Ordinal).Take(MostEntries)],
        };
    }

    /// <summary>A backup is known no longer.</summary>
    public static RetentionState Drop(RetentionState state, string uid) =>
        state.Entries.Any(entry => entry.Uid == uid) ? state with { Entries = [.. state.Entries.Where(entry => entry.Uid != uid)] } : state;

    /// <summary>The name of a good backup whose folder has this UID, other than the asker; null when there is none.</summary>
    public static string? FindOwner(RetentionState state, string folderUid, string askingUid) =>
        state.Entries.FirstOrDefault(entry => entry is { Good: true, Removed: false } && entry.Uid != askingUid && entry.Folder.Uid == folderUid)?.Name;

    /// <summary>The good backup that a drill takes, the newest or one by lot; null when there is none. One whose data is missing is known to be no good.</summary>
    public static CatalogueEntry? Choose(RetentionState state, BackupChoice choice)
    {
        var good = state.Entries.Where(entry => entry is { Good: true, Expired: false, Removed: false, Missing: false } && (choice.StorageName is not { } storage || entry.Storage == storage));
        return choice.Random
            ? good.MinBy(entry => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{choice.Lot}/{entry.Uid}")))
            : good.MaxBy(entry => entry.Completed);
    }

    /// <summary>The plan of now. What it lets go has a while yet.</summary>
    public static RetentionState Plan(RetentionState state, ClusterSpec spec, DateTimeOffset now)
    {
        // A Job belongs to the cluster's resource, and went with it.
        var fresh = state.Uid == spec.Uid ? state : state with { Uid = spec.Uid, Rules = "", Prunes = [], Pruned = 0, EventsOwed = [] };
        if (fresh.Prunes.Any(prune => !spec.Storages.ContainsKey(prune.Storage)))
            fresh = fresh with { Prunes = [.. fresh.Prunes.Where(prune => spec.Storages.ContainsKey(prune.Storage))] };
        var rules = RetentionTerms.Text(spec);
        if (fresh.Rules != rules)
            fresh = fresh with { Rules = rules, RulesSince = now };

        // Of a plane that lost its memory the backups come one after another: they have the same time as if they had been there. What was taken under
        // these very rules is no surprise; and they are first heard of when the first backup that they are for has ended.
        var (soon, later) = (now + AfterBackup, Later(now + AfterBackup, fresh.RulesSince + AfterChange));
        var verdicts = RetentionPlanner.Plan(RetentionTerms.Of(spec), fresh.Entries, now).ToDictionary(verdict => verdict.Backup.Uid);
        var entries = fresh.Entries.Select(entry => Judge(entry, verdicts[entry.Uid], Later(entry.Completed < fresh.RulesSince - AfterBackup ? later : soon, entry.Imported + AfterImport ?? soon))).ToList();
        return entries.SequenceEqual(fresh.Entries) ? fresh : fresh with { Entries = entries };
    }

    /// <summary>Those whose grace is over. It goes by the last plan, which must be one of this instant.</summary>
    public static RetentionState Expire(RetentionState state, ClusterSpec spec, DateTimeOffset now)
    {
        if (RetentionTerms.Pause(spec) is not null)
            return state;

        // A base waits until nothing that builds on it is left, whatever becomes of that.
        var needed = state.Entries.Select(entry => entry.Base).OfType<string>().ToHashSet();
        var due = state.Entries.Where(entry => !entry.Expired && entry.GoesAt <= now && !needed.Contains(entry.Uid)).Take(MostAtOnce).Select(entry => entry.Uid).ToHashSet();
        return due.Count == 0 ? state : With(state, due, entry => entry with { Expired = true });
    }

    /// <summary>Those that are yet to be asked whether they agree.</summary>
    public static IEnumerable<CatalogueEntry> Asked(RetentionState state) => state.Entries.Where(entry => entry is { Expired: true, Agreed: false });

    /// <summary>They were asked. Who does not agree is judged anew.</summary>
    public static RetentionState Answer(RetentionState state, IReadOnlyDictionary<string, bool> agreed) => agreed.Count == 0 ? state
        : With(state, agreed.Keys.ToHashSet(), entry => agreed[entry.Uid] ? entry with { Agreed = true } : entry with { Expired = false, GoesAt = null, Why = "" });

    /// <summary>Those whose resource may be deleted now: the data is gone, or is the backup's own to remove because no Job of the cluster's can.</summary>
    public static IEnumerable<CatalogueEntry> Parting(RetentionState state, ClusterSpec spec) =>
        RetentionTerms.Pause(spec) is not null ? [] : state.Entries.Where(entry => entry.Removed || (entry.Agreed && !PruneMachine.Reaches(spec, entry)));

    /// <summary>
    /// When there is something to do next; null for each tick. A day at the latest where something goes by age, and otherwise a week: then only a
    /// backup or a change of the rules makes another plan.
    /// </summary>
    public static DateTimeOffset? Next(RetentionState state, ClusterSpec spec, DateTimeOffset now)
    {
        if (state.Entries.Any(entry => entry.Expired) || state.Prunes.Any(prune => prune.Job is not null))
            return null;
        var ages = spec.Schedules.Any(schedule => schedule.Retention?.MaxAge is not null) || state.Entries.Any(entry => entry.KeepFor is not null);
        var latest = now + (ages ? Day : Day * 7);

        // What might have gone and has not waits for something else: for its cluster to go on, or for an increment to go.
        return state.Entries.Where(entry => entry.GoesAt > now).Min(entry => entry.GoesAt) is { } goes && goes < latest ? goes : latest;
    }

    /// <summary>Changes some of the entries.</summary>
    internal static RetentionState With(RetentionState state, IReadOnlySet<string> uids, Func<CatalogueEntry, CatalogueEntry> change) =>
        state with { Entries = [.. state.Entries.Select(entry => uids.Contains(entry.Uid) ? change(entry) : entry)] };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static CatalogueEntry Judge(CatalogueEntry entry, RetentionVerdict verdict, DateTimeOffset goes) =>
        entry.Expired ? entry
        : verdict.Keeps ? entry with { GoesAt = null, Why = "" }
        : entry with { GoesAt = entry.GoesAt ?? goes, Why = verdict.Because };
}

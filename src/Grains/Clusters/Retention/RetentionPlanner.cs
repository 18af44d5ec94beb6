using System.Globalization;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>
/// Says of every backup of a cluster whether it stays or goes, and why. Pure: the same backups, rules and instant, the same plan.
/// </summary>
/// <remarks>
/// <para>
/// A backup stays if anything keeps it. Rules are those of its own schedule, and look at that schedule's backups only: two schedules
/// on one storage do not count one another's. What somebody asked for stays unless it says itself for how long. The newest good backup of a
/// cluster stays whatever the rules say, and so does the newest one in each of its storages: an owner who keeps copies in two places does not
/// expect one of the places to run empty because its schedule was suspended. What was taken before the cluster's resource was made, of an
/// earlier cluster of the same name, is none of its rules' business and stays, unless it was imported into this one.
/// </para>
/// <para>
/// Days, weeks, months and years are counted where there is a backup, as restic does it: where none were taken for a month,
/// the seven days of <c>daily</c> are the last seven that have one. Of each, the newest stays. An increment is judged by the rules like a full
/// backup, and keeps its base, and that one's base, for as long as it stays itself.
/// </para>
/// </remarks>
internal static class RetentionPlanner
{
    /// <summary>A verdict for each backup, newest first.</summary>
    /// <param name="rules">What is in force.</param>
    /// <param name="backups">All that have ended, each UID once.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<RetentionVerdict> Plan(RetentionRules rules, IReadOnlyCollection<CatalogueEntry> backups, DateTimeOffset now)
    {
        if (!backups.Any(backup => backup.Missing))
            return PlanAll(rules, backups, now);

        // One whose data is missing counts for no rule, so that those which are there stay. It goes itself when it would go if it were there: it may come back.
        var there = PlanAll(rules, [.. backups.Where(backup => !backup.Missing)], now).ToDictionary(verdict => verdict.Backup.Uid);
        return [.. PlanAll(rules, backups, now).Select(verdict => there.GetValueOrDefault(verdict.Backup.Uid) ?? verdict)];
    }

    private static IReadOnlyList<RetentionVerdict> PlanAll(RetentionRules rules, IReadOnlyCollection<CatalogueEntry> backups, DateTimeOffset now)
    {
        var ordered = backups.OrderByDescending(backup => backup.Filed).ThenBy(backup => backup.Name, StringComparer.Ordinal).ThenBy(backup => backup.Uid, StringComparer.Ordinal).ToList();
        var kept = new Reasons();
        var living = ordered.Where(backup => !backup.Expired).ToList();
        KeepNewest(living, kept);
        foreach (var backup in living)
            KeepForItself(backup, rules, now, kept);
        foreach (var (name, rule) in rules.Schedules)
            KeepByRule(rule, [.. living.Where(backup => backup.Schedule == name && backup.KeepFor is null)], now, kept);
        KeepBases(living, kept);
        return [.. ordered.Select(backup => kept.Of(backup) ?? Expire(backup, rules))];
    }

    private static void KeepNewest(List<CatalogueEntry> living, Reasons kept)
    {
        var good = living.Where(backup => backup.Good).ToList();
        var newest = good.MaxBy(backup => backup.Completed);
        foreach (var there in good.GroupBy(backup => backup.Storage).Select(storage => storage.MaxBy(backup => backup.Completed)!))
            kept.Add(there, RetentionReason.Newest, there == newest ? "the newest good backup" : $"the newest good backup in storage '{there.Storage}'");
    }

    private static void KeepForItself(CatalogueEntry backup, RetentionRules rules, DateTimeOffset now, Reasons kept)
    {
        if (backup.Held)
            kept.Add(backup, RetentionReason.Held, "held by its annotation");
        if (backup.Restoring)
            kept.Add(backup, RetentionReason.Restoring, "a restore or a drill reads it");
        if (!backup.DeletesData)
            kept.Add(backup, RetentionReason.DataStays, "without its finalizer, its data is not to go with it");
        if ((backup.Imported ?? backup.Completed) < rules.Since)
            kept.Add(backup, RetentionReason.EarlierCluster, "taken before this cluster's resource was made");
        if (backup.KeepFor is { } age)
        {
            if (now - backup.Completed <= age)
                kept.Add(backup, RetentionReason.Rule, $"its own maxAge of {Ages.Write(age)}");
        }
        else if (backup.Schedule is not { } schedule)
        {
            kept.Add(backup, RetentionReason.OnDemand, "asked for by hand");
        }
        else if (!rules.Schedules.TryGetValue(schedule, out var rule))
        {
            kept.Add(backup, RetentionReason.NoRule, $"schedule '{schedule}' is not in the cluster's spec");
        }
        else if (rule.Retention is not { } retention || (backup.Good && !retention.LimitsGood))
        {
            kept.Add(backup, RetentionReason.NoRule, $"schedule '{schedule}' keeps all");
        }
    }

    private static void KeepByRule(ScheduleRule rule, List<CatalogueEntry> backups, DateTimeOffset now, Reasons kept)
    {
        if (rule.Retention is not { } retention)
            return;
        var good = backups.Where(backup => backup.Good).ToList();
        foreach (var period in Periods.Of(retention))
            KeepByPeriod(period, rule.Zone, good, kept);
        if (retention.MaxAge is { } age)
        {
            foreach (var backup in good.TakeWhile(backup => now - backup.Filed <= age))
                kept.Add(backup, RetentionReason.Rule, $"maxAge of {Ages.Write(age)}");
        }

        var history = retention.FailedHistory ?? RetentionSpec.DefaultFailedHistory;
        foreach (var (index, failed) in backups.Where(backup => !backup.Good).Take(history).Index())
            kept.Add(failed, RetentionReason.FailedHistory, Counted("failedHistory", index + 1, history));
    }

    private static void KeepByPeriod(Period period, TimeZoneInfo zone, List<CatalogueEntry> good, Reasons kept)
    {
        var seen = new HashSet<int>();
        foreach (var (index, backup) in good.Index())
        {
            if (!seen.Add(period.NumberOf(index, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(backup.Filed, zone).DateTime))))
                continue;
            if (seen.Count > period.Most)
                return;
            kept.Add(backup, RetentionReason.Rule, Counted(period.Name, seen.Count, period.Most));
        }
    }

    private static void KeepBases(List<CatalogueEntry> living, Reasons kept)
    {
        var byUid = living.ToDictionary(backup => backup.Uid);
        foreach (var increment in living.Where(backup => kept.Keeps(backup)).ToList())
        {
            var chain = new HashSet<string>();
            for (var at = increment; at.Base is { } uid && chain.Add(uid) && byUid.TryGetValue(uid, out var needed); at = needed)
                kept.AddOnce(needed, RetentionReason.Base, $"'{increment.Name}' needs it");
        }
    }

    private static RetentionVerdict Expire(CatalogueEntry backup, RetentionRules rules) => backup switch
    {
        { Expired: true } => new(backup, RetentionReason.Expired, "goes: its removal has begun"),
        { KeepFor: { } age } => new(backup, RetentionReason.TooOld, $"goes: older than its own maxAge of {Ages.Write(age)}"),
        { Good: false } => new(backup, RetentionReason.OldFailure, $"goes: it is no backup, and older than the {Number(rules.Schedules[backup.Schedule!].Retention!.FailedHistory ?? RetentionSpec.DefaultFailedHistory)} that failedHistory of schedule '{backup.Schedule}' keeps"),
        _ => new(backup, RetentionReason.NoRuleKeepsIt, $"goes: no rule of schedule '{backup.Schedule}' keeps it ({Ages.Write(rules.Schedules[backup.Schedule!].Retention!)})"),
    };

    private static string Counted(string rule, int number, int most) => string.Create(CultureInfo.InvariantCulture, $"{rule}, {number} of {most}");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What keeps each backup, the most telling first.</summary>
    private sealed class Reasons
    {
        private readonly Dictionary<string, List<(RetentionReason Why, string Words)>> found = [];

        public bool Keeps(CatalogueEntry backup) => found.ContainsKey(backup.Uid);

        public void Add(CatalogueEntry backup, RetentionReason why, string words)
        {
            if (!found.TryGetValue(backup.Uid, out var known))
                found[backup.Uid] = known = [];
            known.Add((why, words));
        }

        /// <summary>One increment says enough.</summary>
        public void AddOnce(CatalogueEntry backup, RetentionReason why, string words)
        {
            if (!found.TryGetValue(backup.Uid, out var known) || known.All(reason => reason.Why != why))
                Add(backup, why, words);
        }

        public RetentionVerdict? Of(CatalogueEntry backup)
        {
            if (!found.TryGetValue(backup.Uid, out var known))
                return null;
            var said = known.OrderBy(reason => reason.Why).ToList();
            return new(backup, said[0].Why, $"stays: {string.Join("; ", said.Select(reason => reason.Words))}");
        }
    }
}

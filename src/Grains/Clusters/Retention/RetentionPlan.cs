using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>What a schedule's backups are judged by.</summary>
/// <param name="Retention">The rule; null keeps all.</param>
/// <param name="Zone">Whose days, weeks, months and years count.</param>
internal sealed record ScheduleRule(RetentionSpec? Retention, TimeZoneInfo Zone);

/// <summary>What a cluster's backups are judged by.</summary>
/// <param name="Schedules">The rule of each schedule.</param>
/// <param name="Since">When the cluster's resource was made.</param>
internal sealed record RetentionRules(IReadOnlyDictionary<string, ScheduleRule> Schedules, DateTimeOffset Since);

/// <summary>What becomes of one backup, and why.</summary>
/// <param name="Backup">Which.</param>
/// <param name="Why">The reason that decided.</param>
/// <param name="Message">The same in a sentence, with every rule that keeps it.</param>
internal sealed record RetentionVerdict(CatalogueEntry Backup, RetentionReason Why, string Message)
{
    /// <summary>Whether it stays.</summary>
    public bool Keeps => Why < RetentionReason.NoRuleKeepsIt;

    /// <summary>The same without the word whether it stays or goes.</summary>
    public string Because => Message[(Message.IndexOf(':', StringComparison.Ordinal) + 2)..];
}

/// <summary>Why a backup stays or goes. What stands first is said first.</summary>
internal enum RetentionReason
{
    /// <summary>Stays: the newest good backup of its cluster, or the newest one in its storage.</summary>
    Newest,

    /// <summary>Stays: its owner holds it.</summary>
    Held,

    /// <summary>Stays: a restore reads it.</summary>
    Restoring,

    /// <summary>Stays: an increment that stays needs it.</summary>
    Base,

    /// <summary>Stays: a rule keeps it.</summary>
    Rule,

    /// <summary>Stays: one of the last failures.</summary>
    FailedHistory,

    /// <summary>Stays: somebody asked for it, and did not say for how long.</summary>
    OnDemand,

    /// <summary>Stays: its schedule has no rule, or is no longer there.</summary>
    NoRule,

    /// <summary>Stays: it was taken of an earlier cluster of the same name.</summary>
    EarlierCluster,

    /// <summary>Stays: its resource does not say that its data may go with it.</summary>
    DataStays,

    /// <summary>Goes: its schedule has rules, and none of them keeps it.</summary>
    NoRuleKeepsIt,

    /// <summary>Goes: it is older than its own word says.</summary>
    TooOld,

    /// <summary>Goes: it failed, and so did others since.</summary>
    OldFailure,

    /// <summary>Goes: its removal has begun.</summary>
    Expired,
}

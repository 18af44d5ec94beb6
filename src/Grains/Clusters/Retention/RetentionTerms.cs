using System.Text.Json;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>What a cluster's spec says of retention.</summary>
internal static class RetentionTerms
{
    /// <summary>The rules. A zone that this machine does not know counts as UTC: its schedule says so itself.</summary>
    public static RetentionRules Of(ClusterSpec spec) => new(
        spec.Schedules.DistinctBy(schedule => schedule.Name).ToDictionary(
            schedule => schedule.Name,
            schedule => new ScheduleRule(schedule.Retention, TimeZoneInfo.TryFindSystemTimeZoneById(schedule.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc)),
        spec.Created);

    /// <summary>The same as a text: equal texts, equal rules.</summary>
    public static string Text(ClusterSpec spec) => JsonSerializer.Serialize(spec.Schedules.Select(schedule => new { schedule.Name, schedule.TimeZone, schedule.Retention }));

    /// <summary>Why nothing is removed now, for people; null where removals go on.</summary>
    public static string? Pause(ClusterSpec spec) => spec switch
    {
        { BackupEnabled: false } => "Nothing is removed while spec.backup.enabled is false.",
        { Suspended: true } => "Nothing is removed while spec.suspended is true.",
        _ => null,
    };
}

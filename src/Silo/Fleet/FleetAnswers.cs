using System.Text.Json.Serialization;

namespace ControlPlane.Silo.Fleet;

/// <summary>A page of a list.</summary>
/// <param name="Items">What it shows.</param>
/// <param name="Next">What <c>after</c> takes for the page that follows; null on the last one. A page may be short, and even empty, and have one that follows.</param>
/// <param name="AsOf">How old the picture is.</param>
internal sealed record FleetPage<T>(IReadOnlyList<T> Items, string? Next, IReadOnlyList<MemberAge> AsOf);

/// <summary>How old the picture of one member is.</summary>
/// <param name="Member">The member.</param>
/// <param name="Synced">When the last complete list was read, the oldest one of its kinds; null before the first: then rows are missing.</param>
/// <param name="AgeSeconds">How long ago that was.</param>
/// <param name="Written">When anything was written last.</param>
internal sealed record MemberAge(string Member, DateTimeOffset? Synced, double? AgeSeconds, DateTimeOffset? Written);

/// <summary>A cluster in a list.</summary>
internal sealed record ClusterItem(
    string Member, string Namespace, string Name, DateTimeOffset Created, string Phase, string Reason, IReadOnlyList<string> Storages, IReadOnlyList<string> Schedules, IReadOnlyList<string> Policies,
    string? LastBackup, DateTimeOffset? RecoveryPoint, DateTimeOffset? Proven, double? RecoverySeconds, DateTimeOffset? NextDue, IReadOnlyList<string> Missed);

/// <summary>A backup in a list.</summary>
internal sealed record BackupItem(
    string Member, string Namespace, string Name, string Cluster, string Storage, string? Schedule, DateTimeOffset Created, string Phase, string Reason, DateTimeOffset? Started, DateTimeOffset? Completed,
    long? SizeBytes, long? StoredBytes, string? Verified, IReadOnlyList<string> Unusual);

/// <summary>A restore or a drill in a list; of a drill, phase, backup and times are those of the round at work, else of the last one.</summary>
internal sealed record TaskItem(
    string Member, string Namespace, string Name, string Cluster, string? Backup, DateTimeOffset Created, string Phase, string Reason, DateTimeOffset? Started, DateTimeOffset? Completed);

/// <summary>What nobody protects: a <c>MySQLCluster</c>, or a workload of another kind that no cluster describes, with the image by which it was known.</summary>
internal sealed record UnprotectedItem(string Member, string Namespace, string Name, string Kind, string Reason, DateTimeOffset Created, string? Image);

/// <summary>The whole fleet in numbers.</summary>
internal sealed record FleetTotals
{
    public required ClusterTotals Clusters { get; init; }

    public required BackupTotals Backups { get; init; }

    public required IReadOnlyDictionary<string, long> Restores { get; init; }

    public required IReadOnlyDictionary<string, long> Drills { get; init; }

    /// <summary>Workloads that look like databases and that no cluster describes.</summary>
    public required long UndescribedDatabases { get; init; }

    public required IReadOnlyList<MemberTotals> Members { get; init; }

    public required IReadOnlyList<MemberAge> AsOf { get; init; }
}

/// <summary>All clusters.</summary>
internal sealed record ClusterTotals(long Count, IReadOnlyDictionary<string, long> ByPhase, IReadOnlyDictionary<string, long> Missed);

/// <summary>All backups.</summary>
internal sealed record BackupTotals(long Count, long StoredBytes, IReadOnlyDictionary<string, long> ByPhase, IReadOnlyList<StorageTotals> ByStorage);

/// <summary>The backups that name one storage.</summary>
internal sealed record StorageTotals(string Storage, long Count, long StoredBytes);

/// <summary>One member.</summary>
internal sealed record MemberTotals(string Member, long Clusters, long Backups, long StoredBytes);

/// <summary>What is wrong with a question.</summary>
internal sealed record FleetFaults(IReadOnlyList<FleetFault> Errors);

/// <summary>One parameter that cannot be used.</summary>
internal sealed record FleetFault(string Parameter, string Value, string Message);

/// <summary>How answers are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FleetPage<ClusterItem>))]
[JsonSerializable(typeof(FleetPage<BackupItem>))]
[JsonSerializable(typeof(FleetPage<TaskItem>))]
[JsonSerializable(typeof(FleetPage<UnprotectedItem>))]
[JsonSerializable(typeof(FleetTotals))]
[JsonSerializable(typeof(FleetFaults))]
internal sealed partial class FleetJson : JsonSerializerContext;

using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Silo.Fleet;

/// <summary>Where the rows of one kind are: the columns beside the member, and what totals are counted by.</summary>
/// <param name="Name">The table.</param>
/// <param name="Shares">The column <c>kind</c> and its value, of a kind that shares its table; null for one that has a table of its own.</param>
/// <param name="Columns">The columns, in the order in which <paramref name="Values"/> gives them.</param>
/// <param name="Phase">What totals are counted by first, an expression.</param>
/// <param name="Detail">What totals are counted by beside the phase, an expression.</param>
/// <param name="Bytes">What their bytes are, an expression.</param>
/// <param name="Values">A row's values.</param>
internal sealed record FleetTable(string Name, string? Shares, IReadOnlyList<(string Name, SqlType Type)> Columns, string Phase, string Detail, string Bytes, Func<FleetRow, object?[]> Values)
{
    /// <summary>The columns that every table begins with.</summary>
    private static readonly (string, SqlType)[] Keys = [("namespace", SqlType.Text), ("name", SqlType.Text), ("uid", SqlType.Text), ("created", SqlType.Whole)];

    private static readonly (string, SqlType)[] TaskColumns = [.. Keys, ("phase", SqlType.Text), ("reason", SqlType.Text), ("cluster", SqlType.Text), ("backup", SqlType.Text), ("started", SqlType.Whole), ("completed", SqlType.Whole)];

    /// <summary>What names a row among all of the table.</summary>
    public string Key => Shares is null ? "member, namespace, name" : "member, kind, namespace, name";

    /// <summary>That a row is of the member at work, and of this kind.</summary>
    public string Mine => Shares is null ? "member = @member" : $"member = @member AND kind = '{Shares}'";

    /// <summary>The table of a kind.</summary>
    public static FleetTable Of(RowKind kind) => kind switch
    {
        RowKind.Cluster => Clusters,
        RowKind.Backup => Backups,
        RowKind.Restore => Restores,
        RowKind.Drill => Drills,
        RowKind.Database => Databases,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static FleetTable Clusters { get; } = new(
        "fleet_cluster", null,
        [
            .. Keys, ("phase", SqlType.Text), ("reason", SqlType.Text), ("storages", SqlType.Text), ("schedules", SqlType.Text), ("policies", SqlType.Text), ("last_backup", SqlType.Text),
            ("recovery_point", SqlType.Whole), ("proven", SqlType.Whole), ("recovery_seconds", SqlType.Real), ("next_due", SqlType.Whole), ("missed", SqlType.Text),
        ],
        "phase", "missed", "0",
        row => row is not ClusterRow it ? throw Wrong(row) :
        [
            .. KeysOf(it), it.Standing, it.Reason, it.Storages, it.Schedules, it.Policies, it.LastBackup, Instant(it.RecoveryPoint) ?? 0, Instant(it.Proven), it.RecoverySeconds, Instant(it.NextDue), it.Missed,
        ]);

    private static FleetTable Backups { get; } = new(
        "fleet_backup", null,
        [
            .. Keys, ("phase", SqlType.Text), ("reason", SqlType.Text), ("cluster", SqlType.Text), ("storage", SqlType.Text), ("schedule", SqlType.Text), ("started", SqlType.Whole), ("completed", SqlType.Whole),
            ("size_bytes", SqlType.Whole), ("stored_bytes", SqlType.Whole), ("verified", SqlType.Text), ("unusual", SqlType.Text),
        ],
        "phase", "storage", "COALESCE(sum(stored_bytes), 0)",
        row => row is not BackupRow it ? throw Wrong(row) :
        [
            .. KeysOf(it), it.Phase, it.Reason, it.Cluster, it.Storage, it.Schedule, Instant(it.Started), Instant(it.Completed), it.SizeBytes, it.StoredBytes, it.Verified, it.Unusual,
        ]);

    private static FleetTable Restores { get; } = new("fleet_task", nameof(RowKind.Restore), TaskColumns, "phase", "''", "0", TaskOf);

    private static FleetTable Drills { get; } = new("fleet_task", nameof(RowKind.Drill), TaskColumns, "phase", "''", "0", TaskOf);

    private static FleetTable Databases { get; } = new(
        "fleet_database", null,
        [.. Keys, ("workload", SqlType.Text), ("image", SqlType.Text), ("replicas", SqlType.Whole)],
        "''", "''", "0",
        row => row is not DatabaseRow it ? throw Wrong(row) : [.. KeysOf(it), it.Workload, it.Image, it.Replicas]);

    private static object?[] KeysOf(FleetRow row) => [row.Namespace, row.Name, row.Uid, Instant(row.Created)];

    private static object?[] TaskOf(FleetRow row) => row is not TaskRow it ? throw Wrong(row) : [.. KeysOf(it), it.Phase, it.Reason, it.Cluster, it.Backup, Instant(it.Started), Instant(it.Completed)];

    private static long? Instant(DateTimeOffset? instant) => instant?.ToUnixTimeMilliseconds();

    private static ArgumentException Wrong(FleetRow row) => new($"A {row.GetType().Name} is no row of this table.", nameof(row));
}

/// <summary>What a column holds, in either database.</summary>
internal enum SqlType
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>A whole number; instants are milliseconds since 1970.</summary>
    Whole,

    /// <summary>Any other number.</summary>
    Real,
}

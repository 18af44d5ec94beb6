using ControlPlane.Abstractions;

namespace ControlPlane.Silo.Fleet;

/// <summary>Why something stands in the list of the unprotected; the first that holds is said.</summary>
internal static class UnprotectedReasons
{
    /// <summary>A database that no cluster describes.</summary>
    public const string NoCluster = nameof(NoCluster);

    /// <summary>The cluster's resource cannot be read.</summary>
    public const string Invalid = Reasons.Invalid;

    /// <summary>Its backups are switched off.</summary>
    public const string BackupsDisabled = Reasons.BackupsDisabled;

    /// <summary>It is suspended.</summary>
    public const string Suspended = Reasons.Suspended;

    /// <summary>No schedule of its own or of a policy takes backups of it.</summary>
    public const string NoSchedule = Reasons.NoSchedule;

    /// <summary>There is no good backup yet.</summary>
    public const string NoBackup = Reasons.NoBackup;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [NoCluster, Invalid, BackupsDisabled, Suspended, NoSchedule, NoBackup];

    /// <summary>All clusters, with an empty reason where they are protected, and all databases that no cluster describes.</summary>
    public const string Query = $"""
        SELECT member, namespace, name, 'MySQLCluster' AS kind, created, '' AS image,
          CASE WHEN phase = 'Invalid' THEN '{Invalid}' WHEN phase = 'Disabled' THEN '{BackupsDisabled}' WHEN phase = 'Suspended' THEN '{Suspended}'
               WHEN schedules = ',' THEN '{NoSchedule}' WHEN last_backup = '' THEN '{NoBackup}' ELSE '' END AS reason
        FROM fleet_cluster
        UNION ALL SELECT member, namespace, name, workload, created, image, '{NoCluster}' FROM fleet_database
        """;
}

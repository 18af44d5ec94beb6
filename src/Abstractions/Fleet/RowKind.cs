namespace ControlPlane.Abstractions.Fleet;

/// <summary>What the read model has rows of. The names are stored: none may change.</summary>
public enum RowKind
{
    /// <summary><c>MySQLCluster</c>: <see cref="ClusterRow"/>.</summary>
    Cluster,

    /// <summary><c>MySQLBackup</c>: <see cref="BackupRow"/>.</summary>
    Backup,

    /// <summary><c>MySQLRestore</c>: <see cref="TaskRow"/>.</summary>
    Restore,

    /// <summary><c>RestoreDrill</c>: <see cref="TaskRow"/>.</summary>
    Drill,

    /// <summary>Databases without a resource: <see cref="DatabaseRow"/>.</summary>
    Database,
}

using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Clusters;

/// <summary>Whether a backup or a restore may begin. Each check is named after what is wrong; the first that objects gives the reason.</summary>
internal static class AdmissionChecks
{
    // Files are applied in any order: what a backup names may come a moment after it.
    private static readonly TimeSpan ForTheCluster = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ForAChange = TimeSpan.FromSeconds(15);

    private static readonly Func<ClusterState, ClusterWaiter, BackupRefusal?>[] Checks =
        [BackupsAreDisabled, StorageIsUnknown, ClusterIsSuspended, AnotherRestoreRuns, AnotherBackupRuns];

    // A cluster whose backups are suspended may need nothing more than a restore.
    private static readonly Func<ClusterState, ClusterWaiter, BackupRefusal?>[] ChecksOfRestores =
        [ImageIsMissing, AnotherRestoreRuns, AnotherBackupRuns];

    // What is in the store already asks nothing of the database, so who suspends his backups may import first.
    private static readonly Func<ClusterState, ClusterWaiter, BackupRefusal?>[] ChecksOfImport = [StorageIsUnknown, AnotherImportRuns];

    // A drill reads the store alone; the image is that of its Job.
    private static readonly Func<ClusterState, ClusterWaiter, BackupRefusal?>[] ChecksOfDrills = [ImageIsMissing, DrillsStorageIsUnknown, AnotherDrillRuns];

    /// <summary>Null when it may begin; otherwise the reason why not.</summary>
    /// <param name="name">The cluster's name, by which the backup asks for it.</param>
    /// <param name="cluster">What is known of the cluster.</param>
    /// <param name="backup">Who asks.</param>
    public static BackupRefusal? Judge(string name, ClusterState cluster, ClusterWaiter backup) =>
        (ClusterIsUnknown(name, cluster, backup) ?? ChecksOf(backup).Select(check => check(cluster, backup)).FirstOrDefault(refusal => refusal is not null)) is { } refusal
            ? refusal with { StartingDeadline = cluster.Spec?.StartingDeadline }
            : null;

    private static Func<ClusterState, ClusterWaiter, BackupRefusal?>[] ChecksOf(ClusterWaiter waiter) => waiter.Use switch
    {
        SlotUse.Restore => ChecksOfRestores,
        SlotUse.Drill => ChecksOfDrills,
        SlotUse.Import => ChecksOfImport,
        _ => Checks,
    };

    private static BackupRefusal? ClusterIsUnknown(string name, ClusterState cluster, ClusterWaiter backup) =>
        cluster.Spec is not null ? null
        : cluster.Faults.Count == 0
            ? Refuse(backup, Reasons.ClusterNotFound, $"spec.clusterName '{name}' is no MySQLCluster in this namespace: apply it, or name one of `kubectl get mysqlclusters`.", ForTheCluster)
            : Refuse(backup, Reasons.ClusterNotFound, $"spec.clusterName '{name}' is a MySQLCluster that cannot be read: its status lists the faults.", ForTheCluster);

    private static BackupRefusal? BackupsAreDisabled(ClusterState cluster, ClusterWaiter backup) =>
        cluster.Spec!.BackupEnabled ? null
        : Refuse(backup, Reasons.BackupsDisabled, "spec.backup.enabled of the cluster is false; set it to true and create the backup again.", ForAChange);

    private static BackupRefusal? StorageIsUnknown(ClusterState cluster, ClusterWaiter backup) =>
        cluster.Spec!.Storages.ContainsKey(backup.StorageName) ? null
        : Refuse(backup, Reasons.StorageNotFound, $"spec.storageName '{backup.StorageName}' is none of the cluster's storages: {Names(cluster)}.", ForAChange);

    private static BackupRefusal? ClusterIsSuspended(ClusterState cluster, ClusterWaiter backup) =>
        !cluster.Spec!.Suspended ? null
        : Refuse(backup, Reasons.Suspended, "spec.suspended of the cluster is true; the backup begins when it is false.", null);

    private static BackupRefusal? ImageIsMissing(ClusterState cluster, ClusterWaiter restore) =>
        cluster.Spec!.Image.Name.Length > 0 ? null
        : Refuse(restore, Reasons.BackupsDisabled, $"The cluster's spec.backup.image says nothing, and the Jobs of a {(restore.Use == SlotUse.Restore ? "restore" : "drill")} need it; set it, and begin again.", ForAChange);

    private static BackupRefusal? DrillsStorageIsUnknown(ClusterState cluster, ClusterWaiter drill) =>
        drill.StorageName.Length == 0 || cluster.Spec!.Storages.ContainsKey(drill.StorageName) ? null
        : Refuse(drill, Reasons.StorageNotFound, $"spec.backup.storageName '{drill.StorageName}' is none of the cluster's storages: {Names(cluster)}.", ForAChange);

    private static BackupRefusal? AnotherDrillRuns(ClusterState cluster, ClusterWaiter drill) =>
        cluster.Drilling is not { } running || running.Uid == drill.Uid ? null
        : Refuse(drill, Reasons.DrillRunning, $"Waits for drill '{DrillKey.Parse(running.Backup).Name}' of the same cluster to end.", null);

    /// <summary>The last check of a drill: it is asked when the slot is free.</summary>
    public static BackupRefusal HasNoBackup(ClusterWaiter drill) => Refuse(
        drill, Reasons.NoBackup, $"There is no good backup of this cluster{(drill.StorageName.Length > 0 ? $" in storage '{drill.StorageName}'" : "")} that could be proven.", ForTheCluster);

    private static BackupRefusal? AnotherRestoreRuns(ClusterState cluster, ClusterWaiter backup) =>
        cluster.Running is not { IsRestore: true } running || running.Uid == backup.Uid ? null
        : Refuse(backup, Reasons.RestoreRunning, $"Waits for restore '{RestoreKey.Parse(running.Backup).Name}' of the same cluster to end.", null);

    private static BackupRefusal? AnotherBackupRuns(ClusterState cluster, ClusterWaiter backup) =>
        cluster.Running is not { } running || running.Uid == backup.Uid ? null
        : Refuse(backup, Reasons.BackupRunning, $"Waits for backup '{BackupKey.Parse(running.Backup).Name}' of the same cluster to end.", null);

    private static BackupRefusal? AnotherImportRuns(ClusterState cluster, ClusterWaiter backup) =>
        cluster.Importing is not { } importing || importing.Uid == backup.Uid ? null
        : Refuse(backup, Reasons.ImportRunning, $"Waits until backup '{BackupKey.Parse(importing.Backup).Name}' of the same cluster was imported.", null);

    /// <summary>The last check of an import: two resources for one folder would each take the other's data away.</summary>
    public static BackupRefusal IsDescribed(ClusterWaiter backup, string owner) => Refuse(
        backup, Reasons.AlreadyDescribed, $"spec.importFrom.folder '{backup.ImportFrom}' is that of backup '{owner}' already: delete this resource, or that one without its finalizer.", TimeSpan.Zero);

    private static BackupRefusal Refuse(ClusterWaiter backup, string reason, string message, TimeSpan? patience) =>
        new() { Uid = backup.Uid, Reason = reason, Message = message, Patience = patience };

    private static string Names(ClusterState cluster) =>
        cluster.Spec!.Storages.Count == 0 ? "it has none" : string.Join(", ", cluster.Spec.Storages.Keys.Order(StringComparer.Ordinal));
}

using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>A cluster, one of its backups, and what the edge would say of them.</summary>
internal static class Orders
{
    public static readonly MemberKey Member = new(MemberKey.Local);
    public static readonly ClusterKey Cluster = new(Member, "shop", "orders");
    public static readonly BackupKey Backup = new(Member, "shop", "backup1");

    public static BackupSpec Wish(string uid = "u1", string cluster = "orders") => new()
    {
        Uid = uid,
        Generation = 1,
        Created = TimeProvider.System.GetUtcNow(),
        ClusterName = cluster,
        StorageName = "s3-main",
    };

    public static ClusterSpec Spec(string uid = "c1") => new()
    {
        Uid = uid,
        Generation = 1,
        Workload = new() { Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" },
        CredentialsSecret = "orders-backup",
        BackupEnabled = true,
        Image = new() { Name = "controlplane/sidecar:1.0" },
        BackoffLimit = 3,
        ActiveDeadline = TimeSpan.FromHours(12),
        Storages = new Dictionary<string, StorageSpec>
        {
            ["s3-main"] = new() { Request = new() { Name = "s3-main", Type = StorageType.S3, S3 = new() { Bucket = "backups" } } },
        },
    };

    public static ClusterSurvey Survey(string uid) => new()
    {
        Uid = uid,
        Instances =
        [
            new()
            {
                Pod = "orders-mysql-0",
                Address = "10.0.0.7",
                Node = "node-a",
                Ready = true,
                HasAgent = true,
                View = new() { ServerReachable = true, Role = InstanceRole.Primary, Engine = BackupEngine.MariaDbBackup },
            },
        ],
    };

    public static JobReport Success(string uid) => new()
    {
        Uid = uid,
        Attempt = 1,
        Summary = new()
        {
            ManifestDigest = "sha256:" + new string('a', 64),
            SizeBytes = 1 << 30,
            StoredBytes = 1 << 29,
            Segments = 16,
            Engine = BackupEngine.MariaDbBackup,
            Positions = new() { GtidExecuted = "0-1-42" },
        },
    };
}

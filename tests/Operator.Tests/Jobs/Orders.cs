using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Jobs;

/// <summary>Orders as grains give them.</summary>
internal static class Orders
{
    public const string Uid = "4f2c1d6e-0000-4000-8000-000000000001";

    public static JobOrder Backup(string @namespace = "shop", string name = "backup1", string uid = Uid, string image = "controlplane/sidecar:1.0") => new()
    {
        Subject = new(JobSubjectKind.Backup, new("local"), @namespace, name),
        Job = JobNames.For(name, uid, JobOperation.Backup, 1),
        Request = Request(JobOperation.Backup, @namespace, name, uid),
        Storage = S3(),
        Jobs = new() { Image = new() { Name = image } },
        Source = new() { Pod = "orders-mysql-1", Address = "10.36.0.17", Node = "node-a", Engine = BackupEngine.MariaDbBackup, ToolArguments = ["--parallel=2"], ClusterName = "orders" },
        ActiveDeadline = TimeSpan.FromHours(12),
        OwnedByResource = true,
    };

    public static JobOrder Removal() => Backup() with
    {
        Job = JobNames.For("backup1", Uid, JobOperation.Delete, 1),
        Request = Request(JobOperation.Delete, "shop", "backup1", Uid),
        Source = null,
        ActiveDeadline = TimeSpan.FromMinutes(30),
        OwnedByResource = false,
    };

    public static JobOrder ClusterSweep()
    {
        var asked = DateTimeOffset.Parse("2026-11-22T18:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        return Removal() with
        {
            Subject = new(JobSubjectKind.Cluster, new("local"), "shop", "orders"),
            Job = JobNames.ForSweep("orders", Uid, "s3-main", 29_712_345),
            Request = Request(JobOperation.SweepCluster, "shop", "orders", Uid) with
            {
                Version = JobRequest.ClusterSweepVersion,
                Attempt = 29_712_345,
                Sweep = new() { Asked = asked, SafeAgeSeconds = 691_200, KnownUids = ["4f2c1d6e-0000-4000-8000-000000000002"] },
            },
            OwnedByResource = true,
        };
    }

    public static JobOrder Prune() => ClusterSweep() with
    {
        Job = JobNames.ForPrune("orders", Uid, "s3-main", 29_712_345),
        Request = ClusterSweep().Request with
        {
            Version = JobRequest.PruneVersion,
            Operation = JobOperation.Prune,
            Sweep = null,
            Prune = new()
            {
                Backups =
                [
                    new() { Name = "orders-nightly-202611010230", Uid = "4f2c1d6e-0000-4000-8000-000000000002" },
                    new() { Name = "backup7", Uid = "4f2c1d6e-0000-4000-8000-000000000003" },
                ],
            },
        },
    };

    /// <summary>A Job of a restore: planning while a server runs on the volume, anything else while none does, and undoing once the resource is gone.</summary>
    public static JobOrder Restore(JobOperation operation)
    {
        const string Claim = "datadir-orders-mysql-1";
        var reads = operation != JobOperation.UndoRestore;
        var sealing = reads ? new SealingRequest { SecretName = "backup-keys", KeyId = "key-2026" } : null;
        return Backup() with
        {
            Subject = new(JobSubjectKind.Restore, new("local"), "shop", "back1"),
            Job = JobNames.ForRestore("back1", Uid, Claim, operation, 3),
            Request = Request(operation, "shop", "back1", Uid) with
            {
                Version = JobRequest.RestoreVersion,
                Attempt = 3,
                Sealing = sealing,
                Restore = new()
                {
                    Source = reads ? new() { Backup = new() { Namespace = "shop", Cluster = "orders", Name = "backup1", Uid = "4f2c1d6e-0000-4000-8000-000000000002" } } : null,
                    Volume = new() { Name = Claim },
                    Target = new() { Engine = BackupEngine.MariaDbBackup, ServerVersion = "10.11.19-MariaDB" },
                },
            },
            Source = null,
            OwnedByResource = reads,
            Volume = new()
            {
                Claim = Claim,
                Identity = new() { User = 999, Group = 999, FsGroup = 999, ResourcesJson = """{"limits":{"memory":"1Gi"},"requests":{"cpu":"50m","memory":"256Mi"}}""" },
                Node = operation == JobOperation.PlanRestore ? "node-b" : null,
                ReadOnly = operation == JobOperation.PlanRestore,
            },
        };
    }

    /// <summary>A drill's Job, once the edge has filled in the server; with a class, the volume is made for it.</summary>
    public static JobOrder Drill(string? storageClass = null)
    {
        var restore = Restore(JobOperation.PlanRestore);
        return restore with
        {
            Subject = new(JobSubjectKind.Drill, new("local"), "shop", "weekly"),
            Job = JobNames.ForDrill("weekly", Uid, 29_712_345),
            Request = Request(JobOperation.Drill, "shop", "weekly", Uid) with
            {
                Version = JobRequest.RestoreVersion,
                Attempt = 29_712_345,
                Sealing = restore.Request.Sealing,
                Restore = restore.Request.Restore! with { Volume = null, Target = new() { Engine = BackupEngine.MariaDbBackup }, Drill = new() { TablesChecked = 20, Queries = [new() { Query = "select 1", Expected = "1" }] } },
            },
            Volume = null,
            Drill = new()
            {
                VolumeBytes = 8L << 30,
                StorageClassName = storageClass,
                Image = new() { Name = "mariadb:10.11", PullPolicy = "IfNotPresent", PullSecrets = ["registry"] },
                ContainerJson = """{"resources":{"limits":{"memory":"1Gi"},"requests":{"cpu":"50m","memory":"256Mi"}}}""",
                Workload = new() { Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" },
            },
        };
    }

    public static JobOrder Sealed()
    {
        var sealing = new SealingRequest { SecretName = "backup-keys", KeyId = "key-2026" };
        return Backup() with
        {
            Request = Backup().Request with { Version = JobRequest.SealingVersion, Sealing = sealing },
            Storage = S3() with { Sealing = sealing },
        };
    }

    public static StorageSpec S3() => new()
    {
        Request = new() { Name = "s3-main", Type = StorageType.S3, CredentialsSecret = "s3-credentials", S3 = new() { Bucket = "backups", Prefix = "prod", Region = "eu-central-1" } },
    };

    public static StorageSpec Gcs() => new()
    {
        Request = new() { Name = "gcs-main", Type = StorageType.Gcs, CredentialsSecret = "gcs-credentials", Gcs = new() { Bucket = "backups", Prefix = "prod", StorageClass = "NEARLINE" } },
    };

    private static JobRequest Request(JobOperation operation, string @namespace, string name, string uid) => new()
    {
        Operation = operation,
        Backup = new() { Namespace = @namespace, Cluster = "orders", Name = name, Uid = uid },
        Attempt = 1,
        Storage = S3().Request,
        Deadline = DateTimeOffset.Parse("2026-11-23T00:00:00Z"),
    };
}

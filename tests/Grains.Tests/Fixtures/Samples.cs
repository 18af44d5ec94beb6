using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Fixtures;

/// <summary>A cluster with two instances, and one of its backups.</summary>
internal static class Samples
{
    public const string Uid = "4f2c7a10-0000-4000-8000-000000000001";
    public const string OtherUid = "4f2c7a10-0000-4000-8000-000000000002";

    public static readonly DateTimeOffset Start = new(2026, 11, 22, 2, 30, 0, TimeSpan.Zero);
    public static readonly MemberKey Member = new(MemberKey.Local);
    public static readonly BackupKey Key = new(Member, "shop", "backup1");
    public static readonly ClusterKey Cluster = new(Member, "shop", "orders");

    public static BackupSpec Spec(string uid = Uid, long generation = 1) => new()
    {
        Uid = uid,
        Generation = generation,
        Created = Start,
        ClusterName = "orders",
        StorageName = "s3-main",
        DeletesData = true,
    };

    public static ClusterSpec ClusterSpec(long generation = 1) => new()
    {
        Uid = "c1",
        Generation = generation,
        Workload = new() { Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" },
        CredentialsSecret = "orders-backup",
        BackupEnabled = true,
        Image = new() { Name = "controlplane/sidecar:1.0" },
        BackoffLimit = 3,
        ActiveDeadline = TimeSpan.FromHours(12),
        Storages = new Dictionary<string, StorageSpec> { ["s3-main"] = Storage() },
    };

    public static StorageSpec Storage() => new()
    {
        Request = new() { Name = "s3-main", Type = StorageType.S3, S3 = new() { Bucket = "backups", Prefix = "prod", Region = "eu-central-1" } },
    };

    public static StorageSpec SealedStorage() => Storage() with { Sealing = new() { SecretName = "backup-keys", KeyId = "key-1" } };

    public static ClusterSpec With(this ClusterSpec cluster, StorageSpec storage) =>
        cluster with { Storages = new Dictionary<string, StorageSpec> { [storage.Request.Name] = storage } };

    public static BackupAdmission Admission(string uid = Uid) => new() { Uid = uid, Cluster = ClusterSpec() };

    public static SurveyedInstance Instance(string pod, InstanceRole role = InstanceRole.Replica, double? lag = 0, bool ready = true) => new()
    {
        Pod = pod,
        Address = "10.0.0.7",
        Node = "node-a",
        Ready = ready,
        HasAgent = true,
        View = new() { ServerReachable = true, Role = role, LagSeconds = lag, Engine = BackupEngine.MariaDbBackup },
    };

    public static ClusterSurvey Survey(params SurveyedInstance[] instances) => new() { Uid = Uid, Instances = instances };

    public static ClusterSurvey GoodSurvey(string uid = Uid) =>
        new() { Uid = uid, Instances = [Instance("orders-mysql-0", InstanceRole.Primary, null), Instance("orders-mysql-1")] };

    public static string JobName(JobOperation operation, int number, string uid = Uid) => JobNames.For(Key.Name, uid, operation, number);

    public static JobSighting Sighting(JobState state, JobOperation operation = JobOperation.Backup, int number = 1, JobReport? report = null, BackupStage? stage = null, string? trouble = null, string uid = Uid) =>
        new() { Uid = state == JobState.Missing ? "" : uid, Job = JobName(operation, number, uid), State = state, Report = report, Stage = stage, Trouble = trouble };

    public static JobReport Success(int attempt = 1, string uid = Uid) => new() { Uid = uid, Attempt = attempt, Summary = Summary() };

    public static JobReport Fault(JobFault fault, int attempt = 1, string message = "It was so.") => new() { Uid = Uid, Attempt = attempt, Fault = fault, Message = message };

    /// <summary>What a runner says of a backup that is sealed.</summary>
    public static JobReport Sealed(string key, int attempt = 1, string uid = Uid) => new() { Uid = uid, Attempt = attempt, Message = $"It has the key {key}.", Summary = Summary() with { EncryptionKeyId = key } };

    /// <summary>Where a backup lies that was taken by a resource which is no more.</summary>
    public static BackupFolder Folder => new("nightly", "9e8d7c60-0000-4000-8000-000000000009");

    /// <summary>What a runner says of a folder that holds a whole backup.</summary>
    public static JobReport Imported(int number = 1, string uid = Uid, string? key = null) => new()
    {
        Uid = uid,
        Attempt = number,
        Summary = Summary() with { EncryptionKeyId = key },
        Import = new() { Started = Start.AddDays(-30), Completed = Start.AddDays(-30).AddHours(1), SourcePod = "orders-mysql-2" },
    };

    public static BackupSummary Summary() => new()
    {
        ManifestDigest = "sha256:" + new string('a', 64),
        SizeBytes = 1 << 30,
        StoredBytes = 1 << 29,
        Segments = 16,
        Engine = BackupEngine.MariaDbBackup,
        Positions = new() { GtidExecuted = "0-1-42" },
    };
}

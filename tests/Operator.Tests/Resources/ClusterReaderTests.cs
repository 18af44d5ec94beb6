using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Resources;

public sealed class ClusterReaderTests
{
    private const string Storage = "spec/backup/storages/main/";
    private const string S3 = Storage + "s3/";

    [Fact]
    public void Read_TheLeast_HasTheDocumentedDefaults()
    {
        var spec = Documents.ReadCluster(Documents.Cluster()).Spec!;

        Assert.Equal((Documents.Uid, 3L), (spec.Uid, spec.Generation));
        Assert.Equal(new WorkloadSpec { Kind = "StatefulSet", Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" }, spec.Workload);
        Assert.Equal((BackupEngine.Auto, SidecarMode.Inject, false), (spec.Engine, spec.SidecarMode, spec.Suspended));
        Assert.Equal((6, TimeSpan.FromHours(12), null), (spec.BackoffLimit, spec.ActiveDeadline, spec.StartingDeadline));
        var storage = spec.Storages["main"];
        Assert.Equal(new S3StorageRequest { Bucket = "backups" }, storage.Request.S3);
        Assert.True(storage.Request.VerifyTls);
        Assert.Null(storage.Request.CredentialsSecret);
        Assert.Equal(new CompressionRequest { Codec = Codec.Zstd, Level = 1 }, storage.Compression);
        Assert.Equal("{}", storage.PodJson);
        Assert.Null(storage.Sealing);
    }

    [Fact]
    public void Read_WithoutABackupSection_HasBackupsOff()
    {
        var spec = Documents.ReadCluster(Documents.Cluster().With("spec/backup", "-")).Spec!;

        Assert.False(spec.BackupEnabled);
        Assert.Empty(spec.Storages);
    }

    [Fact]
    public void Read_EverythingThereIs_IsCarried()
    {
        var spec = Documents.ReadCluster(Yaml.Parse(Checkout.Read("tests/Operator.Tests/Cases/reader/everything.yaml")).Stored());

        Assert.Empty(spec.Faults?.Faults ?? []);
        var read = spec.Spec!;
        Assert.Equal((BackupEngine.MariaDbBackup, SidecarMode.Present, true), (read.Engine, read.SidecarMode, read.Suspended));
        Assert.Equal(("IfNotPresent", "registry"), (read.Image.PullPolicy, read.Image.PullSecrets.Single()));
        Assert.Equal((0, TimeSpan.FromHours(2), TimeSpan.FromHours(1)), (read.BackoffLimit, read.ActiveDeadline, read.StartingDeadline));
        Assert.Equal(("runner", "orders-mysql-1"), (read.ServiceAccountName, read.SourcePod));
        Assert.Contains("\"runAsUser\":999", read.AgentContainerJson, StringComparison.Ordinal);
        Assert.Equal(["weekly", "monthly"], read.Drills.Select(drill => drill.Name));
        Assert.StartsWith("""{"schedule":"0 5 * * 0","timeZone":"Europe/Prague",""", read.Drills[0].SpecJson, StringComparison.Ordinal);
        Assert.Equal((1, 2, true), (read.Times.Windows.Count, read.Times.Blackouts.Count, read.Times.Blackouts[0].BindsAll));
        var storage = read.Storages["s3-main"];
        Assert.Equal(
            new S3StorageRequest
            {
                Bucket = "backups",
                Prefix = "prod/mysql",
                Region = "eu-central-1",
                Endpoint = new("https://s3.example.com:9000"),
                ForcePathStyle = true,
                StorageClass = "STANDARD_IA",
                ServerSideEncryption = "aws:kms",
                KmsKeyId = "alias/backups",
            },
            storage.Request.S3);
        Assert.Equal(("s3-credentials", true), (storage.Request.CredentialsSecret, storage.Request.HasCaBundle));
        Assert.Equal(new SecretKeyReference("store-ca", "ca.crt"), storage.CaBundle);
        Assert.Equal(["--parallel=4"], storage.ContainerOptions.ToolArguments);
        Assert.Equal("http://proxy:3128", storage.ContainerOptions.Environment["HTTPS_PROXY"]);
        Assert.Contains("topologyKey", storage.PodJson, StringComparison.Ordinal);
        Assert.Equal(
            new AzureStorageRequest { Container = "backups", Prefix = "prod/mysql", Endpoint = new("https://myaccount.blob.core.windows.net"), StorageClass = "Cool" },
            read.Storages["azure-main"].Request.Azure);
        Assert.Equal(("azure-credentials", null), (read.Storages["azure-main"].Request.CredentialsSecret, read.Storages["azure-identity"].Request.CredentialsSecret));
        Assert.Equal(("backups", "prod"), (read.Storages["azure-identity"].Request.Azure!.Container, read.Storages["azure-identity"].Request.Azure!.Prefix));
        Assert.Equal(new FileSystemStorageRequest { PersistentVolumeClaim = "backups", Path = "mysql" }, read.Storages["volume"].Request.FileSystem);
        Assert.Equal(Codec.None, read.Storages["volume"].Compression.Codec);
        Assert.Equal((50L << 20, ReadBack.Listing), (storage.UploadBytesPerSecond, storage.ReadBack));
        Assert.Equal((1_500_000L, ReadBack.Full), (read.Storages["volume"].UploadBytesPerSecond, read.Storages["volume"].ReadBack));
        Assert.Equal(new SealingRequest { SecretName = "orders-keys", KeyId = "key-2026" }, storage.Sealing);
        Assert.Equal(new SealingRequest { SecretName = "backup-keys", KeyId = "key-2025" }, read.Storages["volume"].Sealing);
        Assert.Equal(
            new ScheduleSpec
            {
                Name = "nightly",
                Cron = "30 2 * * mon-fri",
                StorageName = "s3-main",
                TimeZone = "Europe/Prague",
                Jitter = TimeSpan.FromMinutes(10),
                Concurrency = ConcurrencyPolicy.Queue,
                MissedRun = MissedRunPolicy.Skip,
                Suspended = true,
                Retention = new() { Count = 2, MaxAge = TimeSpan.FromDays(3), Daily = 3, Weekly = 4, Monthly = 5, Yearly = 6, FailedHistory = 0 },
            },
            read.Schedules[0]);
        Assert.Equal(new() { Count = 24 }, read.Schedules[1].Retention);
        Assert.Equal(new() { Count = 1, MaxAge = TimeSpan.FromDays(56), Daily = 7, Weekly = 6, Monthly = 5, Yearly = 4, FailedHistory = 3 }, read.Schedules[2].Retention);
        Assert.Equal(new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), read.Created);
    }

    [Fact]
    public void Read_ASchedule_HasTheDocumentedDefaults()
    {
        var schedules = "[{\"name\":\"nightly\",\"schedule\":\"@daily\",\"storageName\":\"main\"},{\"name\":\"stopped\",\"schedule\":\"\",\"storageName\":\"main\"}]";
        var read = Documents.ReadCluster(Documents.Cluster().With("spec/backup/schedule", schedules)).Spec!.Schedules;

        Assert.Equal(new ScheduleSpec { Name = "nightly", Cron = "@daily", StorageName = "main", TimeZone = "UTC" }, read[0]);
        Assert.Equal("", read[1].Cron);
    }

    [Fact]
    public void Read_AStatusOfAnEarlierLife_IsCarriedAndNonsenseIsNot()
    {
        var status = new ScheduleStatus { Name = "nightly", NextDue = new(2026, 3, 1, 2, 30, 0, TimeSpan.Zero), Missed = 3 };
        var document = JsonSerializer.Serialize(ClusterStatusDocument.From(new() { Uid = Documents.Uid, ObservedGeneration = 1, Conditions = [], Schedules = [status] }), StatusJson.Default.ClusterStatusDocument);

        Assert.Equal(status, Assert.Single(Documents.ReadCluster(Documents.Cluster().With("status", document)).Spec!.RecordedSchedules));
        Assert.Empty(Documents.ReadCluster(Documents.Cluster().With("status", "{\"schedules\":7}")).Spec!.RecordedSchedules);
    }

    [Theory]
    [InlineData("{\"codec\":\"lz4\"}", Codec.Lz4, 1)]
    [InlineData("{\"codec\":\"lz4\",\"level\":12}", Codec.Lz4, 12)]
    [InlineData("{\"level\":19}", Codec.Zstd, 19)]
    public void Read_ACompression_IsCarriedAndComesBackFromAStatus(string compression, Codec codec, int level)
    {
        var storage = Documents.ReadCluster(Documents.Cluster().With(Storage + "compression", compression)).Spec!.Storages["main"];

        Assert.Equal(new CompressionRequest { Codec = codec, Level = level }, storage.Compression);
        Assert.Equal(storage.Compression, StorageDocument.Read(StorageDocument.Write(storage))!.Compression);
    }

    [Theory]
    [InlineData("65536", 65536)]
    [InlineData("\"64Ki\"", 65536)]
    [InlineData("\"52428800\"", 50 << 20)]
    [InlineData("\"1.5G\"", 1_500_000_000)]
    [InlineData("\"0.5Mi\"", 512 << 10)]
    [InlineData("1099511627776", 1L << 40)]
    [InlineData("\"1Ti\"", 1L << 40)]
    public void Read_ABandwidth_IsCarriedAndComesBackFromAStatus(string written, long bytes)
    {
        var storage = Documents.ReadCluster(Documents.Cluster().With(Storage + "uploadBandwidth", written)).Spec!.Storages["main"];

        Assert.Equal(bytes, storage.UploadBytesPerSecond);
        Assert.Equal(bytes, StorageDocument.Read(StorageDocument.Write(storage))!.UploadBytesPerSecond);
    }

    [Fact]
    public void Read_AKeySecretWithoutItsEntry_TakesTheDocumentedOne()
    {
        var spec = Documents.ReadCluster(Documents.Cluster().With(Storage + "encryptionKeySecret", """{"name":"keys"}""")).Spec!;

        Assert.Equal(new SealingRequest { SecretName = "keys", KeyId = "encryptionKey" }, spec.Storages["main"].Sealing);
    }

    [Theory]
    [InlineData("\"backups/prod\"", "-", "prod")]
    [InlineData("\"backups/\"", "-", "")]
    [InlineData("\"backups\"", "\"/prod/mysql/\"", "prod/mysql")]
    [InlineData("\"backups/prod/\"", "\"\"", "prod")]
    public void Read_ABucketWithAPrefix_SplitsIt(string bucket, string prefix, string expected)
    {
        var request = Documents.ReadCluster(Documents.Cluster().With(S3 + "bucket", bucket).With(S3 + "prefix", prefix)).Spec!.Storages["main"].Request.S3!;

        Assert.Equal(("backups", expected), (request.Bucket, request.Prefix));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Read_OneFault_NamesFieldValueAndWhatWouldBeRight(string path, string value, string expected)
    {
        var faults = Documents.ReadCluster(Documents.Cluster().With(path, value)).Faults?.Faults;

        Assert.NotNull(faults);
        Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ManyFaults_TellsAllAtOnce()
    {
        var document = Documents.Cluster().With("spec/workload", "-").With("spec/credentialsSecret", "5").With("spec/backup/image", "-")
            .With(S3 + "bucket", "\"X\"").With("spec/backup/backoffLimit", "-1").With("spec/suspendid", "true");

        var reading = Documents.ReadCluster(document);

        Assert.Null(reading.Spec);
        Assert.Equal((Documents.Uid, 3L), (reading.Faults!.Uid, reading.Faults.Generation));
        Assert.Equal(6, reading.Faults.Faults.Count);
    }

    [Theory]
    [InlineData(S3 + "endpointUrl", "\"https://user:CANARY@s3.example.com\"")]
    [InlineData(S3 + "secretKey", "\"CANARY\"")]
    [InlineData("spec/backup/storages/a", "{\"type\":\"azure\",\"azure\":{\"container\":\"backups\",\"endpointUrl\":\"https://x.blob.core.windows.net/?sig=CANARY\"}}")]
    [InlineData(Storage + "containerOptions", "{\"args\":{\"xtrabackup\":[\"--password=CANARY\"]}}")]
    [InlineData(Storage + "containerOptions", "{\"env\":[{\"name\":\"AWS_SECRET_ACCESS_KEY\",\"value\":\"CANARY\"}]}")]
    [InlineData(Storage + "containerOptions", "{\"args\":{\"xtrabackup\":\"CANARY\"},\"env\":[{\"name\":\"X\",\"value\":{\"a\":\"CANARY\"}}]}")]
    public void Read_ASecretInTheWrongPlace_IsNotRepeated(string path, string value)
    {
        var faults = Documents.ReadCluster(Documents.Cluster().With(path, value)).Faults!.Faults;

        Assert.NotEmpty(faults);
        Assert.DoesNotContain(faults, fault => fault.Contains("CANARY", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AHostileValue_StaysOnOneShortLine()
    {
        var faults = Documents.ReadCluster(Documents.Cluster().With("spec/engine", $"\"a\\nEvil: {new string('x', 5000)}\"")).Faults!.Faults;

        Assert.All(faults, fault => Assert.True(fault.Length < 400 && !fault.Any(char.IsControl), fault));
    }

    [Fact]
    public void Read_ThousandsOfFaults_IsBounded()
    {
        var document = Documents.Cluster();
        for (var i = 0; i < 3000; i++)
            document.With($"spec/zzzzzzzzzz{i}", "1");

        var faults = Documents.ReadCluster(document).Faults!.Faults;

        Assert.Equal(41, faults.Count);
        Assert.Equal("There are 2960 more.", faults[^1]);
    }

    public static TheoryData<string, string, string> Faults => ClusterFaults.All;
}

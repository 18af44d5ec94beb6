using ControlPlane.Abstractions;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

public sealed class BackupOrdersTests
{
    private static readonly SealingRequest Sealing = new() { SecretName = "backup-keys", KeyId = "key-1" };

    [Theory]
    [InlineData(JobOperation.Backup, true)]
    [InlineData(JobOperation.Sweep, true)]
    [InlineData(JobOperation.Delete, false)]
    public void Job_OfASealedBackup_NamesItsKeyWhereItIsNeeded(JobOperation operation, bool needed)
    {
        var request = Request(operation, Sealing);

        Assert.Equal(needed ? Sealing : null, request.Sealing);

        // A runner that knows nothing of sealing must refuse it instead of storing in the clear.
        Assert.Equal(needed ? JobRequest.SealingVersion : 1, request.Version);
    }

    [Fact]
    public void Job_OfABackupInTheClear_IsWhatEveryRunnerKnows()
    {
        var request = Request(JobOperation.Backup, null);

        Assert.Equal((1, null), (request.Version, request.Sealing));
    }

    [Theory]
    [InlineData(JobOperation.Backup, true)]
    [InlineData(JobOperation.Sweep, false)]
    [InlineData(JobOperation.Delete, false)]
    public void Job_ToAStorageWithALimit_SaysSoOnlyWhereBytesAreSent(JobOperation operation, bool limited)
    {
        var request = Request(operation, null, limit: 1 << 20);

        // A runner that knows nothing of limits must refuse it instead of taking all there is.
        Assert.Equal(limited ? (JobRequest.BandwidthVersion, 1L << 20) : (1, default(long?)), (request.Version, request.UploadBytesPerSecond));
    }

    [Fact]
    public void Job_OfARewrap_NamesTheKeyThatIsWanted()
    {
        var request = Request(JobOperation.Rewrap, Sealing);

        Assert.Equal((Sealing with { KeyId = "key-2" }, JobRequest.SealingVersion), (request.Sealing, request.Version));
    }

    private static JobRequest Request(JobOperation operation, SealingRequest? sealing, long? limit = null)
    {
        var state = new BackupState
        {
            Uid = Samples.Uid,
            Spec = Samples.Spec(),
            Rewrap = new("key-2", Reasons.Rewrapping, ""),
            Job = new BackupJob(Samples.JobName(operation, 1), operation, 1, Samples.Start, Seen: false),
            Cluster = new AdmittedCluster
            {
                Storage = Samples.Storage() with { Sealing = sealing, UploadBytesPerSecond = limit },
                Jobs = new() { Image = new() { Name = "controlplane/sidecar:1.0" } },
                ActiveDeadline = TimeSpan.FromHours(1),
            },
        };
        return BackupOrders.Job(Samples.Key, state).Request;
    }

    private static readonly BackupIdentity Backup = new() { Namespace = "shop", Cluster = "orders", Name = "b", Uid = "u" };

    [Theory]
    [InlineData("prod", "azure://backups/prod/shop/orders/b-u/")]
    [InlineData("", "azure://backups/shop/orders/b-u/")]
    public void Destination_OnAzure_IsContainerPrefixAndFolder(string prefix, string expected) => Assert.Equal(
        expected,
        BackupOrders.Destination(Backup, new() { Name = "blobs", Type = StorageType.Azure, Azure = new() { Container = "backups", Prefix = prefix } }));

    [Theory]
    [InlineData("prod", "gs://backups/prod/shop/orders/b-u/")]
    [InlineData("", "gs://backups/shop/orders/b-u/")]
    public void Destination_OfGooglesBucket_IsWrittenAsItsOwnersDo(string prefix, string expected) => Assert.Equal(
        expected, BackupOrders.Destination(Backup, new() { Name = "google", Type = StorageType.Gcs, Gcs = new() { Bucket = "backups", Prefix = prefix } }));
}

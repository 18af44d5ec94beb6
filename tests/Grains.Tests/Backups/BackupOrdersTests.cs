using ControlPlane.Grains.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

public sealed class BackupOrdersTests
{
    private static readonly BackupIdentity Backup = new() { Namespace = "shop", Cluster = "orders", Name = "backup1", Uid = "u" };

    [Theory]
    [InlineData("prod", "gs://backups/prod/shop/orders/backup1-u/")]
    [InlineData("", "gs://backups/shop/orders/backup1-u/")]
    public void Destination_OfGooglesBucket_IsWrittenAsItsOwnersDo(string prefix, string expected) => Assert.Equal(
        expected, BackupOrders.Destination(Backup, new() { Name = "google", Type = StorageType.Gcs, Gcs = new() { Bucket = "backups", Prefix = prefix } }));
}

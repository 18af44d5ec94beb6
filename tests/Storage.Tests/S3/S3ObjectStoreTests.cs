using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>Against a real server: Ceph's gateway.</summary>
public sealed class S3ObjectStoreTests : ObjectStoreSuite
{
    private readonly DevelopmentStore server = DevelopmentStore.Find();

    protected override bool KeepsChecksums => true;

    protected override IObjectStore Open(string prefix) => ObjectStores.OpenS3(server.Settings(prefix) with { Pace = Pace }, TimeProvider.System);
}

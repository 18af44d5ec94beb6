using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>Against a second real server, which shares no line with the first and takes much less of S3: OpenStack Swift.</summary>
public sealed class SwiftObjectStoreTests : ObjectStoreSuite
{
    private readonly DevelopmentStore server = DevelopmentStore.Find(DevelopmentStore.Swift);

    protected override int ManyKeys => 1_050;

    protected override bool KeepsChecksums => false;

    protected override bool DecidesRaces => false;

    protected override IObjectStore Open(string prefix) => ObjectStores.OpenS3(server.Settings(prefix) with { Pace = Pace }, TimeProvider.System);
}

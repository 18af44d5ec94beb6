using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>Against a second real server, which shares no line with the first and takes much less of S3: OpenStack Swift.</summary>
public sealed class SwiftObjectStoreTests : ObjectStoreSuite
{
    private readonly DevelopmentStore server = DevelopmentStore.Find(DevelopmentStore.Swift);

    // It takes a twentieth of a second for each key, so its pages are small ones.
    protected override int ManyKeys => 234;

    protected override bool KeepsChecksums => false;

    protected override bool DecidesRaces => false;

    protected override IObjectStore Open(string prefix) => ObjectStores.OpenS3(server.Settings(prefix) with { Pace = Pace, PageSize = 100 }, TimeProvider.System);
}

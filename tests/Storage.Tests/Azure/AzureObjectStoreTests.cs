using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>Against a real server of the protocol: Microsoft's emulator.</summary>
public sealed class AzureObjectStoreTests : ObjectStoreSuite
{
    private readonly DevelopmentBlobs server = DevelopmentBlobs.Find();

    protected override bool KeepsBackslashes => false;

    protected override int ManyKeys => 1_050;

    protected override bool KeepsChecksums => false;

    protected override IObjectStore Open(string prefix) => ObjectStores.OpenAzure(server.Settings(prefix) with { Pace = Pace }, TimeProvider.System);
}

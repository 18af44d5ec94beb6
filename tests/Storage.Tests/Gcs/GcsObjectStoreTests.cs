using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>A service account's way, against what the documentation says of the service.</summary>
public sealed class GcsObjectStoreTests : ObjectStoreSuite
{
    private StandInGoogleStorage server = null!;

    public override async ValueTask InitializeAsync()
    {
        server = await StandInGoogleStorage.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await server.DisposeAsync();
    }

    protected override bool KeepsChecksums => true;

    protected override IObjectStore Open(string prefix) => 
        ObjectStores.OpenGcs((RealGoogle.ServiceAccount(prefix) ?? server.Settings(prefix)) with { Pace = Pace }, TimeProvider.System);
}

using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>An HMAC key's way, against a real S3 server behind a door that refuses what Google's refuses.</summary>
public sealed class GcsHmacObjectStoreTests : ObjectStoreSuite
{
    private StandInStrictGoogle server = null!;

    public override async ValueTask InitializeAsync()
    {
        server = await StandInStrictGoogle.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Assert.Empty(server.Refusals);
        await server.DisposeAsync();
    }

    protected override int ManyKeys => 1_050;

    protected override bool KeepsChecksums => false;

    protected override IObjectStore Open(string prefix) => 
        ObjectStores.OpenS3((RealGoogle.Hmac(prefix) ?? server.Settings(prefix)) with { Pace = Pace }, TimeProvider.System);
}

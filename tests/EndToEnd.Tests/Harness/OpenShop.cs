namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A shop that the tests of one class have to themselves, one after the other.</summary>
public sealed class OpenShop(Plane plane) : IAsyncLifetime
{
    /// <summary>Enough for the throttled tool to be interfered with, little enough for many backups.</summary>
    internal const int Mebibytes = 48;

    internal Shop Shop { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Shop = await plane.Shops.TakeAsync();

    public async ValueTask DisposeAsync()
    {
        if (Shop is null)
            return;
        await Shop.ResetAsync();
        plane.Shops.GiveBack(Shop);
    }
}

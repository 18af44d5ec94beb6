using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A shop that the tests of one collection share; collections run beside one another, because most of a test is waiting.</summary>
public sealed class OpenShop(Plane plane) : IAsyncLifetime
{
    /// <summary>Enough for the throttled tool to be interfered with, little enough for many backups.</summary>
    private const int Mebibytes = 48;

    private static int opened;

    internal Shop Shop { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var number = Interlocked.Increment(ref opened).ToString(CultureInfo.InvariantCulture);
        Shop = await Shop.OpenAsync(plane.Cluster, "e2e-shop-" + number, Mebibytes);
        // A fault that stays shall be told after two attempts, not after seven.
        await Shop.ChangeAsync(new { backup = new { backoffLimit = 1 } });
    }

    public async ValueTask DisposeAsync()
    {
        if (Shop is not null)
            await Shop.CloseAsync();
    }
}

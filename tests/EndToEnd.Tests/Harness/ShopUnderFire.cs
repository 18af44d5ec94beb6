namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A shop with the patience that a cluster has by default, and a backup that was taken while rows were written.</summary>
public sealed class ShopUnderFire(Plane plane) : IAsyncLifetime
{
    private RunningBackup? backup;

    internal Shop Shop { get; private set; } = null!;

    internal string Backup => backup!.Name;

    /// <summary>What the database holds once the backup is restored.</summary>
    internal Ledger Ledger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Shop = await plane.Shops.TakeAsync();
        await Shop.ChangeAsync(new { backup = new { backoffLimit = 6 } });
        await Shop.HeardAsync();
        await using var writing = Shop.Database.BeginWriting(TimeSpan.FromMinutes(2), rowsPerSecond: 50);
        await Wait.ForAsync(TimeSpan.FromSeconds(4));
        backup = await Shop.BackUpAsync(new("under-fire"));
        Ledger = await Ledger.OfAsync(Shop, await backup.EndAsync("Succeeded"));
        await Shop.Database.EndWritingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (backup is not null)
            await backup.DisposeAsync();
        if (Shop is null)
            return;
        await Shop.ResetAsync();
        plane.Shops.GiveBack(Shop);
    }
}

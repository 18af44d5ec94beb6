using System.Globalization;
using System.Security.Cryptography;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// A database of the size that an owner fears for comes back from a backup that was taken under a write load, in place and from the bucket alone, in the clear and sealed; and how long
/// that takes: <c>./dev fire</c>.
/// </summary>
[Collection(Alone.Name)]
public sealed class LargeRestoreTests(Plane plane, LargeShop open, ITestOutputHelper output) : IClassFixture<LargeShop>
{
    private const string Key = "key-1";
    private const string Keys = "fire-keys";
    private static readonly string[] Steps = ["Planning", "Stopping", "Restoring", "Starting"];

    private Shop Shop => open.Shop;

    [Fact(Explicit = true)]
    public Task Restore_OfTwoGibibytesUnderWriteLoad_HoldsEveryRowCommittedBeforeItsPosition() => ComesBackAsync("s3-main", _ => Task.CompletedTask);

    [Fact(Explicit = true)]
    public async Task Restore_OfTwoSealedGibibytesUnderWriteLoad_HoldsEveryRowCommittedBeforeItsPosition()
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await GiveKeyAsync(Shop);
        await Shop.AddStorageAsync("sealed", new { encryptionKeySecret = new { name = Keys, key = Key } });
        await ComesBackAsync("sealed", GiveKeyAsync);

        Task GiveKeyAsync(Shop shop) => shop.ApplySecretAsync(Keys, (Key, key));
    }

    private async Task ComesBackAsync(string storage, Func<Shop, Task> furnish)
    {
        await Shop.Database.AskAsync(Shop.Primary, "drop table if exists shop.ledger");
        await using var writing = Shop.Database.BeginWriting(TimeSpan.FromMinutes(8), rowsPerSecond: 50);
        await Wait.ForAsync(TimeSpan.FromSeconds(4));
        await using var backup = await Shop.BackUpAsync(new("large") { Storage = storage });
        var taken = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(4));
        var ledger = await Ledger.OfAsync(Shop, taken);

        await RestoreAsync(Shop, $"{storage}, in place under write load", taken, ledger, $"backupName: {backup.Name}", "keepPrevious: Never");
        var elsewhere = await plane.Shops.TakeAsync();
        try
        {
            await furnish(elsewhere);
            await RestoreAsync(elsewhere, $"{storage}, from the bucket alone", taken, ledger, RunningRestore.Source(taken), "keepPrevious: Never");
        }
        finally
        {
            plane.Shops.GiveBack(elsewhere);
        }
    }

    private async Task RestoreAsync(Shop into, string what, BackupView taken, Ledger ledger, params string[] spec)
    {
        var began = TimeProvider.System.GetTimestamp();
        await using var restore = await RunningRestore.BeginAsync(into, "large", spec);
        var reached = new List<string>();
        foreach (var step in Steps)
        {
            await restore.ReachAsync(step);
            reached.Add(string.Create(CultureInfo.InvariantCulture, $"{step} at {Seconds(began):F1}"));
        }

        await Wait.UntilAsync("an answer of the database", TimeSpan.FromMinutes(4), () => into.Database.AnswersAsync(Shop.Primary), async () => (await restore.SeeAsync()).ToJsonString());
        var answered = Seconds(began);
        await restore.EndAsync("Succeeded");
        var gibibytes = (long)taken.Status!["sizeBytes"]! / (double)(1 << 30);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {gibibytes:F2} GiB, {answered:F1} s from kubectl apply to the database answering, {answered / gibibytes:F1} s per GiB ({string.Join(", ", reached)}, Succeeded at {Seconds(began):F1})"));

        foreach (var pod in new[] { Shop.Primary, Shop.Replica })
            await ledger.IsAllOfAsync(sql => into.Database.AskAsync(pod, sql));
        await into.Database.ReplicatesAsync();
        await restore.ConfirmedAsync();
    }

    private static double Seconds(long began) => TimeProvider.System.GetElapsedTime(began).TotalSeconds;
}

/// <summary>A shop of 2 GiB.</summary>
public sealed class LargeShop(Plane plane) : IAsyncLifetime
{
    private const int Mebibytes = 2048;

    internal Shop Shop { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Shop = await Shop.OpenAsync(plane.Cluster, "e2e-large", Mebibytes);

    public async ValueTask DisposeAsync()
    {
        if (Shop is not null)
            await Shop.CloseAsync();
    }
}

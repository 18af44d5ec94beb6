using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sweeping;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;
using Microsoft.Extensions.Time.Testing;
using static ControlPlane.Sidecar.Tests.Sweeping.PlantedCluster;

namespace ControlPlane.Sidecar.Tests.Sweeping;

/// <summary>What lies in a bucket against what resources describe, in both directions.</summary>
public sealed class StockTests : IDisposable
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo volume = Directory.CreateTempSubdirectory("stock-");
    private readonly MemoryObjectStore memory;
    private readonly PlantedCluster planted;

    public StockTests()
    {
        memory = new(time);
        planted = new(memory, time);
    }

    public void Dispose() => volume.Delete(recursive: true);

    public static TheoryData<string> RealStores => ["s3", "azure", "volume"];

    [Fact]
    public async Task Stock_OfBackupsWithAndWithoutResources_OffersAndMissesTheRightOnes()
    {
        await PlantAsync(planted);

        AssertStock(await planted.TakeStockAsync(Described()));
    }

    [Theory, MemberData(nameof(RealStores))]
    public async Task Stock_OfARealStore_IsTheSame(string kind)
    {
        using var opened = new EphemeralStore(kind, volume);
        var there = new PlantedCluster(opened.Store, new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        try
        {
            await PlantAsync(there);
            AssertStock(await there.TakeStockAsync(Described()));
        }
        finally
        {
            await opened.Store.DeleteAsync(await there.KeysAsync(), CancellationToken.None);
        }
    }

    // A listing may lag behind; who asks by the name is told.
    [Fact]
    public async Task Stock_WhereTheListingShowsOneTooFew_DoesNotMissIt()
    {
        await planted.PutBackupAsync(Backup(1));
        var stock = await planted.TakeStockAsync(new() { Expected = [FolderOf(Backup(1))] }, new StandInLateListing(memory, ObjectLayout.Manifest));

        Assert.Empty(stock.Missing);
    }

    [Fact]
    public async Task Stock_WhereTheStoreDoesNotHandOutAManifest_DoesNotMissIt()
    {
        await planted.PutBackupAsync(Backup(1));
        var archived = new StandInFaultyStore(memory) { OnOpen = _ => ObjectStoreFault.Denied };

        Assert.Empty((await planted.TakeStockAsync(new() { Expected = [FolderOf(Backup(1))] }, archived)).Missing);
    }

    [Fact]
    public async Task Stock_WhereTheStoreIsAway_SaysNothingOfMissingData()
    {
        await planted.PutBackupAsync(Backup(1));
        var away = new StandInFaultyStore(memory) { OnOpen = _ => ObjectStoreFault.Transient };

        await Assert.ThrowsAsync<ObjectStoreException>(() => planted.TakeStockAsync(new() { Expected = [FolderOf(Backup(1)), FolderOf(Backup(2))] }, away));
    }

    [Fact]
    public async Task Sweep_OfAGoodBackupThatLostItsManifest_LeavesWhatIsLeftOfIt()
    {
        await planted.PutSegmentsAsync(Backup(1), new SegmentPlace(1, 0));
        time.Advance(TimeSpan.FromDays(30));
        var request = Request(TimeSpan.FromDays(8), onlyReports: false, time.GetUtcNow());

        var report = await new ClusterSweepWork(request with { Sweep = request.Sweep! with { Stock = new() { Expected = [FolderOf(Backup(1))] } } }, memory, time).RunAsync(CancellationToken.None);

        Assert.Equal((0L, FolderOf(Backup(1))), (report.ObjectsRemoved, Assert.Single(report.Sweep!.Stock!.Missing)));
        Assert.Equal(1, (await planted.SweepAsync(TimeSpan.FromDays(8))).ObjectsRemoved);
    }

    [Fact]
    public async Task Stock_OfManyWithoutAResource_NamesTheNewestAndCountsAll()
    {
        for (var number = 1; number <= 300; number++)
            await planted.PutBackupAsync(Backup(number), time.GetUtcNow().AddHours(number));

        var stock = await planted.TakeStockAsync(new());

        Assert.Equal((300, null), (stock.Offered, stock.Next));
        Assert.InRange(stock.Offers.Count, 3, 10);
        Assert.Equal(Enumerable.Range(0, stock.Offers.Count).Select(place => FolderOf(Backup(300 - place))), stock.Offers.Select(offer => offer.Folder));
        Assert.Equal((4L, time.GetUtcNow().AddHours(300)), (stock.Offers[0].SizeBytes, stock.Offers[0].Completed));
    }

    [Fact]
    public async Task Stock_OfManyWithoutAResource_IsGivenPageByPageWithNothingLostAndNothingDoubled()
    {
        var resources = Enumerable.Range(1, 300).Where(number => number % 7 == 0).Select(number => FolderOf(Backup(number))).ToList();
        for (var number = 1; number <= 300; number++)
            await planted.PutBackupAsync(Backup(number), schedule: number % 2 == 0 ? "nightly" : null);
        var (seen, after, pages) = (new List<string>(), "", 0);
        do
        {
            var page = await planted.TakeStockAsync(new() { After = after, Others = resources, Pages = true });
            Assert.Equal(page.Offers.Count, page.Offered);
            seen.AddRange(page.Offers.Select(offer => offer.Folder));
            after = page.Next ?? "";
            Assert.InRange(++pages, 1, 40);
        }
        while (after.Length > 0);

        Assert.True(pages > 5);
        Assert.Equal(Enumerable.Range(1, 300).Select(number => FolderOf(Backup(number))).Except(resources).Order(Comparer<string>.Create(StockRequest.Order)), seen);
    }

    [Fact]
    public async Task Stock_OfMoreMissingThanAReportHolds_IsGivenInParts()
    {
        var expected = Enumerable.Range(1, 200).Select(number => FolderOf(Backup(number))).ToList();
        var (seen, after) = (new List<string>(), "");
        do
        {
            var part = await planted.TakeStockAsync(new() { After = after, Expected = expected });
            seen.AddRange(part.Missing);
            after = part.Next ?? "";
        }
        while (after.Length > 0);

        Assert.Equal(expected.Order(Comparer<string>.Create(StockRequest.Order)), seen);
    }

    [Fact]
    public async Task Stock_UpToAFolder_LeavesWhatComesAfterItToTheNextPart()
    {
        for (var number = 1; number <= 4; number++)
            await planted.PutBackupAsync(Backup(number));

        var first = await planted.TakeStockAsync(new() { Until = FolderOf(Backup(2)), Expected = [FolderOf(Backup(2))] });
        var second = await planted.TakeStockAsync(new() { After = first.Next! });

        Assert.Equal((1, FolderOf(Backup(2))), (first.Offered, first.Next));
        Assert.Equal([FolderOf(Backup(3)), FolderOf(Backup(4))], second.Offers.Select(offer => offer.Folder).Order(StringComparer.Ordinal));
    }

    // With a resource 1, 2, 3 (no manifest), 4 (a segment too few), 5 (nothing); without 6; 7 is nobody's remains; 8 is another cluster's.
    private static async Task PlantAsync(PlantedCluster there)
    {
        await there.PutBackupAsync(Backup(1));
        await there.PutBackupAsync(Backup(2));
        await there.PutSegmentsAsync(Backup(3), new SegmentPlace(1, 0));
        await there.PutSegmentsAsync(Backup(4), new SegmentPlace(1, 0));
        await there.PutManifestAsync(Backup(4), new(1, 0), new(1, 1));
        await there.PutBackupAsync(Backup(6), new DateTimeOffset(2026, 10, 5, 0, 0, 0, TimeSpan.Zero), "nightly");
        await there.PutSegmentsAsync(Backup(7), new SegmentPlace(1, 0));
        await there.PutBackupAsync(Backup(8, "orders2"));
        await there.PutAsync("shop/orders/notes.txt");
    }

    private static StockRequest Described() => new()
    {
        Expected = [.. new[] { 5, 4, 3, 1 }.Select(number => FolderOf(Backup(number)))],
        Others = [FolderOf(Backup(2))],
    };

    private static void AssertStock(StockSummary stock)
    {
        Assert.Equal([FolderOf(Backup(3)), FolderOf(Backup(4)), FolderOf(Backup(5))], stock.Missing);
        var offer = Assert.Single(stock.Offers);
        Assert.Equal((FolderOf(Backup(6)), "nightly", 4L, new DateTimeOffset(2026, 10, 5, 0, 0, 0, TimeSpan.Zero)), (offer.Folder, offer.Schedule, offer.SizeBytes, offer.Completed));
        Assert.Equal((1, null), (stock.Offered, stock.Next));
    }
}

using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sweeping;
using ControlPlane.Sidecar.Tests.Road;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;
using Microsoft.Extensions.Time.Testing;
using static ControlPlane.Sidecar.Tests.Sweeping.PlantedCluster;

namespace ControlPlane.Sidecar.Tests.Sweeping;

public sealed class ClusterSweepTests : IDisposable
{
    private static readonly TimeSpan SafeAge = TimeSpan.FromDays(8);

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo volume = Directory.CreateTempSubdirectory("sweep-");
    private readonly MemoryObjectStore memory;
    private readonly PlantedCluster planted;

    public ClusterSweepTests()
    {
        memory = new(time);
        planted = new(memory, time);
    }

    public void Dispose() => volume.Delete(recursive: true);

    public static TheoryData<string> RealStores => ["s3", "azure", "volume"];

    [Fact]
    public async Task Sweep_OfYearsOfRemains_LeavesBackupsAndStrangers()
    {
        var expected = await PlantAsync(planted);
        time.Advance(SafeAge + TimeSpan.FromHours(1));
        await planted.PutSegmentsAsync(Backup(7), new(1, 0), new(1, 1));
        await planted.BeginUploadAsync(ObjectLayout.Root(Backup(7)) + new SegmentPlace(1, 2).Key);

        var report = await planted.SweepAsync(SafeAge, known: UidOf(8));

        AssertFound(report);
        Assert.Equal([.. expected.Concat([ObjectLayout.Root(Backup(7)) + "data/01/00000000", ObjectLayout.Root(Backup(7)) + "data/01/00000001"]).Order(StringComparer.Ordinal)], await planted.KeysAsync());

        // Two young objects and their upload; what the plane knows, with its upload.
        Assert.Equal(3 + 2, report.Sweep!.Left);
        Assert.Equal(3, await memory.AbandonUploadsAsync("", CancellationToken.None));
        Assert.Equal(0, (await planted.SweepAsync(SafeAge, known: UidOf(8))).ObjectsRemoved);
    }

    [Theory, MemberData(nameof(RealStores))]
    public async Task Sweep_OfARealStore_DoesTheSame(string kind)
    {
        using var opened = new EphemeralStore(kind, volume);
        var there = new PlantedCluster(opened.Store, new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(1)));
        try
        {
            var expected = await PlantAsync(there);
            AssertFound(await there.SweepAsync(TimeSpan.FromHours(2), onlyReports: true, known: UidOf(8)), nothing: true);
            AssertFound(await there.SweepAsync(TimeSpan.FromMinutes(30), known: UidOf(8)));
            Assert.Equal(expected, await there.KeysAsync());
        }
        finally
        {
            await opened.Store.DeleteAsync(await there.KeysAsync(), CancellationToken.None);
            await opened.Store.AbandonUploadsAsync("", CancellationToken.None);
        }
    }

    [Fact]
    public async Task Sweep_ThatOnlyReports_CountsTheSameAndTouchesNothing()
    {
        await PlantAsync(planted);
        time.Advance(SafeAge + TimeSpan.FromHours(1));
        var before = await planted.KeysAsync();

        var report = await planted.SweepAsync(SafeAge, onlyReports: true, known: UidOf(8));

        AssertFound(report);
        Assert.True(report.Sweep!.OnlyReported);
        Assert.StartsWith("Would remove 4 objects", report.Message, StringComparison.Ordinal);
        Assert.Equal(before, await planted.KeysAsync());
    }

    [Theory]
    [InlineData(0, -30)]
    [InlineData(30, 0)]
    public async Task Sweep_WhereOneClockIsAhead_GoesByTheOther(int runnersDays, int askedDays)
    {
        await planted.PutSegmentsAsync(Backup(1), new SegmentPlace(1, 0));
        time.Advance(TimeSpan.FromDays(runnersDays));

        var report = await planted.SweepAsync(SafeAge, asked: time.GetUtcNow().AddDays(askedDays - runnersDays));

        Assert.Equal((0L, 1L), (report.ObjectsRemoved, report.Sweep!.Left));
    }

    [Fact]
    public async Task Sweep_WhereTheListingHidesAManifest_AsksForItByName()
    {
        await planted.PutSegmentsAsync(Backup(1), new SegmentPlace(1, 0));
        await planted.PutManifestAsync(Backup(1), new SegmentPlace(1, 0));
        time.Advance(SafeAge * 2);

        var report = await new PlantedCluster(new StandInLateListing(memory, ObjectLayout.Manifest), time).SweepAsync(SafeAge);

        Assert.Equal((0L, 0), (report.ObjectsRemoved, report.Sweep!.Backups));
        Assert.Equal(2, (await planted.KeysAsync()).Count);
    }

    [Fact]
    public async Task Sweep_OfAManifestThatIsArchived_LeavesItsBackupAlone()
    {
        await planted.PutSegmentsAsync(Backup(1), new SegmentPlace(1, 0), new(2, 0));
        await planted.PutManifestAsync(Backup(1), new SegmentPlace(2, 0));
        time.Advance(SafeAge * 2);

        var report = await new PlantedCluster(new StandInFaultyStore(memory) { OnOpen = _ => ObjectStoreFault.Refused }, time).SweepAsync(SafeAge);

        Assert.Equal((0L, 1, 0), (report.ObjectsRemoved, report.Sweep!.Backups, report.Sweep.Damaged));
    }

    [Fact]
    public async Task Sweep_WhereALockRefusesOneRemoval_GoesOnAndSaysSo()
    {
        await planted.PutSegmentsAsync(Backup(1), new SegmentPlace(1, 0));
        await planted.PutSegmentsAsync(Backup(2), new SegmentPlace(1, 0));
        time.Advance(SafeAge * 2);

        var report = await new PlantedCluster(new StandInFaultyStore(memory) { OnDelete = keys => keys.Any(key => key.Contains(UidOf(1), StringComparison.Ordinal)) ? ObjectStoreFault.Denied : null }, time)
            .SweepAsync(SafeAge);

        Assert.Equal((JobFault.StorageDenied, 1L), (report.Fault, report.ObjectsRemoved));
        Assert.Equal([ObjectLayout.Root(Backup(1)) + "data/01/00000000"], await planted.KeysAsync());
    }

    [Fact]
    public async Task Sweep_ThatIsKilledAnywhere_IsDoneByTheNext()
    {
        var expected = await PlantAsync(planted);
        time.Advance(SafeAge + TimeSpan.FromHours(1));
        for (var deletions = 0; deletions < 4; deletions++)
        {
            var left = deletions;
            var broken = new StandInFaultyStore(memory) { OnDelete = _ => left-- == 0 ? ObjectStoreFault.Transient : null };
            await Record.ExceptionAsync(() => new PlantedCluster(broken, time).SweepAsync(SafeAge, known: UidOf(8)));
        }

        await planted.SweepAsync(SafeAge, known: UidOf(8));

        Assert.Equal(expected, await planted.KeysAsync());
    }

    [Fact]
    public async Task Report_OfStrangersWithTheLongestNames_FitsTheKubelet()
    {
        for (var number = 0; number < 5; number++)
            await planted.PutAsync($"shop/orders/{number}{string.Concat(Enumerable.Repeat("日", 200))}");

        var report = await planted.SweepAsync(SafeAge);

        Assert.Equal((5L, 3), (report.Sweep!.Strangers, report.Sweep.StrangerKeys.Count));
        Assert.InRange(Sidecar.Runner.ReportWriter.Bytes(report).Length, 1, JobReport.MaxBytes);
    }

    [Fact]
    public async Task Run_OfARequestThatMakesNoSense_SaysWhy()
    {
        await using var road = await TestRoad.StartAsync();
        var request = Request(SafeAge, onlyReports: false, time.GetUtcNow());

        Assert.Contains("sweep is absent", (await road.RunAsync(request with { Sweep = null })).Report.Message, StringComparison.Ordinal);
        Assert.Contains("safeAgeSeconds is 0", (await road.RunAsync(request with { Sweep = request.Sweep! with { SafeAgeSeconds = 0 } })).Report.Message, StringComparison.Ordinal);
        Assert.Contains("knownUids has 129", (await road.RunAsync(request with { Sweep = request.Sweep! with { KnownUids = [.. Enumerable.Range(0, 129).Select(UidOf)] } })).Report.Message, StringComparison.Ordinal);
        Assert.Null((await road.RunAsync(request)).Report.Fault);
    }

    // Returns the keys that must stay: of each kind of remains there is one, and one of each kind that is none.
    private static async Task<List<string>> PlantAsync(PlantedCluster there)
    {
        // A backup beside the remains of its first attempt; two ended attempts; a manifest without data.
        await there.PutSegmentsAsync(Backup(1), new(1, 0), new(2, 0), new(2, 1));
        await there.PutManifestAsync(Backup(1), new(2, 0), new(2, 1));
        await there.PutSegmentsAsync(Backup(2), new(1, 0), new(2, 0));
        await there.PutManifestAsync(Backup(3), new SegmentPlace(1, 0));

        // A backup that lost a part, a manifest that was copied to a wrong place, one that is nonsense.
        await there.PutSegmentsAsync(Backup(4), new SegmentPlace(1, 0));
        await there.PutManifestAsync(Backup(4), new(1, 0), new(1, 1));
        await there.PutAsync(ObjectLayout.Root(Backup(5)) + ObjectLayout.Manifest, "{}");

        // What the plane knows, what belongs to others, and another cluster whose name begins alike.
        await there.PutSegmentsAsync(Backup(8), new SegmentPlace(1, 0));
        await there.PutAsync("shop/orders/readme.txt");
        await there.PutAsync(ObjectLayout.Root(Backup(2)) + "data/notes");
        await there.PutSegmentsAsync(Backup(9, "orders-2"), new SegmentPlace(1, 0));
        var keys = await there.KeysAsync();
        await there.BeginUploadAsync(ObjectLayout.Root(Backup(2)) + new SegmentPlace(2, 1).Key);
        await there.BeginUploadAsync(ObjectLayout.Root(Backup(6)) + new SegmentPlace(1, 0).Key);
        await there.BeginUploadAsync(ObjectLayout.Root(Backup(8)) + new SegmentPlace(1, 1).Key);
        await there.BeginUploadAsync("shop/orders/photos/cat");
        string[] remains =
        [
            ObjectLayout.Root(Backup(1)) + "data/01/00000000", ObjectLayout.Root(Backup(2)) + "data/01/00000000",
            ObjectLayout.Root(Backup(2)) + "data/02/00000000", ObjectLayout.Root(Backup(3)) + ObjectLayout.Manifest,
        ];
        return [.. keys.Except(remains)];
    }

    private static void AssertFound(JobReport report, bool nothing = false)
    {
        var sweep = report.Sweep!;
        Assert.Null(report.Fault);
        Assert.Equal((nothing ? 0 : 4, nothing ? 0 : 2), (report.ObjectsRemoved, sweep.UploadsGivenUp));
        Assert.Equal((1, 3), (sweep.Backups, sweep.Damaged));
        Assert.Equal([$"b3-{UidOf(3)}", $"b4-{UidOf(4)}", $"b5-{UidOf(5)}"], sweep.DamagedBackups);
        Assert.Subset(new HashSet<string> { "shop/orders/photos/cat", ObjectLayout.Root(Backup(2)) + "data/notes", "shop/orders/readme.txt" }, sweep.StrangerKeys.ToHashSet());
        Assert.Equal(3, sweep.Strangers);
    }
}

using System.Security.Cryptography;
using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>Backups whose owner has the store vouch for its objects instead of having every byte read back.</summary>
public sealed class ReadBackTests
{
    [Fact]
    public async Task Backup_ByListing_ReadsNoSegmentAndHasTheSameManifest()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        var read = 0;
        road.Store = new StandInFaultyStore(road.Memory) { Reading = (key, content) => Counted(key, content, ref read) };

        var (_, report) = await road.RunAsync(Listing(road));

        Assert.Null(report.Fault);
        Assert.Equal(0, read);
        await AllSegmentsAreAsDescribedAsync(road);
    }

    [Fact]
    public async Task Backup_ConfirmedByListing_ReadsNoSegmentEither()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await road.RunAsync(Listing(road));
        var read = 0;
        road.Store = new StandInFaultyStore(road.Memory) { Reading = (key, content) => Counted(key, content, ref read) };

        var (_, report) = await road.RunAsync(Listing(road) with { Attempt = 2 });

        Assert.Null(report.Fault);
        Assert.Equal(0, read);
    }

    [Fact]
    public async Task Backup_ByListingOfAStoreWithoutChecksums_IsReadBack()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        var read = 0;
        road.Store = new StandInFaultyStore(road.Memory)
        {
            Looking = facts => new ObjectFacts(facts.SizeBytes),
            Reading = (key, content) => Counted(key, content, ref read),
        };

        var (_, report) = await road.RunAsync(Listing(road));

        Assert.Null(report.Fault);
        Assert.True(read > 0);
        await AllSegmentsAreAsDescribedAsync(road);
    }

    [Fact]
    public async Task Backup_ByListingOfOtherBytesThanWereSent_IsNeverCommitted()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.Store = new StandInFaultyStore(road.Memory) { Looking = facts => facts with { Crc32C = "AAAAAA==" } };

        var (_, report) = await road.RunAsync(Listing(road));

        Assert.Equal(JobFault.ManifestMismatch, report.Fault);
        Assert.Empty(await road.KeysAsync());
    }

    [Fact]
    public async Task Backup_ReadBackInFull_AsksNoStoreForItsWord()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.Store = new StandInFaultyStore(road.Memory) { Looking = facts => facts with { Crc32C = "AAAAAA==" } };

        Assert.Null((await road.RunAsync(road.Request())).Report.Fault);
        await AllSegmentsAreAsDescribedAsync(road);
    }

    private static JobRequest Listing(TestRoad road) => road.Request() with { ReadBack = ReadBack.Listing };

    private static byte[] Counted(string key, byte[] content, ref int read)
    {
        read += key.Contains("/data/", StringComparison.Ordinal) ? 1 : 0;
        return content;
    }

    private static async Task AllSegmentsAreAsDescribedAsync(TestRoad road)
    {
        var root = ObjectLayout.Root(road.Backup);
        var manifest = JsonSerializer.Deserialize(await BytesAsync(road, root + ObjectLayout.Manifest), ProtocolJson.Default.BackupManifest)!;
        Assert.NotEmpty(manifest.Segments);
        foreach (var segment in manifest.Segments)
        {
            var stored = await BytesAsync(road, root + segment.Key);
            Assert.Equal(segment.StoredBytes, stored.Length);
            Assert.Equal(segment.Sha256, Convert.ToHexStringLower(SHA256.HashData(stored)));
            Assert.Equal(segment.Crc32C, ObjectFacts.Of(stored).Crc32C);
        }
    }

    private static async Task<byte[]> BytesAsync(TestRoad road, string key)
    {
        await using var source = await road.Memory.OpenAsync(key, 0, CancellationToken.None);
        var content = new MemoryStream();
        await source.CopyToAsync(content);
        return content.ToArray();
    }
}

using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>Agent, runner and store together: what ends in a backup, and what ends in a reason and no remains.</summary>
public sealed class RoadTests
{
    [Fact]
    public async Task Backup_OfAGoodTool_IsCommittedWithEverythingKnown()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);

        var (exitCode, report) = await road.RunAsync(road.Request());

        Assert.Null(report.Fault);
        Assert.Equal(0, exitCode);
        Assert.Equal(30_000_000, report.Summary!.SizeBytes);
        var positions = report.Summary.Positions;
        Assert.Equal(("0-11-3", "bin.000001", 777L, 44404L, "server-1"), (positions.GtidExecuted, positions.BinlogFile, positions.BinlogPosition, positions.LsnTo, positions.ServerUuid));
        var keys = await road.KeysAsync();
        Assert.Equal(report.Summary.Segments + 1, keys.Count);
        Assert.All(keys, key => Assert.StartsWith("shop/orders/b1-4f2c-1/", key, StringComparison.Ordinal));
    }

    public static TheoryData<string, JobFault, string> Troubles => new()
    {
        { Scripts.ExitsNonZero, JobFault.ToolFailed, "no luck today" },
        { Scripts.DiskFull, JobFault.ToolFailed, "no space left" },
        { Scripts.CutShort, JobFault.ToolFailed, "without saying that it completed" },
        { Scripts.HalfAFile, JobFault.ToolFailed, "in the middle of a file" },
        { Scripts.KilledBySignal, JobFault.ToolFailed, "signal" },
        { Scripts.Silent, JobFault.StreamBroken, "0 bytes" },
    };

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Backup_OfATroubledTool_FailsWithAReasonAndLeavesNothing(string script, JobFault fault, string words)
    {
        await using var road = await TestRoad.StartAsync(script);

        var (exitCode, report) = await road.RunAsync(road.Request());

        Assert.Equal((1, (JobFault?)fault), (exitCode, report.Fault));
        Assert.Contains(words, report.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await road.KeysAsync());
        Assert.Equal(0, await road.Memory.AbandonUploadsAsync("", _ => true, CancellationToken.None));
    }

    [Fact]
    public async Task Backup_AfterATroubledOne_Succeeds()
    {
        await using var road = await TestRoad.StartAsync(Scripts.DiskFull);
        await road.RunAsync(road.Request());
        File.Delete(Path.Combine(road.Folder("bin"), "mariadb-backup"));
        road.WriteTool("mariadb-backup", Scripts.Good);

        Assert.Null((await road.RunAsync(road.Request(attempt: 2))).Report.Fault);
        Assert.All(await road.KeysAsync(), key => Assert.DoesNotContain("data/01/", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Backup_WithAHugeLog_KeepsItBoundedAndSucceeds()
    {
        await using var road = await TestRoad.StartAsync(Scripts.HugeLog);

        Assert.Null((await road.RunAsync(road.Request())).Report.Fault);

        Assert.InRange(Directory.EnumerateFiles(road.Folder("scratch"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), 1, 3 << 20);
    }

    [Fact]
    public async Task Backup_WithoutTheTool_SaysWhichIsMissing()
    {
        await using var road = await TestRoad.StartAsync();

        var (_, report) = await road.RunAsync(road.Request());

        Assert.Equal(JobFault.ToolFailed, report.Fault);
        Assert.Contains("mariadb-backup", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_OfAServerThatIsDown_IsTriedElsewhere()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.Server.Trouble = "The server at 127.0.0.1:3306 did not answer.";

        var (_, report) = await road.RunAsync(road.Request());

        Assert.Equal(JobFault.SourceUnavailable, report.Fault);
        Assert.Contains("did not answer", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_WhoseReplyWasLost_IsConfirmedAndNeverRedone()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        var first = (await road.RunAsync(road.Request())).Report;
        var before = await road.KeysAsync();

        var second = (await road.RunAsync(road.Request(attempt: 2))).Report;

        Assert.Null(second.Fault);
        Assert.Equal(first.Summary, second.Summary);
        Assert.Equal(before, await road.KeysAsync());
    }

    [Fact]
    public async Task Backup_WhoseManifestAnotherAttemptCommittedMeanwhile_IsThatOne()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await using var other = await TestRoad.StartAsync(Scripts.Good);
        await other.RunAsync(other.Request(attempt: 2));

        // The other attempt's objects appear between this one's first look and its commit.
        var copied = false;
        road.Store = new StandInFaultyStore(road.Memory)
        {
            OnList = _ =>
            {
                if (!copied)
                    CopyAsync(other, road).GetAwaiter().GetResult();
                copied = true;
                return null;
            },
        };

        var (_, report) = await road.RunAsync(road.Request());

        Assert.Null(report.Fault);
        Assert.All((await road.KeysAsync()).Where(key => key.Contains("/data/", StringComparison.Ordinal)), key => Assert.Contains("/data/02/", key, StringComparison.Ordinal));
    }

    public static TheoryData<ObjectStoreFault, JobFault> StoreTroubles => new()
    {
        { ObjectStoreFault.Denied, JobFault.StorageDenied },
        { ObjectStoreFault.NoBucket, JobFault.StorageMissing },
        { ObjectStoreFault.Transient, JobFault.StorageUnavailable },
        { ObjectStoreFault.Refused, JobFault.InvalidRequest },
    };

    [Theory]
    [MemberData(nameof(StoreTroubles))]
    public async Task Backup_IntoATroubledStore_FailsWithItsReasonAndLeavesNothing(ObjectStoreFault trouble, JobFault fault)
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.Store = new StandInFaultyStore(road.Memory) { OnPart = index => index == 2 ? trouble : null };

        var (_, report) = await road.RunAsync(road.Request());

        Assert.Equal(fault, report.Fault);
        Assert.Empty(await road.KeysAsync());
        Assert.Equal(0, await road.Memory.AbandonUploadsAsync("", _ => true, CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backup_WhoseBytesComeBackDifferent_IsNeverCommitted(bool shorter)
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.Store = new StandInFaultyStore(road.Memory) { Reading = (key, content) => key.Contains("/data/", StringComparison.Ordinal) ? Damaged(content, shorter) : content };

        var (_, report) = await road.RunAsync(road.Request());

        Assert.Equal(JobFault.ManifestMismatch, report.Fault);
        Assert.Empty(await road.KeysAsync());
    }

    [Fact]
    public async Task Backup_WhoseManifestPutLostItsAnswer_IsCommitted()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        var lost = false;
        var store = new StandInFaultyStore(road.Memory)
        {
            AfterPut = key =>
            {
                if (!lost && key.EndsWith("manifest.json", StringComparison.Ordinal))
                {
                    lost = true;
                    throw new ObjectStoreException(ObjectStoreFault.Transient, "The answer was lost.");
                }
            },
        };
        road.Store = store.WithRetries(new RetrySettings { FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);

        Assert.Null((await road.RunAsync(road.Request())).Report.Fault);
        Assert.True(lost);
    }

    [Fact]
    public async Task Manifest_OfABackup_IsTheDocumentThatItsDigestNames()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        var (_, report) = await road.RunAsync(road.Request());

        await using var source = await road.Memory.OpenAsync(ObjectLayout.Root(road.Backup) + ObjectLayout.Manifest, 0, CancellationToken.None);
        var content = new MemoryStream();
        await source.CopyToAsync(content);
        var manifest = JsonSerializer.Deserialize(content.ToArray(), ProtocolJson.Default.BackupManifest)!;

        Assert.Equal(report.Summary!.ManifestDigest, "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content.ToArray())));
        Assert.Equal((road.Backup, "orders-mysql-1", Codec.Zstd), (manifest.Backup, manifest.SourcePod, manifest.Codec));
        Assert.Equal(report.Summary.StoredBytes, manifest.Segments.Sum(segment => segment.StoredBytes) + content.Length);
    }

    private static byte[] Damaged(byte[] content, bool shorter)
    {
        if (shorter)
            return content[..^1];
        content[content.Length / 2] ^= 1;
        return content;
    }

    private static async Task CopyAsync(TestRoad from, TestRoad to)
    {
        foreach (var key in await from.KeysAsync())
        {
            await using var source = await from.Memory.OpenAsync(key, 0, CancellationToken.None);
            var content = new MemoryStream();
            await source.CopyToAsync(content);
            await to.Memory.PutAsync(key, content.ToArray(), PutCondition.None, CancellationToken.None);
        }
    }
}

using System.Text.Json.Nodes;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Sidecar.Tests.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>A backup that one resource took, and another one finds in the store.</summary>
public sealed class ImportTests
{
    private const string TakenAs = "4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162";
    private const string ImportedAs = "9e8d7c60-0000-4000-8000-000000000009";

    [Fact]
    public async Task Import_OfABackup_ReportsAllThatItsRunnerDidAndWritesNothing()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        var due = new DateTimeOffset(2026, 11, 26, 2, 30, 0, TimeSpan.Zero);
        var taken = (await road.RunAsync(Taken(road) with { Schedule = "nightly", Due = due })).Report;
        Assert.Null(taken.Fault);
        road.Store = OnlyReads(road);

        var (exitCode, report) = await road.RunAsync(Import(road));

        Assert.True(exitCode == 0, report.Message);
        Assert.Equal((ImportedAs, taken.Summary), (report.Uid, report.Summary));
        Assert.Equal("orders-mysql-1", report.Import!.SourcePod);
        Assert.True(report.Import.Started < report.Import.Completed);
        var manifest = JsonNode.Parse(await SealedRoadTests.ReadAsync(road, ObjectLayout.Root(Stored(road)) + ObjectLayout.Manifest))!;
        Assert.Equal("nightly", manifest["schedule"]!.ToString());
        Assert.Equal(due, manifest["due"]!.GetValue<DateTimeOffset>());
    }

    [Fact]
    public async Task Import_OfASealedBackup_NeedsItsKey()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();
        await road.RunAsync(Taken(road) with { Version = JobRequest.SealingVersion, Sealing = Key() });

        Assert.Equal((null, "key-1"), await Seen(Import(road) with { Sealing = Key() }));
        Assert.Equal((JobFault.WrongKey, null), await Seen(Import(road)));
        road.WriteKey();
        Assert.Equal((JobFault.WrongKey, null), await Seen(Import(road) with { Sealing = Key() }));

        async Task<(JobFault?, string?)> Seen(JobRequest request) => (await road.RunAsync(request)).Report is var report ? (report.Fault, report.Summary?.EncryptionKeyId) : default;
    }

    // The storage was given its key later.
    [Fact]
    public async Task Import_OfABackupInTheClearFromAStorageThatSealsNow_IsTakenForWhatItIs()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await road.RunAsync(Taken(road));
        road.WriteKey();

        var (_, report) = await road.RunAsync(Import(road) with { Sealing = Key() });

        Assert.Equal((null, null), (report.Fault, report.Summary!.EncryptionKeyId));
    }

    public static TheoryData<string, JobFault, string> Flaws => new()
    {
        { "no manifest", JobFault.InvalidRequest, "there is no backup to import" },
        { "another's manifest", JobFault.ManifestMismatch, "names another backup than its place" },
        { "no manifest at all in it", JobFault.ManifestMismatch, "is no manifest" },
        { "a segment is gone", JobFault.ManifestMismatch, "is not in the store's list" },
        { "a segment is another", JobFault.ManifestMismatch, "another SHA-256" },
    };

    [Theory, MemberData(nameof(Flaws))]
    public async Task Import_OfWhatIsNoWholeBackup_SaysWhatIsWrongAndWritesNothing(string flaw, JobFault fault, string message)
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await road.RunAsync(Taken(road));
        var root = ObjectLayout.Root(Stored(road));
        var segment = root + ObjectLayout.Segment(1, 0);
        await (flaw switch
        {
            "no manifest" => road.Memory.DeleteAsync([root + ObjectLayout.Manifest], CancellationToken.None),
            "another's manifest" => MoveAsync(road, root),
            "no manifest at all in it" => PutAsync(road, root + ObjectLayout.Manifest, "PK"u8.ToArray()),
            "a segment is gone" => road.Memory.DeleteAsync([segment], CancellationToken.None),
            _ => PutAsync(road, segment, new byte[(await road.Memory.LookAsync(segment, CancellationToken.None)).SizeBytes]),
        });
        road.Store = OnlyReads(road);

        var request = flaw == "another's manifest" ? Import(road) with { Folder = new("elsewhere", TakenAs) } : Import(road);
        var (_, report) = await road.RunAsync(request);

        Assert.Equal((fault, null), (report.Fault, report.Summary));
        Assert.Contains(message, report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_OfAnImportedBackup_RemovesTheFolderItLiesIn()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await road.RunAsync(Taken(road));
        await road.RunAsync(Taken(road, "4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405163"));

        var (_, report) = await road.RunAsync(Import(road) with { Operation = JobOperation.Delete });

        Assert.Null(report.Fault);
        Assert.All(await road.KeysAsync(), key => Assert.Contains("405163/", key, StringComparison.Ordinal));
        Assert.NotEmpty(await road.KeysAsync());
    }

    [Theory]
    [InlineData("b1", "../../up")]
    [InlineData("../b1", TakenAs)]
    [InlineData("b1/x", TakenAs)]
    public async Task Import_OfAFolderThatIsNone_IsRefused(string name, string uid)
    {
        await using var road = await TestRoad.StartAsync();

        var (_, report) = await road.RunAsync(Import(road) with { Folder = new(name, uid) });

        Assert.Equal(JobFault.InvalidRequest, report.Fault);
        Assert.Contains("no name of a backup's folder", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_WithoutAFolder_IsRefused()
    {
        await using var road = await TestRoad.StartAsync();

        Assert.Contains("folder is absent", (await road.RunAsync(Import(road) with { Folder = null })).Report.Message, StringComparison.Ordinal);
    }

    private static BackupIdentity Stored(TestRoad road) => road.Backup with { Uid = TakenAs };

    private static JobRequest Taken(TestRoad road, string uid = TakenAs) => road.Request() with { Backup = road.Backup with { Uid = uid } };

    private static JobRequest Import(TestRoad road) => road.Request(JobOperation.Import) with
    {
        Version = JobRequest.ImportVersion,
        Backup = road.Backup with { Name = "imported", Uid = ImportedAs },
        Folder = new(road.Backup.Name, TakenAs),
    };

    private static SealingRequest Key() => new() { SecretName = "backup-keys", KeyId = "key-1" };

    private static StandInFaultyStore OnlyReads(TestRoad road) =>
        new(road.Memory) { OnPut = _ => throw new InvalidOperationException("It writes.") };

    private static Task PutAsync(TestRoad road, string key, byte[] content) => road.Memory.PutAsync(key, content, PutCondition.None, CancellationToken.None);

    private static async Task MoveAsync(TestRoad road, string root) =>
        await PutAsync(road, ObjectLayout.Root(Stored(road) with { Name = "elsewhere" }) + ObjectLayout.Manifest, await SealedRoadTests.ReadAsync(road, root + ObjectLayout.Manifest));
}

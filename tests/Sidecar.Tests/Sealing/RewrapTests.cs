using System.Text.Json.Nodes;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Tests.Road;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>Rotation: the old key can be given up, and not one segment is touched.</summary>
public sealed class RewrapTests
{
    [Fact]
    public async Task Rewrap_OfABackup_ChangesTheManifestAloneAndOpensWithTheNewKeyOnly()
    {
        await using var road = await SealedAsync();
        var before = await SealedRoadTests.ManifestAsync(road);
        var keys = await road.KeysAsync();
        road.WriteKey("key-2");
        road.Store = OnlyTheManifest(road);

        var (exitCode, report) = await road.RunAsync(road.SealedRequest(JobOperation.Rewrap, keyId: "key-2"));

        Assert.True(exitCode == 0, report.Message);
        Assert.Equal("key-2", report.Summary!.EncryptionKeyId);
        var after = await SealedRoadTests.ManifestAsync(road);
        Assert.Equal(keys, await road.KeysAsync());
        Assert.NotEqual(before["sealing"]!["wrappedKey"]!.ToString(), after["sealing"]!["wrappedKey"]!.ToString());
        Assert.Equal(WithoutSeal(before), WithoutSeal(after));

        road.Store = null;
        File.Delete(Path.Combine(road.Folder("keys"), "key-1"));
        var confirmed = (await road.RunAsync(road.SealedRequest(attempt: 2, keyId: "key-2"))).Report;
        Assert.Equal((null, report.Summary), (confirmed.Fault, confirmed.Summary));
    }

    [Fact]
    public async Task Rewrap_Again_WritesNothing()
    {
        await using var road = await SealedAsync();
        road.Store = new StandInFaultyStore(road.Memory) { OnPut = _ => ObjectStoreFault.Denied };

        var (_, report) = await road.RunAsync(road.SealedRequest(JobOperation.Rewrap));

        Assert.Null(report.Fault);
        Assert.Contains("has the key 'key-1' already", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rewrap_KeepsWhatALaterVersionWrote()
    {
        await using var road = await SealedAsync();
        road.WriteKey("key-2");
        await road.RunAsync(road.SealedRequest(JobOperation.Rewrap, keyId: "key-2"));
        var once = await SealedRoadTests.ManifestAsync(road);
        await road.RunAsync(road.SealedRequest(JobOperation.Rewrap, keyId: "key-1"));

        Assert.Equal(WithoutSeal(once), WithoutSeal(await SealedRoadTests.ManifestAsync(road)));
    }

    [Theory]
    [InlineData("key-1", JobFault.SecretMissing)]
    [InlineData("key-2", JobFault.SecretMissing)]
    public async Task Rewrap_WithoutOneOfTheKeys_WritesNothing(string missing, JobFault fault)
    {
        await using var road = await SealedAsync();
        road.WriteKey("key-2");
        File.Delete(Path.Combine(road.Folder("keys"), missing));
        road.Store = new StandInFaultyStore(road.Memory) { OnPut = _ => ObjectStoreFault.Refused };

        Assert.Equal(fault, (await road.RunAsync(road.SealedRequest(JobOperation.Rewrap, keyId: "key-2"))).Report.Fault);
    }

    [Fact]
    public async Task Rewrap_OfNothingOrOfABackupInTheClear_IsRefused()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();

        var (_, absent) = await road.RunAsync(road.SealedRequest(JobOperation.Rewrap));
        await road.RunAsync(road.Request());
        var (_, clear) = await road.RunAsync(road.SealedRequest(JobOperation.Rewrap));

        Assert.Equal((JobFault.InvalidRequest, JobFault.InvalidRequest), (absent.Fault, clear.Fault));
        Assert.Contains("there is no backup", absent.Message, StringComparison.Ordinal);
        Assert.Contains("is not sealed", clear.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rewrap_OfABackupThatIsBeingRemovedMeanwhile_LeavesNoManifestBehind()
    {
        await using var road = await SealedAsync();
        road.WriteKey("key-2");
        var root = ObjectLayout.Root(road.Backup);
        road.Store = new StandInFaultyStore(road.Memory)
        {
            AfterPut = _ => road.Memory.DeleteAsync([root + ObjectLayout.Segment(1, 0)], CancellationToken.None).GetAwaiter().GetResult(),
        };

        var (_, report) = await road.RunAsync(road.SealedRequest(JobOperation.Rewrap, keyId: "key-2"));

        Assert.Equal(JobFault.ManifestMismatch, report.Fault);
        Assert.DoesNotContain(root + ObjectLayout.Manifest, await road.KeysAsync());
    }

    private static async Task<TestRoad> SealedAsync()
    {
        var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();
        Assert.Null((await road.RunAsync(road.SealedRequest())).Report.Fault);
        return road;
    }

    private static StandInFaultyStore OnlyTheManifest(TestRoad road) => new(road.Memory)
    {
        OnOpen = key => key.Contains("/data/", StringComparison.Ordinal) ? ObjectStoreFault.Denied : null,
        OnPut = key => key.Contains("/data/", StringComparison.Ordinal) ? ObjectStoreFault.Denied : null,
    };

    private static string WithoutSeal(JsonNode manifest)
    {
        var copy = manifest.DeepClone().AsObject();
        copy.Remove("sealing");
        return copy.ToJsonString();
    }
}

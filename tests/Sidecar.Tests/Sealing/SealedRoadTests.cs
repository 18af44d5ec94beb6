using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Tests.Road;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>The whole runner with a sealed backup: what it refuses before a byte has moved, what it commits, and what it does not take for its own.</summary>
public sealed class SealedRoadTests
{
    public static TheoryData<string?, JobFault, string> BadKeys => new()
    {
        { null, JobFault.SecretMissing, "Secret 'backup-keys' does not exist in this namespace, or has no entry 'key-1'" },
        { "change-me-canary", JobFault.WrongKey, "openssl rand -base64 32" },
    };

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Backup_WithoutAUsableKey_FailsBeforeTheAgentIsAsked(string? key, JobFault fault, string words)
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        if (key is not null)
            road.WriteKey(text: key);

        // Whoever asked would be told that nobody answers there.
        var request = road.SealedRequest() with { Source = road.Source() with { Agent = new Uri("https://127.0.0.1:1") } };
        var (_, report) = await road.RunAsync(request);

        Assert.Equal(fault, report.Fault);
        Assert.Contains(words, report.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", report.Message, StringComparison.Ordinal);
        Assert.Empty(await road.KeysAsync());
    }

    [Fact]
    public async Task Backup_Sealed_IsCommittedWithItsKeyIdAndHoldsNoKey()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        var key = road.WriteKey();

        var (_, report) = await road.RunAsync(road.SealedRequest());

        Assert.True(report.Fault is null, report.Message);
        Assert.Equal("key-1", report.Summary!.EncryptionKeyId);
        Assert.Equal(30_000_000, report.Summary.SizeBytes);
        var manifest = await ManifestAsync(road);
        Assert.Equal((2, "aes-256-gcm-chunks", "key-1"), ((int)manifest["version"]!, (string)manifest["sealing"]!["scheme"]!, (string)manifest["sealing"]!["keyId"]!));
        var hex = Convert.ToHexStringLower(Convert.FromBase64String(key));
        foreach (var text in new[] { manifest.ToJsonString(), report.ToString() })
        {
            Assert.DoesNotContain(key, text, StringComparison.Ordinal);
            Assert.DoesNotContain(hex, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Backup_InTheClear_SaysNothingOfSealing()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);

        await road.RunAsync(road.Request());

        var manifest = await ManifestAsync(road);
        Assert.Equal(1, (int)manifest["version"]!);
        Assert.Null(manifest["sealing"]);
    }

    [Fact]
    public async Task Backup_SealedWhoseReplyWasLost_IsConfirmedWithItsKey()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();
        var first = (await road.RunAsync(road.SealedRequest())).Report;

        var second = (await road.RunAsync(road.SealedRequest(attempt: 2))).Report;

        Assert.Null(second.Fault);
        Assert.Equal(first.Summary, second.Summary);
    }

    [Fact]
    public async Task Backup_SealedWhoseBytesComeBackDifferent_IsNeverCommitted()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();
        road.Store = new StandInFaultyStore(road.Memory)
        {
            Reading = (key, content) =>
            {
                if (key.Contains("/data/", StringComparison.Ordinal))
                    content[^1] ^= 1;
                return content;
            },
        };

        Assert.Equal(JobFault.ManifestMismatch, (await road.RunAsync(road.SealedRequest())).Report.Fault);
        Assert.Empty(await road.KeysAsync());
    }

    public static TheoryData<string, JobFault, string> Strangers => new()
    {
        { "another key", JobFault.WrongKey, "was sealed with another key than the one that is now 'key-1'" },
        { "no key", JobFault.SecretMissing, "has no entry 'key-1'" },
        { "edited", JobFault.ManifestMismatch, "was changed after it was written" },
        { "shortened", JobFault.ManifestMismatch, "was changed after it was written" },
        { "in the clear", JobFault.ManifestMismatch, "is not sealed, but the storage names an encryption key" },
        { "of a later scheme", JobFault.ManifestMismatch, "use a newer image" },
        { "with a path for a key", JobFault.ManifestMismatch, "use a newer image" },
        { "with another's wrapped key", JobFault.WrongKey, "or its wrapped key was changed" },
    };

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task Sweep_OfAManifestThatIsNotOurs_SaysSoBeforeASegmentIsRead(string what, JobFault fault, string words)
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();
        await road.RunAsync(road.SealedRequest());
        await SpoilAsync(road, what);
        road.Store = new StandInFaultyStore(road.Memory) { OnOpen = key => key.Contains("/data/", StringComparison.Ordinal) ? ObjectStoreFault.Denied : null };

        foreach (var operation in new[] { JobOperation.Sweep, JobOperation.Backup, JobOperation.Rewrap })
        {
            if (operation == JobOperation.Rewrap && what == "in the clear")
                continue;
            var (_, report) = await road.RunAsync(road.SealedRequest(operation, attempt: 2));

            Assert.Equal(fault, report.Fault);
            Assert.Contains(words, report.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Sweep_OfASealedBackupOfAStorageInTheClear_IsRefused()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();
        await road.RunAsync(road.SealedRequest());

        Assert.Equal(JobFault.WrongKey, (await road.RunAsync(road.Request(JobOperation.Sweep, attempt: 2))).Report.Fault);
    }

    [Fact]
    public async Task SweepAndDelete_OfASealedBackup_DoWhatTheyDoWithAnyOther()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteKey();
        var made = (await road.RunAsync(road.SealedRequest())).Report;

        var swept = (await road.RunAsync(road.SealedRequest(JobOperation.Sweep, attempt: 2))).Report;
        Assert.Equal((null, made.Summary), (swept.Fault, swept.Summary));

        // Who removes needs no key.
        Assert.Null((await road.RunAsync(road.Request(JobOperation.Delete))).Report.Fault);
        Assert.Empty(await road.KeysAsync());
    }

    internal static async Task<JsonNode> ManifestAsync(TestRoad road) => JsonNode.Parse(await ReadAsync(road, ObjectLayout.Root(road.Backup) + ObjectLayout.Manifest))!;

    internal static async Task<byte[]> ReadAsync(TestRoad road, string key)
    {
        await using var source = await road.Memory.OpenAsync(key, 0, CancellationToken.None);
        var content = new MemoryStream();
        await source.CopyToAsync(content);
        return content.ToArray();
    }

    internal static Task PutManifestAsync(TestRoad road, JsonNode manifest) => road.Memory.PutAsync(
        ObjectLayout.Root(road.Backup) + ObjectLayout.Manifest, Encoding.UTF8.GetBytes(manifest.ToJsonString(ProtocolJson.Indented.Options)), PutCondition.None, CancellationToken.None);

    private static async Task SpoilAsync(TestRoad road, string what)
    {
        var manifest = await ManifestAsync(road);
        switch (what)
        {
            case "another key":
                road.WriteKey();
                return;
            case "no key":
                File.Delete(Path.Combine(road.Folder("keys"), "key-1"));
                return;
            case "edited":
                manifest["positions"]!["gtidExecuted"] = "0-1-1";
                break;
            case "shortened":
                manifest["segments"]!.AsArray().RemoveAt(manifest["segments"]!.AsArray().Count - 1);
                break;
            case "in the clear":
                (manifest["version"], manifest["sealing"]) = (1, null);
                break;
            case "of a later scheme":
                manifest["sealing"]!["scheme"] = "rot13";
                break;
            case "with a path for a key":
                manifest["sealing"]!["keyId"] = "../keys/key-1";
                break;
            default:
                manifest["sealing"]!["wrappedKey"] = new string('5', 120);
                break;
        }

        await PutManifestAsync(road, manifest);
    }
}

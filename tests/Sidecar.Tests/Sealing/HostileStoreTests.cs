using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>Whatever somebody without the key does to what lies in the store, the public script says that something is wrong.</summary>
public sealed class HostileStoreTests(TwoBackups made) : IClassFixture<TwoBackups>
{
    public static TheoryData<string, string> Changes => new()
    {
        { "a bit of a chunk", "chunk 0 of data/01/00000001 is not what was sealed there" },
        { "a flag", "chunk 0 of data/01/00000001 is not what was sealed there" },
        { "a segment cut between chunks", "data/01/00000001 ends before its last chunk does" },
        { "a segment cut within a chunk", "data/01/00000001 ends before its last chunk does" },
        { "a chunk taken out", "chunk 0 of data/01/00000001 is not what was sealed there" },
        { "a chunk repeated", "chunk 1 of data/01/00000001 is not what was sealed there" },
        { "bytes added", "data/01/00000001 goes on after its last chunk" },
        { "two segments exchanged", "chunk 0 of data/01/00000000 is not what was sealed there" },
        { "a segment of another backup", "chunk 0 of data/01/00000001 is not what was sealed there" },
        { "the last segment left out of the manifest", "the manifest was changed after it was written" },
        { "segments reordered in the manifest", "the manifest was changed after it was written" },
        { "a position in the manifest", "the manifest was changed after it was written" },
        { "the other backup's manifest", "is not what was sealed there" },
        { "the other backup's wrapped key", "the manifest's wrapped key was changed" },
        { "the seal taken off", "the manifest tells of no seal that is known here" },
        { "another key of the same name", "is not the one that the backup was sealed with" },
        { "no key", "has no such file" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Unseal_AfterAChange_SaysThatSomethingIsWrong(string change, string words)
    {
        using var copy = new SpoiledBackup(made.First, made.Keys);
        Do(change, copy);

        var (exitCode, _, error) = await UnsealScript.RunAsync(copy.Keys, copy.Backup);

        Assert.Equal(1, exitCode);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unseal_OfWhatWasStored_IsTheStream()
    {
        var (exitCode, output, error) = await UnsealScript.RunAsync(made.Keys, made.First);

        Assert.True(exitCode == 0, error);
        Assert.Equal(30_000_000, output.Length);
        Assert.True(output.AsSpan().StartsWith("XBSTCK01"u8));
    }

    private void Do(string change, SpoiledBackup copy)
    {
        const string Middle = "data/01/00000001";
        const int Overhead = 20;
        switch (change)
        {
            case "a bit of a chunk":
                copy.Change(Middle, content => Flipped(content, 100));
                break;
            case "a flag":
                copy.Change(Middle, content => Flipped(content, 0));
                break;
            case "a segment cut between chunks":
                copy.Change(Middle, content => content[..^LastChunk(content)]);
                break;
            case "a segment cut within a chunk":
                copy.Change(Middle, content => content[..^5]);
                break;
            case "a chunk taken out":
                copy.Change(Middle, content => content[((2 << 20) + Overhead)..]);
                break;
            case "a chunk repeated":
                copy.Change(Middle, content => [.. content[..((2 << 20) + Overhead)], .. content]);
                break;
            case "bytes added":
                copy.Change(Middle, content => [.. content, 0]);
                break;
            case "two segments exchanged":
                var first = File.ReadAllBytes(copy.Path("data/01/00000000"));
                copy.Change("data/01/00000000", _ => File.ReadAllBytes(copy.Path(Middle)));
                copy.Change(Middle, _ => first);
                break;
            case "a segment of another backup":
                copy.Change(Middle, _ => File.ReadAllBytes(Path.Combine(made.Second, Middle)));
                break;
            case "the other backup's manifest":
                copy.Change("manifest.json", _ => File.ReadAllBytes(Path.Combine(made.Second, "manifest.json")));
                break;
            case "another key of the same name":
                File.WriteAllText(Path.Combine(copy.Keys, "key-1"), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
                break;
            case "no key":
                File.Delete(Path.Combine(copy.Keys, "key-1"));
                break;
            default:
                copy.Edit(manifest => Edit(change, manifest));
                break;
        }
    }

    private void Edit(string change, JsonNode manifest)
    {
        var segments = manifest["segments"]!.AsArray();
        switch (change)
        {
            case "the last segment left out of the manifest":
                segments.RemoveAt(segments.Count - 1);
                break;
            case "segments reordered in the manifest":
                var first = segments[0]!;
                segments.RemoveAt(0);
                segments.Add(first);
                break;
            case "a position in the manifest":
                manifest["positions"]!["binlogPosition"] = 4;
                break;
            case "the seal taken off":
                manifest.AsObject().Remove("sealing");
                break;
            default:
                manifest["sealing"]!["wrappedKey"] = JsonNode.Parse(File.ReadAllBytes(Path.Combine(made.Second, "manifest.json")))!["sealing"]!["wrappedKey"]!.DeepClone();
                break;
        }
    }

    private static byte[] Flipped(byte[] content, int at)
    {
        content[at] ^= 1;
        return content;
    }

    private static int LastChunk(byte[] content)
    {
        var at = 0;
        while (true)
        {
            var length = ((content[at + 1] << 16) | (content[at + 2] << 8) | content[at + 3]) + 20;
            if (at + length == content.Length)
                return length;
            at += length;
        }
    }
}

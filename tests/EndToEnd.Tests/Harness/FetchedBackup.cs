using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Storage;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A backup's folder, fetched and unpacked by hand with public tools alone, word by word as <c>docs/backup-format.md</c> says.</summary>
internal sealed partial class FetchedBackup : IDisposable
{
    private readonly string[] steps;

    private FetchedBackup(string folder)
    {
        Folder = folder;
        steps = [.. ShellBlock().Matches(Documents.Read("docs/backup-format.md")).Select(block => block.Groups["lines"].Value)];
        // Check the sums; decode and unpack; prepare.
        Assert.Equal(3, steps.Length);
    }

    /// <summary>What else belongs to it lies here too.</summary>
    internal string Folder { get; }

    /// <summary>What comes out: the data directory of a server.</summary>
    internal string Data => Path.Combine(Folder, "restored");

    /// <summary>The document that lies with it.</summary>
    internal JsonNode Manifest => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Objects, "manifest.json")))!;

    private string Objects => Path.Combine(Folder, "backup");

    /// <summary>Fetches it with an S3 client that is not the product's.</summary>
    internal static async Task<FetchedBackup> FromAsync(Bucket bucket, string prefix)
    {
        var fetched = Begin();
        foreach (var item in await bucket.ListAsync(prefix))
            await bucket.DownloadAsync(item.Key, Path.Combine(fetched.Objects, item.Key[prefix.Length..]));
        return fetched;
    }

    /// <summary>Fetches it from a store of any kind.</summary>
    internal static async Task<FetchedBackup> FromAsync(IObjectStore store, string prefix)
    {
        var fetched = Begin();
        await foreach (var item in store.ListAsync(prefix, TestContext.Current.CancellationToken))
        {
            var path = Path.Combine(fetched.Objects, item.Key[prefix.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var content = await store.OpenAsync(item.Key, 0, TestContext.Current.CancellationToken);
            await using var file = File.Create(path);
            await content.CopyToAsync(file, TestContext.Current.CancellationToken);
        }

        return fetched;
    }

    /// <summary>Checks the sums, decodes and unpacks.</summary>
    internal Task UnpackAsync() => RunAsync(steps[..2]);

    /// <summary>The tool's stream, of one that is not sealed.</summary>
    internal async Task<byte[]> StreamAsync()
    {
        await Command.RunAsync("bash", ["-e", "-o", "pipefail", "-c", "jq -r '.segments[].key' manifest.json | xargs cat | zstd -d -c > ../stream"], folder: Objects);
        return await File.ReadAllBytesAsync(Path.Combine(Folder, "stream"));
    }

    /// <summary>The same, and makes it what a server can start on.</summary>
    internal async Task PrepareAsync()
    {
        await RunAsync(steps);
        Directory.Delete(Objects, recursive: true);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static FetchedBackup Begin() => new(Directory.CreateTempSubdirectory("restored-by-hand-").FullName);

    private Task<string> RunAsync(string[] lines) =>
        Command.RunAsync("bash", ["-e", "-c", string.Join('\n', lines)], folder: Objects, environment: new Dictionary<string, string> { ["TARGET"] = Data });

    [GeneratedRegex(@"^ *```sh\n(?<lines>.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}

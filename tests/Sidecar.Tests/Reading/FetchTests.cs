using System.Text;
using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Reading;

[Collection(nameof(OurBackups))]
public sealed class FetchTests(OurBackups made)
{
    [Fact]
    public async Task Fetch_OfABackup_WritesItsStreamAndNothingElse()
    {
        var (exitCode, output, messages) = await RunAsync(Ours(Codec.Lz4), store: await made.CopyAsync(Codec.Lz4, false));

        Assert.Equal((0, ""), (exitCode, messages));
        Assert.True(made.Stream.AsSpan().SequenceEqual(output));
    }

    [Fact]
    public async Task Fetch_ThatLists_SaysWhatIsThere()
    {
        var (exitCode, output, messages) = await RunAsync(Ours(Codec.Zstd), lists: true, await made.CopyAsync(Codec.Zstd, false));

        Assert.Equal((0, ""), (exitCode, messages));
        var text = Encoding.UTF8.GetString(output);
        Assert.Contains("engine:     MariaDbBackup\n", text, StringComparison.Ordinal);
        Assert.Contains("stream:     20000000 bytes\n", text, StringComparison.Ordinal);
        Assert.Contains("  data/01/00000002\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_OfWhatXbCloudStored_ListsFilesAndNamesStrangers()
    {
        var store = new MemoryObjectStore();
        byte[] stream = [.. made.Stream, .. Frames.Whole("xtrabackup_info", "tool_name = mariadb-backup\n"u8.ToArray()), .. Frames.Whole("xtrabackup_checkpoints", "to_lsn = 7\n"u8.ToArray())];
        await new XbCloudSplitter(store, "old").PutChunksAsync(stream);
        await store.PutAsync("old/notes.txt", "x"u8.ToArray(), PutCondition.None, CancellationToken.None);

        var (exitCode, output, messages) = await RunAsync("{\"xbCloud\":\"old\"}", lists: true, store);

        Assert.Equal(0, exitCode);
        Assert.Equal("Passed over: notes.txt in memory:///old/ is no part of the backup.\n", messages);
        Assert.Contains("        20000000  orders\n", Encoding.UTF8.GetString(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_OfADamagedBackup_EndsBadlyAndNamesTheObject()
    {
        var store = await made.CopyAsync(Codec.None, false);
        var key = $"{ObjectLayout.Root(OurBackups.Of(Codec.None, false))}data/01/00000002";
        var content = await OurBackups.ReadAsync(store, key);
        content[^1] ^= 1;
        await store.PutAsync(key, content, PutCondition.None, CancellationToken.None);

        var (exitCode, output, messages) = await RunAsync(Ours(Codec.None), store: store);

        Assert.Equal(1, exitCode);
        Assert.True(output.Length < made.Stream.Length);
        Assert.Contains($"ManifestMismatch: memory://: {key} has another CRC-32C", messages, StringComparison.Ordinal);
        Assert.Contains("is not complete: throw away", messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_WhoseReaderGoesAway_SaysSo()
    {
        await using var target = new StandInTarget(written => written > 0 ? throw new IOException("Broken pipe") : Task.CompletedTask);

        var (exitCode, messages) = await RunToAsync(target, Ours(Codec.Zstd), lists: false, await made.CopyAsync(Codec.Zstd, false));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("StreamBroken: The reader of standard output went away: Broken pipe", messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "could not be read")]
    [InlineData("{}", "has to name one backup: either backup, with namespace, cluster, name and uid, or xbCloud")]
    [InlineData("{\"xbCloud\":\"/etc\"}", "xbCloud is '/etc', which is no name of a backup")]
    [InlineData("{\"xbCloud\":\"nothing\"}", "memory:///nothing/ has no backup in xbcloud's layout")]
    public async Task Fetch_OfANonsensicalRequest_SaysWhatWouldBeRight(string request, string words)
    {
        var (exitCode, output, messages) = await RunAsync(request);

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains(words, messages, StringComparison.Ordinal);
    }

    private static string Ours(Codec codec) => JsonSerializer.Serialize(new { backup = OurBackups.Of(codec, false) }, ProtocolJson.Default.Options);

    private static async Task<(int ExitCode, byte[] Output, string Messages)> RunAsync(string request, bool lists = false, IObjectStore? store = null)
    {
        using var output = new MemoryStream();
        var (exitCode, messages) = await RunToAsync(output, request, lists, store ?? new MemoryObjectStore());
        return (exitCode, output.ToArray(), messages);
    }

    private static async Task<(int ExitCode, string Messages)> RunToAsync(Stream target, string request, bool lists, IObjectStore store)
    {
        var file = Path.GetTempFileName();
        try
        {
            const string storage = "{\"storage\":{\"name\":\"main\",\"type\":\"S3\",\"s3\":{\"bucket\":\"backups\"}}";
            await File.WriteAllTextAsync(file, request.Length > 1 ? $"{storage}{(request.Length > 2 ? "," : "")}{request[1..]}" : request);
            await using var messages = new StringWriter { NewLine = "\n" };
            var exitCode = await new FetchMain(target, messages, TimeProvider.System) { OpenStore = _ => store, Budget = new ReadBudget(1 << 20, 3, 4) }.RunAsync(file, lists, CancellationToken.None);
            return (exitCode, messages.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }
}

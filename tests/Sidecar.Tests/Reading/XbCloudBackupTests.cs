using System.Text;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Reading;

public sealed class XbCloudBackupTests
{
    private const string Name = "shop/full-2026";

    private static readonly ReadBudget Small = new(1000, 3, 4);

    private static readonly byte[] Stream =
    [
        .. Frames.Data("ibdata1", Bytes(3000), 0), .. Frames.Data("shop/orders.ibd.zst", Bytes(500), 0), .. Frames.Data("ibdata1", Bytes(1200), 3000), .. Frames.Data("ibdata1", Bytes(7), 4200),
        .. Frames.End("ibdata1"), .. Frames.Data("shop/orders.ibd.zst", Bytes(2), 500), .. Frames.End("shop/orders.ibd.zst"), .. Frames.End("shop/db.opt"),
        .. Frames.Whole("xtrabackup_checkpoints", "backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 7\nlast_lsn = 9\n"u8.ToArray()),
        .. Frames.Whole("xtrabackup_info", "tool_name = xtrabackup\ntool_version = 8.0.35-31\nserver_version = 8.0.36\n"u8.ToArray()),
        .. Frames.Whole("xtrabackup_tablespaces", "{}"u8.ToArray()),
    ];

    private readonly MemoryObjectStore store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string[]> Missing => new()
    {
        { "-ibdata1.00000000000000000001", ["ibdata1.00000000000000000001 is missing"] },
        { "-ibdata1.00000000000000000001 -ibdata1.00000000000000000002", ["ibdata1.00000000000000000001 to ibdata1.00000000000000000002 are missing"] },
        { "-ibdata1.00000000000000000000 -xtrabackup_info.00000000000000000001", ["ibdata1.00000000000000000000 is missing", "the end of xtrabackup_info is missing"] },
        { "-ibdata1.00000000000000000003", ["the end of ibdata1 is missing: its last object, ibdata1.00000000000000000002, is no end"] },
        { "-xtrabackup_info.00000000000000000000 -xtrabackup_info.00000000000000000001", ["xtrabackup_info is missing"] },
        { "-xtrabackup_checkpoints.00000000000000000000 -xtrabackup_checkpoints.00000000000000000001", ["xtrabackup_checkpoints is missing"] },
        { "-xtrabackup_tablespaces.00000000000000000000 -xtrabackup_tablespaces.00000000000000000001", ["xtrabackup_tablespaces is missing"] },
        { "0ibdata1.00000000000000000001", ["ibdata1.00000000000000000001 has only 0 bytes"] },
        { "+ibdata1.00000000000000000004", ["ibdata1.00000000000000000003 has only 21 bytes"] },
    };

    public static TheoryData<string, string> Spoiled => new()
    {
        { "a bit of ibdata1.00000000000000000000", "ibdata1.00000000000000000000 was read, and the file 'ibdata1' was changed: what it holds from 0 on has another CRC-32" },
        { "a cut of ibdata1.00000000000000000001", "ibdata1.00000000000000000001 holds something else than one chunk of its file" },
        { "an exchange of ibdata1.00000000000000000001 and ibdata1.00000000000000000002", "ibdata1.00000000000000000001 was read, and the file 'ibdata1' goes on at 4200 instead of at 3000" },
        { "an exchange of xtrabackup_info.00000000000000000000 and xtrabackup_tablespaces.00000000000000000000", "xtrabackup_info.00000000000000000000 holds something else than one chunk" },
        { "nonsense in ibdata1.00000000000000000002", "ibdata1.00000000000000000002 was read, and the stream holds something that is no frame" },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WriteToAsync_OfChunks_IsAStreamOfTheSameFiles(bool md5)
    {
        await new XbCloudSplitter(store, Name).PutChunksAsync(Stream, md5);
        await store.PutAsync("shop/full-2026-older/ibdata1.00000000000000000000", "x"u8.ToArray(), PutCondition.None, Token);
        await store.PutAsync($"{Name}/README", "x"u8.ToArray(), PutCondition.None, Token);
        await store.PutAsync($"{Name}/aaa.0000", "x"u8.ToArray(), PutCondition.None, Token);

        foreach (var budget in new[] { ReadBudget.Standard, Small })
        {
            using var backup = await XbCloudBackup.OpenAsync(store, Name, budget, Token);
            var written = await WriteAsync(backup);

            AssertSame(Stream, written);
            Assert.Equal(Stream.Length, written.Length);
            Assert.Equal((BackupLayout.Chunks, BackupEngine.XtraBackup, "8.0.35-31", (long)Stream.Length), (backup.Contents.Layout, backup.Contents.Engine, backup.Contents.Positions?.ToolVersion, backup.Contents.StreamBytes));
            Assert.Equal(["aaa.0000", "README"], backup.Contents.Strangers.First.Order(StringComparer.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task WriteToAsync_OfFiles_MakesTheirFrames()
    {
        await new XbCloudSplitter(store, Name).PutFilesAsync(Stream);

        foreach (var budget in new[] { ReadBudget.Standard, Small })
        {
            using var backup = await XbCloudBackup.OpenAsync(store, Name, budget, Token);
            var written = await WriteAsync(backup);

            AssertSame(Stream, written);
            Assert.Equal((BackupLayout.Files, "8.0.36", (long)written.Length), (backup.Contents.Layout, backup.Contents.Positions?.ServerVersion, backup.Contents.StreamBytes));
        }
    }

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task OpenAsync_OfWhatIsNotWhole_NamesAllThatIsMissing(string changes, string[] words)
    {
        await new XbCloudSplitter(store, Name).PutChunksAsync(Stream);
        foreach (var change in changes.Split(' '))
        {
            await store.DeleteAsync([$"{Name}/{change[1..]}"], Token);
            if (change[0] is '0' or '+')
                await store.PutAsync($"{Name}/{change[1..]}", change[0] == '0' ? [] : Frames.End("ibdata1"), PutCondition.None, Token);
        }

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => XbCloudBackup.OpenAsync(store, Name, Small, Token));

        Assert.Equal(JobFault.ManifestMismatch, trouble.Fault);
        Assert.StartsWith("The backup is not whole: ", trouble.Message, StringComparison.Ordinal);
        Assert.EndsWith($"It lies in memory:///{Name}/", trouble.Message, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, trouble.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Spoiled))]
    public async Task WriteToAsync_OfWhatWasChanged_NamesTheObject(string change, string words)
    {
        await new XbCloudSplitter(store, Name).PutChunksAsync(Stream);
        await SpoilAsync(change);
        using var backup = await XbCloudBackup.OpenAsync(store, Name, Small, Token);

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => WriteAsync(backup));

        Assert.Equal(JobFault.ManifestMismatch, trouble.Fault);
        Assert.Contains($"{Name}/{words}", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another sum", "ibdata1.00000000000000000000 has another MD5")]
    [InlineData("a line less", "ibdata1.00000000000000000000 is not in shop/full-2026.md5")]
    [InlineData("a line more", "shop/lost.ibd.00000000000000000000 is missing, and shop/full-2026.md5 names it")]
    [InlineData("no list", "shop/full-2026.md5 has a line that is none of its own: '<html>'")]
    [InlineData("no lines", "is no list of MD5s")]
    public async Task WriteToAsync_WithAListThatDoesNotFit_SaysWhatDoesNot(string change, string words)
    {
        await new XbCloudSplitter(store, Name).PutChunksAsync(Stream, md5: true);
        var list = Encoding.UTF8.GetString(await OurBackups.ReadAsync(store, $"{Name}.md5"));
        list = change switch
        {
            "another sum" => (list[0] == '0' ? '1' : '0') + list[1..],
            "a line less" => list[(list.IndexOf('\n', StringComparison.Ordinal) + 1)..],
            "a line more" => list + new string('a', 32) + "  shop/lost.ibd.00000000000000000000\n",
            "no list" => "<html>\n",
            _ => new string('a', 100_000),
        };
        await store.PutAsync($"{Name}.md5", Encoding.UTF8.GetBytes(list), PutCondition.None, Token);

        var trouble = await Assert.ThrowsAsync<JobFaultException>(async () => await WriteAsync(await XbCloudBackup.OpenAsync(store, Name, Small, Token)));

        Assert.Contains(words, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_WhereNothingLies_SaysSo()
    {
        var nothing = await Assert.ThrowsAsync<JobFaultException>(() => XbCloudBackup.OpenAsync(store, Name, Small, Token));
        var upwards = await Assert.ThrowsAsync<JobFaultException>(() => XbCloudBackup.OpenAsync(store, "../other", Small, Token));

        Assert.Contains("has no backup in xbcloud's layout", nothing.Message, StringComparison.Ordinal);
        Assert.Equal(JobFault.InvalidRequest, upwards.Fault);
    }

    [Fact]
    public async Task OpenAsync_OfAFileInParts_RefusesIt()
    {
        await new XbCloudSplitter(store, Name).PutFilesAsync(Stream);
        foreach (var name in new[] { "huge.ibd.manifest.json", "huge.ibd.part-001" })
            await store.PutAsync($"{Name}/{name}", "x"u8.ToArray(), PutCondition.None, Token);

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => XbCloudBackup.OpenAsync(store, Name, Small, Token));

        Assert.Contains("huge.ibd.manifest.json tells of a file in parts", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteToAsync_OfAnyStreamInAnyLayout_HasTheSameFiles() => Streams().Sample(
        given =>
        {
            var (stream, blockBytes, blocks, requests) = given;
            var shelf = new MemoryObjectStore();
            var splitting = Task.WhenAll(new XbCloudSplitter(shelf, "chunks").PutChunksAsync(stream, md5: blocks % 2 == 0), new XbCloudSplitter(shelf, "files").PutFilesAsync(stream));
            splitting.GetAwaiter().GetResult();
            foreach (var name in new[] { "chunks", "files" })
            {
                using var backup = XbCloudBackup.OpenAsync(shelf, name, new ReadBudget(blockBytes, blocks, requests), CancellationToken.None).GetAwaiter().GetResult();
                AssertSame(stream, WriteAsync(backup).GetAwaiter().GetResult());
            }
        },
        iter: 60);

    // Files in chunks of any sizes, in any order that keeps each file's own.
    private static Gen<(byte[] Stream, int BlockBytes, int Blocks, int Requests)> Streams()
    {
        var chunks = Gen.Int[0, 300].Array[0, 6];
        return Gen.Select(chunks.Array[1, 8], Gen.Int[0, int.MaxValue], Gen.Int[1, 400], Gen.Int[2, 5], Gen.Int[1, 6]).Select((files, seed, blockBytes, blocks, requests) =>
        {
            var random = new Random(seed);
            var queues = files.Select((sizes, file) => new Queue<byte[]>(Cut($"db/t{file}.ibd", sizes, random))).ToList();
            queues.Add(new Queue<byte[]>([Frames.Whole("xtrabackup_checkpoints", Bytes(3))]));
            queues.Add(new Queue<byte[]>([Frames.Whole("mariadb_backup_info", Bytes(9))]));
            var stream = new List<byte>();
            while (queues.Count > 0)
            {
                var queue = queues[random.Next(queues.Count)];
                stream.AddRange(queue.Dequeue());
                if (queue.Count == 0)
                    queues.Remove(queue);
            }

            return (stream.ToArray(), blockBytes, blocks, requests);
        });
    }

    private static IEnumerable<byte[]> Cut(string path, int[] sizes, Random random)
    {
        var offset = 0L;
        foreach (var size in sizes)
        {
            var content = new byte[size];
            random.NextBytes(content);
            yield return Frames.Data(path, content, offset);
            offset += size;
        }

        yield return Frames.End(path);
    }

    private static void AssertSame(byte[] expected, byte[] written)
    {
        var check = new XbStreamCheck();
        check.Pass(written);
        Assert.Null(check.Objection());
        var (wanted, files) = (XbCloudSplitter.Files(expected), XbCloudSplitter.Files(written));
        Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), files.Keys.Order(StringComparer.Ordinal));
        Assert.All(wanted, file => Assert.Equal(file.Value, files[file.Key]));
    }

    private static async Task<byte[]> WriteAsync(XbCloudBackup backup)
    {
        using var target = new MemoryStream();
        await backup.WriteToAsync(target, CancellationToken.None);
        return target.ToArray();
    }

    private async Task SpoilAsync(string change)
    {
        var names = change.Split(' ').Where(word => word.Contains(".0", StringComparison.Ordinal)).Select(name => $"{Name}/{name}").ToList();
        var content = await OurBackups.ReadAsync(store, names[0]);
        switch (change.Split(' ')[1])
        {
            case "bit":
                content[^5] ^= 1;
                break;
            case "cut":
                content = content[..^5];
                break;
            case "exchange":
                await store.PutAsync(names[0], await OurBackups.ReadAsync(store, names[1]), PutCondition.None, Token);
                (names[0], _) = (names[1], 0);
                break;
            default:
                content.AsSpan(0, 8).Fill((byte)'x');
                break;
        }

        await store.PutAsync(names[0], content, PutCondition.None, Token);
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(at => (byte)(at * 31))];
}

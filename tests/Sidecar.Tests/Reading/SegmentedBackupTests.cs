using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Reading;

[Collection(nameof(OurBackups))]
public sealed class SegmentedBackupTests(OurBackups made)
{
    private static readonly ReadBudget Small = new(1 << 20, 3, 4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Codec, bool> Codings => [.. Enum.GetValues<Codec>().SelectMany(codec => new[] { (codec, false), (codec, true) })];

    public static TheoryData<string, Codec, bool, string> Spoiled => new()
    {
        { "a bit", Codec.None, false, "data/01/00000001 has another CRC-32C" },
        { "a bit, of a store without CRC-32C", Codec.None, false, "data/01/00000001 has another SHA-256" },
        { "a bit", Codec.Zstd, false, "data/01/00000001 " },
        { "a bit", Codec.Lz4, false, "data/01/00000001 " },
        { "a bit", Codec.None, true, "data/01/00000001 cannot be read: chunk 2 is not what was sealed there" },
        { "two segments exchanged", Codec.None, false, "data/01/00000000 was read, and the stream holds something that is no frame" },
        { "two segments exchanged", Codec.None, true, "data/01/00000000 cannot be read: chunk 0 is not what was sealed there" },
    };

    public static TheoryData<string, Codec, bool, JobFault, string> Missing => new()
    {
        { "manifest.json", Codec.Zstd, false, JobFault.ManifestMismatch, "manifest.json is not there" },
        { "data/01/00000001", Codec.Zstd, false, JobFault.ManifestMismatch, "not whole: data/01/00000001 is missing" },
        { "data/01/00000000 data/01/00000002", Codec.None, true, JobFault.ManifestMismatch, "not whole: data/01/00000000 is missing, data/01/00000002 is missing" },
        { "an end", Codec.Zstd, false, JobFault.ManifestMismatch, "data/01/00000001 has 5000000 bytes instead of " },
        { "the right key", Codec.Zstd, true, JobFault.WrongKey, "was sealed with another key" },
        { "any key", Codec.Zstd, true, JobFault.SecretMissing, "has no entry 'key-1'" },
        { "the naming of a key", Codec.Zstd, true, JobFault.WrongKey, "is sealed, but the storage names no encryption key" },
    };

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task WriteToAsync_OfABackupOfOurs_IsTheStream(Codec codec, bool seals)
    {
        var store = await made.CopyAsync(codec, seals);
        foreach (var budget in new[] { ReadBudget.Standard, Small, new ReadBudget(3001, 2, 1) })
        {
            using var backup = await made.OpenAsync(store, codec, seals, budget);
            using var target = new MemoryStream();

            await backup.WriteToAsync(target, Token);

            Assert.True(made.Stream.AsSpan().SequenceEqual(target.GetBuffer().AsSpan(0, (int)target.Length)));
            Assert.Equal((BackupLayout.Segments, BackupEngine.MariaDbBackup, 20_000_000L, 3L), (backup.Contents.Layout, backup.Contents.Engine, backup.Contents.StreamBytes, backup.Contents.Objects));
        }
    }

    [Theory]
    [MemberData(nameof(Spoiled))]
    public async Task WriteToAsync_OfWhatWasChanged_NamesTheObjectAndKeepsItsEndBack(string change, Codec codec, bool seals, string words)
    {
        var store = await made.CopyAsync(codec, seals);
        await SpoilAsync(store, codec, seals, change);
        using var backup = await made.OpenAsync(store, codec, seals, Small);
        using var target = new MemoryStream();

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => backup.WriteToAsync(target, Token));

        Assert.Equal(JobFault.ManifestMismatch, trouble.Fault);
        Assert.Contains(ObjectLayout.Root(OurBackups.Of(codec, seals)) + words, trouble.Message, StringComparison.Ordinal);
        Assert.True(target.Length < made.Stream.Length);
    }

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task OpenAsync_OfWhatIsNotWhole_SaysWhatIsMissingBeforeAByteIsRead(string what, Codec codec, bool seals, JobFault fault, string words)
    {
        var store = await made.CopyAsync(codec, seals);
        var root = ObjectLayout.Root(OurBackups.Of(codec, seals));
        if (what == "an end")
            await store.PutAsync($"{root}data/01/00000001", new byte[5_000_000], PutCondition.None, Token);
        else
            await store.DeleteAsync([.. what.Split(' ').Where(name => name.Contains('.', StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal)).Select(name => root + name)], Token);
        var keys = what switch { "the right key" => made.WrongKeys, "any key" => made.NoKeys, "the naming of a key" => null, _ => seals ? made.Keys : null };
        var watched = new StandInWatchedStore(store) { Counts = key => key.Contains("/data/", StringComparison.Ordinal) };

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => SegmentedBackup.OpenAsync(watched, OurBackups.Of(codec, seals), keys, Small, Token));

        Assert.Equal(fault, trouble.Fault);
        Assert.Contains(words, trouble.Message, StringComparison.Ordinal);
        Assert.Equal(0, watched.Given);
    }

    [Fact]
    public async Task OpenAsync_WithKeysForABackupInTheClear_RefusesIt()
    {
        var trouble = await Assert.ThrowsAsync<JobFaultException>(async () =>
            await SegmentedBackup.OpenAsync(await made.CopyAsync(Codec.Zstd, false), OurBackups.Of(Codec.Zstd, false), made.Keys, Small, Token));

        Assert.Contains("is not sealed", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OfAManifestThatLeadsElsewhere_RefusesIt()
    {
        var store = await made.CopyAsync(Codec.None, false);
        var key = ObjectLayout.Root(OurBackups.Of(Codec.None, false)) + ObjectLayout.Manifest;
        var text = System.Text.Encoding.UTF8.GetString(await OurBackups.ReadAsync(store, key)).Replace("data/01/00000001", "../../secret", StringComparison.Ordinal);
        await store.PutAsync(key, System.Text.Encoding.UTF8.GetBytes(text), PutCondition.None, Token);

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => made.OpenAsync(store, Codec.None, false));

        Assert.Contains("'../../secret' is not the segment data/01/00000001", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contents_WithAStrangerInTheFolder_NamesIt()
    {
        var store = await made.CopyAsync(Codec.None, false);
        await store.PutAsync(ObjectLayout.Root(OurBackups.Of(Codec.None, false)) + "notes.txt", "x"u8.ToArray(), PutCondition.None, Token);

        using var backup = await made.OpenAsync(store, Codec.None, false);

        Assert.Equal(["notes.txt"], backup.Contents.Strangers.First);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task WriteToAsync_ToATargetThatTakesItsTime_FetchesNoMoreThanItsBuffersHold(Codec codec, bool seals)
    {
        var watched = new StandInWatchedStore(await made.CopyAsync(codec, seals)) { Counts = key => key.Contains("/data/", StringComparison.Ordinal) };
        using var backup = await made.OpenAsync(watched, codec, seals, Small);

        // The frames that are made again besides: random bytes are not compressed, so what is fetched and what is written are about as long.
        var frames = codec == Codec.None && !seals ? 0 : (new SegmentCoding(codec, null).Threads + 2L) * (FrameCodec.PieceBytes + 16 * 1024);
        var most = Small.Blocks * (long)Small.BlockBytes + frames;
        var furthest = 0L;
        var target = new StandInTarget(async written =>
        {
            // While the first bytes are not taken, all buffers fill up, and nothing more comes.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
            while (written == 0 && watched.Given < most - frames)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
            furthest = Math.Max(furthest, watched.Given - written);
        });

        await backup.WriteToAsync(target, Token);

        Assert.True(made.Stream.AsSpan().SequenceEqual(target.Taken));
        Assert.InRange(furthest, most - frames, most + 64 * 1024);
    }

    [Fact]
    public async Task WriteToAsync_ThatIsGivenUp_EndsWithNothingOnItsWay()
    {
        using var given = new CancellationTokenSource();
        var watched = new StandInWatchedStore(await made.CopyAsync(Codec.Zstd, true));
        using var backup = await made.OpenAsync(watched, Codec.Zstd, true, Small);
        var target = new StandInTarget(written => written > 5_000_000 ? given.CancelAsync() : Task.CompletedTask);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup.WriteToAsync(target, given.Token));

        Assert.Equal(0, watched.Open);
        Assert.InRange(target.Taken.Length, 5_000_000, 12_000_000);
    }

    [Fact]
    public async Task WriteToAsync_ToATargetThatBreaks_EndsWithNothingOnItsWay()
    {
        var watched = new StandInWatchedStore(await made.CopyAsync(Codec.Lz4, false));
        using var backup = await made.OpenAsync(watched, Codec.Lz4, false, Small);
        var target = new StandInTarget(written => written > 5_000_000 ? throw new IOException("Broken pipe") : Task.CompletedTask);

        await Assert.ThrowsAsync<IOException>(() => backup.WriteToAsync(target, Token));

        Assert.Equal(0, watched.Open);
    }

    private static async Task SpoilAsync(MemoryObjectStore store, Codec codec, bool seals, string change)
    {
        var root = ObjectLayout.Root(OurBackups.Of(codec, seals));
        var (first, second) = ($"{root}data/01/00000000", $"{root}data/01/00000001");
        var content = await OurBackups.ReadAsync(store, second);
        if (change.StartsWith("a bit", StringComparison.Ordinal))
        {
            if (change != "a bit")
                await ForgetCrc32CAsync(store, root + ObjectLayout.Manifest);
            content[5_000_000] ^= 1;
            await store.PutAsync(second, content, PutCondition.None, Token);
            return;
        }

        await store.PutAsync(second, await OurBackups.ReadAsync(store, first), PutCondition.None, Token);
        await store.PutAsync(first, content, PutCondition.None, Token);
    }

    private static async Task ForgetCrc32CAsync(MemoryObjectStore store, string key)
    {
        var manifest = JsonNode.Parse(await OurBackups.ReadAsync(store, key))!;
        foreach (var segment in manifest["segments"]!.AsArray())
            Assert.True(segment!.AsObject().Remove("crc32c"));
        await store.PutAsync(key, JsonSerializer.SerializeToUtf8Bytes(manifest), PutCondition.None, Token);
    }
}

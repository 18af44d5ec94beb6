using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Storage;
using ControlPlane.Testing;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class StreamStorerTests
{
    private const string Root = "shop/orders/b1-u1/";

    // The smallest that every store takes, so that a few MiB already have all the seams.
    private static readonly SegmentPlan Small = new(12 << 20, 1, 5 << 20);

    // Whose parts are filled by whole pieces, as the standard plan's are.
    private static readonly SegmentPlan Fitting = new(12 << 20, 1, 6 << 20);

    private static readonly FlowPlan Flow = new(Coders: 3, PartBytes: 40 << 20);

    [Fact]
    public void StoreAsync_OfAnyLength_ComesBackAsItWas() =>
        Gen.Select(Gen.OneOf(Gen.Int[0, 3], Gen.Int[1, 16 << 20]), Gen.Enum<Codec>(), Gen.Int[1, 3], Gen.Byte, Gen.Bool).Sample(
            (length, codec, level, mixed, fits) => RoundTripAsync(length, new CompressionRequest { Codec = codec, Level = level }, mixed, fits ? Fitting : Small).GetAwaiter().GetResult(),
            iter: 9, threads: 1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((2 << 20) - 1)]
    [InlineData(2 << 20)]
    [InlineData((2 << 20) + 1)]
    [InlineData(4 << 20)]
    [InlineData(5 << 20)]
    [InlineData((5 << 20) + 1)]
    [InlineData(12 << 20)]
    [InlineData((12 << 20) + (9 << 20))]
    public async Task StoreAsync_AtASeam_ComesBackAsItWas(int length) =>
        Assert.True(await RoundTripAsync(length, new CompressionRequest { Codec = Codec.None }, 7, Small));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2 << 20)]
    [InlineData(6 << 20)]
    [InlineData((6 << 20) + 1)]
    [InlineData(12 << 20)]
    [InlineData((12 << 20) + 1)]
    [InlineData((12 + 12 + 1) << 20)]
    public async Task StoreAsync_OfPiecesThatFillTheParts_ComesBackAsItWas(int length) =>
        Assert.True(await RoundTripAsync(length, new CompressionRequest { Codec = Codec.None }, 7, Fitting));

    [Fact]
    public async Task StoreAsync_OfPiecesThatFillTheParts_SendsThemFromWhereTheyWereRead()
    {
        var source = new StandInWatchedSource(25 << 20);
        var sent = new ConcurrentBag<byte[]>();
        var store = new StandInFaultyStore(new MemoryObjectStore()) { OnContent = content => sent.Add(ArrayOf(content)) };
        var storer = new StreamStorer(new StreamTarget(store, Root, 1, Fitting, new TransferMeter()), new CompressionRequest { Codec = Codec.None }, Flow with { PartBytes = 12 << 20 }, TimeProvider.System);

        await storer.StoreAsync(source, CancellationToken.None);

        // Two parts at a time, and a stream of more than four.
        Assert.NotEmpty(sent);
        Assert.Subset(source.Arrays, sent.ToHashSet());
        Assert.Equal(2, sent.Distinct().Count());
    }

    [Theory]
    [InlineData(Codec.Zstd, 1, 200, "zstd")]
    [InlineData(Codec.Lz4, 1, 200, "lz4")]
    [InlineData(Codec.Lz4, 1, 3, "lz4")]
    [InlineData(Codec.Lz4, 9, 200, "lz4")]
    [InlineData(Codec.Lz4, 1, 256, "lz4")]
    public async Task StoreAsync_OfCompressedSegments_ArePlainFilesOfThePublicTool(Codec codec, int level, int mixed, string tool)
    {
        var (store, segments, content) = await StoreAsync(14 << 20, new CompressionRequest { Codec = codec, Level = level }, mixed);
        var decoded = new MemoryStream();
        foreach (var segment in segments)
        {
            var stored = new MemoryStream();
            await (await store.OpenAsync(Root + segment.Key, 0, CancellationToken.None)).CopyToAsync(stored);
            await DecodeAsync(stored.ToArray(), tool, decoded);
        }

        Assert.True(content.AsSpan().SequenceEqual(decoded.ToArray()));
    }

    [Fact]
    public async Task StoreAsync_WhenAPartIsRefused_TellsThatAndLeavesNothingOnItsWay()
    {
        var store = new StandInFaultyStore(new MemoryObjectStore()) { OnPart = index => index == 1 ? ObjectStoreFault.Denied : null };

        var trouble = await Assert.ThrowsAsync<ObjectStoreException>(() => Storer(store).StoreAsync(new MemoryStream(new byte[60 << 20]), CancellationToken.None));

        Assert.Equal(ObjectStoreFault.Denied, trouble.Fault);
        Assert.Equal(0, store.OnTheirWay);
        Assert.Equal(0, await store.AbandonUploadsAsync("", _ => true, CancellationToken.None));
    }

    [Fact]
    public async Task StoreAsync_WhenTheSourceBreaks_TellsThat()
    {
        var source = new SourceStream(new StandInBrokenStream(9 << 20), "orders-0");

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => Storer(new MemoryObjectStore()).StoreAsync(source, CancellationToken.None));

        Assert.Equal(JobFault.StreamBroken, trouble.Fault);
    }

    [Fact]
    public async Task StoreAsync_WhenItIsCancelled_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        var store = new StandInFaultyStore(new MemoryObjectStore()) { BeforePart = () => { stop.Cancel(); return Task.CompletedTask; } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Storer(store).StoreAsync(new MemoryStream(new byte[60 << 20]), stop.Token));

        Assert.Equal(0, await store.AbandonUploadsAsync("", _ => true, CancellationToken.None));
    }

    private static byte[] ArrayOf(ReadOnlyMemory<byte> memory) => MemoryMarshal.TryGetArray(memory, out var segment) ? segment.Array! : throw new InvalidOperationException("No array.");

    private static StreamStorer Storer(IObjectStore store) => new(new StreamTarget(store, Root, 1, Small, new TransferMeter()), new CompressionRequest { Codec = Codec.None }, Flow, TimeProvider.System);

    private static async Task<(MemoryObjectStore Store, IReadOnlyList<StoredSegment> Segments, byte[] Content)> StoreAsync(int length, CompressionRequest compression, int mixed, SegmentPlan? plan = null)
    {
        // Pages that compress about as InnoDB's do: part noise, part text.
        var content = new byte[length];
        new Random(length).NextBytes(content);
        for (var at = 0; at < content.Length; at++)
        {
            if (at % 256 >= mixed)
                content[at] = (byte)'a';
        }

        var store = new MemoryObjectStore();
        var meter = new TransferMeter();
        var segments = await new StreamStorer(new StreamTarget(store, Root, 3, plan ?? Small, meter), compression, Flow, TimeProvider.System).StoreAsync(new MemoryStream(content), CancellationToken.None);
        Assert.Equal(length, meter.BytesRead);
        Assert.Equal(segments.Sum(segment => segment.StoredBytes), meter.BytesStored);
        return (store, segments, content);
    }

    private static async Task<bool> RoundTripAsync(int length, CompressionRequest compression, int mixed, SegmentPlan plan)
    {
        var (store, segments, content) = await StoreAsync(length, compression, mixed, plan);
        var whole = new MemoryStream();
        foreach (var (index, segment) in segments.Index())
        {
            var stored = new MemoryStream();
            await (await store.OpenAsync(Root + segment.Key, 0, CancellationToken.None)).CopyToAsync(stored);
            Assert.Equal($"data/03/{index:D8}", segment.Key);
            Assert.Equal(segment.StoredBytes, stored.Length);
            Assert.Equal(segment.Fingerprint, FingerprintOf(stored.ToArray()));
            Assert.InRange(segment.StoredBytes, 1, plan.TargetBytes(index) + FrameCodec.PieceBytes + 65_536);
            var before = whole.Length;
            await DecodeAsync(stored.ToArray(), compression.Codec, whole);
            Assert.Equal(segment.SizeBytes, whole.Length - before);
        }

        return content.AsSpan().SequenceEqual(whole.GetBuffer().AsSpan(0, (int)whole.Length));
    }

    private static async Task DecodeAsync(byte[] stored, Codec codec, MemoryStream target)
    {
        switch (codec)
        {
            case Codec.None:
                target.Write(stored);
                break;
            case Codec.Lz4:
                await DecodeAsync(stored, "lz4", target);
                break;
            default:
                using (var decoder = new ZstdNet.DecompressionStream(new MemoryStream(stored)))
                    decoder.CopyTo(target);
                break;
        }
    }

    // As a person does it: a segment is a file of the tool's own.
    private static async Task DecodeAsync(byte[] stored, string tool, MemoryStream target)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, stored);
            using var decoder = Process.Start(new ProcessStartInfo(tool, ["-d", "-c", file]) { RedirectStandardOutput = true })!;
            await decoder.StandardOutput.BaseStream.CopyToAsync(target);
            await decoder.WaitForExitAsync();
            Assert.Equal(0, decoder.ExitCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Remembers where it was read to.</summary>
    private sealed class StandInWatchedSource(long length) : MemoryStream(new byte[length])
    {
        public HashSet<byte[]> Arrays { get; } = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Arrays.Add(ArrayOf(buffer));
            return base.ReadAsync(buffer, cancellationToken);
        }
    }

    private static UInt128 FingerprintOf(byte[] bytes)
    {
        var fingerprint = StoredSegment.Fingerprinter();
        fingerprint.Append(bytes);
        return fingerprint.GetCurrentHashAsUInt128();
    }
}

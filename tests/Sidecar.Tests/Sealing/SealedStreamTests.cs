using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Testing;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>The data path of a sealed backup: what it stores, and that each place is sealed for itself.</summary>
public sealed class SealedStreamTests : IDisposable
{
    private static readonly SegmentPlan Small = new(3 << 20, 1000, 5 << 20);
    private static readonly string Root = ObjectLayout.Root(KeyFolder.Backup);

    private readonly KeyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData((2 << 20) - 1)]
    [InlineData(2 << 20)]
    [InlineData((2 << 20) + 1)]
    [InlineData(6 << 20)]
    [InlineData(9_000_001)]
    public async Task StoreAsync_OfAnyLength_OpensAsItWas(int length)
    {
        foreach (var codec in Enum.GetValues<Codec>())
        {
            var content = RandomNumberGenerator.GetBytes(length);

            var (segments, opened) = await StoreAndOpenAsync(content, codec);

            Assert.Equal(length, segments.Sum(segment => segment.SizeBytes));
            if (codec == Codec.None)
                Assert.True(content.AsSpan().SequenceEqual(opened));
        }
    }

    [Fact]
    public void StoreAsync_OfPlacesAndLengths_MarksTheLastOnesOnly() =>
        Gen.Select(Gen.Int[1, 12 << 20], Gen.Int[1, 8 << 20]).Sample(
            (length, target) =>
            {
                var cutter = new SegmentCutter(new SegmentPlan(target, 1000, 5 << 20));
                var places = new List<ChunkPlace>();
                for (var left = length; left > 0; left -= FrameCodec.PieceBytes)
                    places.Add(cutter.Next(Math.Min(left, FrameCodec.PieceBytes) + ChunkSealer.OverheadBytes, left <= FrameCodec.PieceBytes));
                var last = Assert.Single(places, place => place.EndsStream);
                return last == places[^1] && last.EndsSegment && places.Distinct().Count() == places.Count
                    && places.Zip(places.Skip(1)).All(pair => pair.First.EndsSegment
                        ? (pair.Second.Segment, pair.Second.Chunk) == (pair.First.Segment + 1, 0)
                        : (pair.Second.Segment, pair.Second.Chunk) == (pair.First.Segment, pair.First.Chunk + 1));
            },
            iter: 300);

    [Fact]
    public void Open_AtAnyOtherPlace_IsRefused()
    {
        using var key = DataKey.Make();
        using var sealer = new ChunkSealer(key.ChunkKey(), Root + ObjectLayout.Attempt(1));
        using var other = new ChunkSealer(key.ChunkKey(), Root + ObjectLayout.Attempt(2));
        var place = new ChunkPlace(1, 2, false, false);
        var chunk = new byte[1000 + ChunkSealer.OverheadBytes];
        sealer.Seal(chunk, 1000, place);
        ChunkPlace[] wrong =
        [
            place with { Segment = 0 }, place with { Chunk = 1 }, place with { Segment = 2, Chunk = 1 }, place with { EndsSegment = true }, place with { EndsStream = true },
        ];

        Assert.All(wrong, elsewhere => Assert.Throws<AuthenticationTagMismatchException>(() => sealer.Open((byte[])chunk.Clone(), elsewhere)));
        Assert.Throws<AuthenticationTagMismatchException>(() => other.Open((byte[])chunk.Clone(), place));
        for (var at = 0; at < chunk.Length; at++)
        {
            var changed = (byte[])chunk.Clone();
            changed[at] ^= 1;
            Assert.Throws<AuthenticationTagMismatchException>(() => sealer.Open(changed, place));
        }

        Assert.Equal(1000, sealer.Open(chunk, place));
    }

    [Fact]
    public void Seal_OfManyChunks_AllocatesNothing()
    {
        using var key = DataKey.Make();
        using var sealer = new ChunkSealer(key.ChunkKey(), Root + ObjectLayout.Attempt(1));
        var chunk = new byte[4096 + ChunkSealer.OverheadBytes];
        sealer.Seal(chunk, 4096, default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < 1000; index++)
            sealer.Seal(chunk, 4096, new ChunkPlace(3, index, false, false));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact]
    public void Begin_Twice_NeverHasTheSameDataKey()
    {
        var owner = Convert.FromBase64String(folder.Write());
        using var first = Begin();
        using var second = Begin();

        Assert.NotEqual(first.Description.WrappedKey, second.Description.WrappedKey);
        Assert.NotEqual(ChunkKey(first, owner), ChunkKey(second, owner));
    }

    private BackupSeal Begin() => BackupSeal.Begin(
        new JobRequest
        {
            Operation = JobOperation.Backup,
            Backup = KeyFolder.Backup,
            Attempt = 3,
            Storage = new StorageRequest { Name = "main", Type = StorageType.S3 },
        },
        folder.Keys())!;

    private static string ChunkKey(BackupSeal seal, byte[] owner)
    {
        using var key = DataKey.Unwrap(seal.Description.WrappedKey, owner, KeyFolder.Id, KeyFolder.Backup)!;
        return Convert.ToHexStringLower(key.ChunkKey());
    }

    private async Task<(IReadOnlyList<StoredSegment> Segments, byte[] Opened)> StoreAndOpenAsync(byte[] content, Codec codec)
    {
        var owner = Convert.FromBase64String(folder.Write());
        var store = new MemoryObjectStore();
        using var seal = Begin();
        var storer = new StreamStorer(new StreamTarget(store, Root, 3, Small, new TransferMeter()), new CompressionRequest { Codec = codec }, new FlowPlan(Coders: 2, PartBytes: 40 << 20), TimeProvider.System, seal);
        var segments = await storer.StoreAsync(new MemoryStream(content), CancellationToken.None);
        using var key = DataKey.Unwrap(seal.Description.WrappedKey, owner, KeyFolder.Id, KeyFolder.Backup)!;
        using var opener = new ChunkSealer(key.ChunkKey(), Root + ObjectLayout.Attempt(3));
        var opened = new MemoryStream();
        foreach (var (index, segment) in segments.Index())
        {
            var stored = new MemoryStream();
            await (await store.OpenAsync(Root + segment.Key, 0, CancellationToken.None)).CopyToAsync(stored);
            var fingerprint = StoredSegment.Fingerprinter();
            fingerprint.Append(stored.ToArray());
            Assert.Equal((segment.StoredBytes, segment.Fingerprint), (stored.Length, fingerprint.GetCurrentHashAsUInt128()));
            Open(stored.ToArray(), opener, index, index == segments.Count - 1, opened);
        }

        return (segments, opened.ToArray());
    }

    private static void Open(byte[] segment, ChunkSealer opener, int index, bool last, MemoryStream opened)
    {
        var (at, chunk) = (0, 0);
        while (at < segment.Length)
        {
            var frame = (segment[at + 1] << 16) | (segment[at + 2] << 8) | segment[at + 3];
            var ends = at + frame + ChunkSealer.OverheadBytes == segment.Length;
            Assert.Equal(frame, opener.Open(segment.AsSpan(at), new ChunkPlace(index, chunk++, ends, ends && last)));
            opened.Write(segment, at + ChunkSealer.HeadBytes, frame);
            at += frame + ChunkSealer.OverheadBytes;
        }
    }
}

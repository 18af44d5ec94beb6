using System.Collections.Concurrent;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Runner;

/// <summary>The standard plan against a store's limits with both made smaller alike, so that a stream of a GiB stands for one of 20 TiB.</summary>
public sealed class LongStreamTests
{
    private const long MiB = 1 << 20;

    // Two segments a step instead of a thousand, and parts that are not and that are filled by whole pieces.
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task StoreAsync_OfAStreamLongerThanAnyOneObjectMayBe_KeepsEveryLimitOfTheStore(int partMebibytes)
    {
        var scaled = new SegmentPlan(partMebibytes * 2 * MiB, 2, partMebibytes << 20);
        var store = new StandInBoundedStore(mostParts: 64);
        var flow = new FlowPlan(Coders: 2, PartBytes: 40 * MiB);
        var target = new StreamTarget(store, "shop/orders/b1-u1/", 1, scaled, new TransferMeter());

        var segments = await new StreamStorer(target, new CompressionRequest { Codec = Codec.None }, flow, TimeProvider.System).StoreAsync(new Zeros(1100 * MiB), CancellationToken.None);

        Assert.Equal(1100 * MiB, segments.Sum(segment => segment.StoredBytes));
        Assert.Equal(segments.Count, store.Objects.Count);
        Assert.All(segments, segment => Assert.Equal(segment.StoredBytes, store.Objects["shop/orders/b1-u1/" + segment.Key]));
        Assert.True(1100 * MiB / scaled.PartBytes > 2 * 64, "One object of parts of one length would have been refused.");
    }

    /// <summary>Keeps lengths only, and refuses what is over its limits.</summary>
    private sealed class StandInBoundedStore(int mostParts) : IObjectStore
    {
        public ConcurrentDictionary<string, long> Objects { get; } = new();

        public string Location => "memory://bounded";

        public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
        {
            Objects[key] = content.Length;
            return Task.CompletedTask;
        }

        public Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken) => Task.FromResult<IObjectUpload>(new Upload(this, key, mostParts));

        public Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken) => throw new NotSupportedException();

        private sealed class Upload(StandInBoundedStore store, string key, int mostParts) : IObjectUpload
        {
            private readonly ConcurrentDictionary<int, int> parts = new();

            public Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
            {
                Assert.InRange(index, 0, mostParts - 1);
                parts[index] = content.Length;
                return Task.CompletedTask;
            }

            public ObjectFacts Describe() => new(parts.Values.Sum(length => (long)length));

            public Task CompleteAsync(CancellationToken cancellationToken)
            {
                var lengths = parts.OrderBy(part => part.Key).Select(part => part.Value).ToList();
                Assert.All(lengths[..^1], length => Assert.Equal(lengths[0], length));
                store.Objects[key] = lengths.Sum(length => (long)length);
                return Task.CompletedTask;
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    private sealed class Zeros(long length) : Stream
    {
        private long left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var taken = (int)Math.Min(left, buffer.Length);
            buffer[..taken].Span.Clear();
            left -= taken;
            return ValueTask.FromResult(taken);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

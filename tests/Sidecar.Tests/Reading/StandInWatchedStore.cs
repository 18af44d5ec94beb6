using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Reading;

/// <summary>A store that counts what is read from it.</summary>
internal sealed class StandInWatchedStore(IObjectStore inner) : IObjectStore
{
    private long given;
    private int open;

    /// <summary>Bytes of the objects that <see cref="Counts"/> names.</summary>
    public long Given => Interlocked.Read(ref given);

    /// <summary>Streams that are open.</summary>
    public int Open => open;

    public Func<string, bool> Counts { get; init; } = _ => true;

    public string Location => inner.Location;

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) =>
        inner.PutAsync(key, content, condition, cancellationToken);

    public Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken) => inner.BeginUploadAsync(key, cancellationToken);

    public Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken) => inner.LookAsync(key, cancellationToken);

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) =>
        new Watched(this, Counts(key), await inner.OpenAsync(key, offset, cancellationToken));

    public async Task<Stream> OpenRangeAsync(string key, long offset, long length, CancellationToken cancellationToken) =>
        new Watched(this, Counts(key), await inner.OpenRangeAsync(key, offset, length, cancellationToken));

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => inner.DeleteAsync(keys, cancellationToken);

    public Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken) =>
        inner.AbandonUploadsAsync(prefix, which, cancellationToken);

    private sealed class Watched : Stream
    {
        private readonly StandInWatchedStore store;
        private readonly bool counts;
        private readonly Stream inner;

        internal Watched(StandInWatchedStore store, bool counts, Stream inner)
        {
            (this.store, this.counts, this.inner) = (store, counts, inner);
            Interlocked.Increment(ref store.open);
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            if (counts)
                Interlocked.Add(ref store.given, count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                Interlocked.Decrement(ref store.open);
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>A target that does something before it takes bytes.</summary>
internal sealed class StandInTarget(Func<long, Task> before) : Stream
{
    private readonly MemoryStream taken = new();

    public byte[] Taken => taken.ToArray();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => taken.Length;

    public override long Position { get => taken.Length; set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await before(taken.Length);
        taken.Write(buffer.Span);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

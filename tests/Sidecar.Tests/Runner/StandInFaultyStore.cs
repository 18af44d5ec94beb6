using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Runner;

/// <summary>A store that fails where it is told to; everything else goes through.</summary>
internal sealed class StandInFaultyStore(IObjectStore inner) : IObjectStore
{
    private int onTheirWay;

    public Func<int, ObjectStoreFault?> OnPart { get; init; } = _ => null;

    /// <summary>Sees the very memory that a part comes in.</summary>
    public Action<ReadOnlyMemory<byte>> OnContent { get; init; } = _ => { };

    public Func<Task> BeforePart { get; init; } = () => Task.CompletedTask;

    public Func<string, ObjectStoreFault?> OnPut { get; init; } = _ => null;

    public Func<string, ObjectStoreFault?> OnOpen { get; init; } = _ => null;

    /// <summary>Changes what is read back.</summary>
    public Func<string, byte[], byte[]> Reading { get; init; } = (_, content) => content;

    /// <summary>Changes what is said of an object.</summary>
    public Func<ObjectFacts, ObjectFacts> Looking { get; init; } = facts => facts;

    public Func<string, ObjectStoreFault?> OnList { get; init; } = _ => null;

    public Func<IReadOnlyCollection<string>, ObjectStoreFault?> OnDelete { get; init; } = _ => null;

    /// <summary>The same, for a fault that says more.</summary>
    public ObjectStoreException? Locked { get; init; }

    /// <summary>After the put was done and before its answer.</summary>
    public Action<string> AfterPut { get; init; } = _ => { };

    public int OnTheirWay => onTheirWay;

    public string Location => inner.Location;

    public async Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        Throw(OnPut(key));
        await inner.PutAsync(key, content, condition, cancellationToken);
        AfterPut(key);
    }

    public async Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken) =>
        new Upload(this, await inner.BeginUploadAsync(key, cancellationToken));

    public async Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken) => Looking(await inner.LookAsync(key, cancellationToken));

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        Throw(OnOpen(key));
        await using var source = await inner.OpenAsync(key, offset, cancellationToken);
        var content = new MemoryStream();
        await source.CopyToAsync(content, cancellationToken);
        return new MemoryStream(Reading(key, content.ToArray()));
    }

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        Throw(OnList(prefix));
        return inner.ListAsync(prefix, cancellationToken);
    }

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        Throw(OnDelete(keys));
        if (Locked is not null)
            throw Locked;
        return inner.DeleteAsync(keys, cancellationToken);
    }

    public Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken) =>
        inner.AbandonUploadsAsync(prefix, which, cancellationToken);

    private static void Throw(ObjectStoreFault? fault)
    {
        if (fault is { } known)
            throw new ObjectStoreException(known, $"The stand-in store was told to be {known}.");
    }

    private sealed class Upload(StandInFaultyStore store, IObjectUpload inner) : IObjectUpload
    {
        public async Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref store.onTheirWay);
            try
            {
                await store.BeforePart();
                Throw(store.OnPart(index));
                store.OnContent(content);
                await inner.PutPartAsync(index, content, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref store.onTheirWay);
            }
        }

        public Task CompleteAsync(CancellationToken cancellationToken) => inner.CompleteAsync(cancellationToken);

        public ObjectFacts Describe() => inner.Describe();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>A stream that breaks off after so many bytes, as a connection does.</summary>
internal sealed class StandInBrokenStream(int bytes) : Stream
{
    private int left = bytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => 0; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (left == 0)
            throw new IOException("Connection reset by peer");
        var taken = Math.Min(left, count);
        left -= taken;
        return taken;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

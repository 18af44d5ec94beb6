namespace ControlPlane.Storage;

/// <summary>
/// An object's bytes, up to a place or to its end, opened again at the place where a connection broke. Attempts count anew once bytes have come.
/// </summary>
internal sealed class ResumingReadStream(
    IObjectStore store, RetryPolicy policy, string key, long offset, long? end, Stream opened) : ReadStream
{
    private long offset = offset;
    private Stream? stream = opened;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await policy.RunAsync(token => ReadOnceAsync(buffer, token), cancellationToken);
        offset += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stream?.Dispose();
        }

        base.Dispose(disposing);
    }

    private Task<Stream> OpenAsync(CancellationToken cancellationToken) => end switch
    {
        null => store.OpenAsync(key, offset, cancellationToken),
        _ when offset < end => store.OpenRangeAsync(key, offset, end.Value - offset, cancellationToken),
        _ => Task.FromResult(Stream.Null),
    };

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        stream ??= await OpenAsync(cancellationToken);
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken);
        }
        catch (ObjectStoreException)
        {
            await stream.DisposeAsync();
            stream = null;
            throw;
        }
    }
}

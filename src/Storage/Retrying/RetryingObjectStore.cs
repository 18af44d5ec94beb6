using System.Runtime.CompilerServices;

namespace ControlPlane.Storage;

/// <summary>Any store, with each request tried again. What was done although the reply got lost counts as done.</summary>
internal sealed class RetryingObjectStore(IObjectStore store, RetryPolicy policy) : IObjectStore, IDisposable
{
    public string Location => store.Location;

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        bool mayBeOurs = false;
        return policy.RunAsync(
            async token =>
            {
                try
                {
                    await store.PutAsync(key, content, condition, token);
                }
                catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.Exists && mayBeOurs)
                {
                    // An earlier attempt may have got through and only its reply been lost. The bytes tell.
                    if (!await HoldsAsync(key, content, token))
                    {
                        throw;
                    }
                }
                catch (ObjectStoreException trouble) when (RetryPolicy.MayPass(trouble))
                {
                    mayBeOurs = true;
                    throw;
                }
            },
            cancellationToken);
    }

    /// <summary>An upload whose beginning was answered too late is left behind; <see cref="AbandonUploadsAsync(string, Predicate{UnfinishedUpload}, CancellationToken)"/> finds it.</summary>
    public async Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        var upload = await policy.RunAsync(token => store.BeginUploadAsync(key, token), cancellationToken);
        return new RetryingUpload(store, policy, key, upload);
    }

    public Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken) =>
        policy.RunAsync(token => store.LookAsync(key, token), cancellationToken);

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        var stream = await policy.RunAsync(token => store.OpenAsync(key, offset, token), cancellationToken);
        return new ResumingReadStream(store, policy, key, offset, end: null, stream);
    }

    public async Task<Stream> OpenRangeAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        var stream = await policy.RunAsync(token => store.OpenRangeAsync(key, offset, length, token), cancellationToken);
        return new ResumingReadStream(store, policy, key, offset, offset + length, stream);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listing = new ResumingListing(store, prefix, cancellationToken);
        await using (listing)
        {
            while (await policy.RunAsync(_ => listing.NextAsync(), cancellationToken) is { } next)
            {
                yield return next;
            }
        }
    }

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        policy.RunAsync(token => store.DeleteAsync(keys, token), cancellationToken);

    public async Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken) =>
        await policy.RunAsync(token => store.AbandonUploadsAsync(prefix, which, token), cancellationToken);

    public void Dispose() => (store as IDisposable)?.Dispose();

    private async Task<bool> HoldsAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var stream = await store.OpenAsync(key, 0, cancellationToken);
        await using (stream)
        {
            // One byte more than expected, so that a longer object shows.
            var found = new byte[content.Length + 1];
            int count = await stream.ReadAtLeastAsync(found, found.Length, throwOnEndOfStream: false, cancellationToken);
            return found.AsSpan(0, count).SequenceEqual(content.Span);
        }
    }
}

namespace ControlPlane.Storage;

/// <summary>An upload whose parts are each tried again.</summary>
internal sealed class RetryingUpload(IObjectStore store, RetryPolicy policy, string key, IObjectUpload upload) : IObjectUpload
{
    public Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        policy.RunAsync(token => upload.PutPartAsync(index, content, token), cancellationToken);

    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        bool mayBeDone = false;
        return policy.RunAsync(
            async token =>
            {
                try
                {
                    await upload.CompleteAsync(token);
                }
                catch (ObjectStoreException) when (mayBeDone)
                {
                    // An earlier attempt may have got through and only its reply been lost. Stores then answer in many ways:
                    // that the upload is gone (AWS), or that it is being completed (Ceph). The object tells.
                    if (!await IsWholeAsync(token))
                    {
                        throw;
                    }
                }
                catch (ObjectStoreException trouble) when (RetryPolicy.MayPass(trouble))
                {
                    mayBeDone = true;
                    throw;
                }
            },
            cancellationToken);
    }

    public ObjectFacts Describe() => upload.Describe();

    public ValueTask DisposeAsync() => upload.DisposeAsync();

    private async Task<bool> IsWholeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Describe().Agrees(await store.LookAsync(key, cancellationToken));
        }
        catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
        {
            return false;
        }
    }
}

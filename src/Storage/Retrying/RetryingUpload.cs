namespace ControlPlane.Storage;

/// <summary>An upload whose parts are each tried again.</summary>
internal sealed class RetryingUpload(IObjectStore store, RetryPolicy policy, string key, IObjectUpload upload) : IObjectUpload
{
    private readonly PartLedger<bool> ledger = new();

    public async Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await policy.RunAsync(token => upload.PutPartAsync(index, content, token), cancellationToken);
        ledger.Note(index, content.Length, true);
    }

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

    public ValueTask DisposeAsync() => upload.DisposeAsync();

    // The length is enough here: the parts were each checked on arrival, and the key is this upload's own.
    private async Task<bool> IsWholeAsync(CancellationToken cancellationToken)
    {
        long length = ledger.Close().Sum(part => (long)part.Length);
        await foreach (var found in store.ListAsync(key, cancellationToken))
        {
            return found.Key == key && found.SizeBytes == length;
        }

        return false;
    }
}

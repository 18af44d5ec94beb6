namespace ControlPlane.Storage;

/// <summary>A listing that begins again where it broke off: keys come in order, so what was given already is passed over.</summary>
internal sealed class ResumingListing(IObjectStore store, string prefix, CancellationToken cancellationToken) : IAsyncDisposable
{
    private IAsyncEnumerator<StoredObject>? entries;
    private string? last;

    /// <summary>The next object, or null at the end.</summary>
    public async Task<StoredObject?> NextAsync()
    {
        entries ??= store.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await entries.MoveNextAsync())
            {
                if (last is null || ObjectKeys.Order.Compare(entries.Current.Key, last) > 0)
                {
                    last = entries.Current.Key;
                    return entries.Current;
                }
            }

            return null;
        }
        catch (ObjectStoreException)
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (entries is not null)
        {
            await entries.DisposeAsync();
            entries = null;
        }
    }
}

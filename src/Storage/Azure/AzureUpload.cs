using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace ControlPlane.Storage;

/// <summary>
/// An object in blocks. Each carries its MD5, so that the service checks what arrived. Nothing is sent to begin one: the first block begins it.
/// </summary>
internal sealed class AzureUpload(AzureConnection connection, string key) : IObjectUpload
{
    private readonly Guid id = Guid.CreateVersion7(connection.Now);
    private readonly BlockBlobClient blob = connection.Blob(key);
    private readonly PartLedger<string?> ledger = new();
    private volatile bool begun;
    private bool completed;

    public async Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        PartLedger<string?>.CheckIndex(index);
        if (content.IsEmpty)
        {
            // The service takes no block without bytes; an object may still end with none.
            cancellationToken.ThrowIfCancellationRequested();
            ledger.Note(index, 0, null);
            return;
        }

        string block = AzureBlockId.For(id, index);
        var options = new BlockBlobStageBlockOptions { TransferValidation = AzureChecksum.Of(content.Span) };
        using var watch = connection.Watch(cancellationToken);
        using var body = new PartStream(content, watch);
        begun = true;
        await connection.SendAsync(
            $"send part {index} of {key}", watch, token => blob.StageBlockAsync(block, body, options, token), cancellationToken);
        ledger.Note(index, content.Length, block);
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        var blocks = ledger.Close().Select(part => part.Receipt).OfType<string>().ToList();
        var options = new CommitBlockListOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = AzureObjectStore.ContentType },
            AccessTier = connection.Settings.AccessTier is { } tier ? new AccessTier(tier) : default(AccessTier?),
        };
        using var watch = connection.Watch(connection.Settings.CompleteTimeout, cancellationToken);
        await connection.SendAsync(
            $"complete {key}", watch, token => blob.CommitBlockListAsync(blocks, options, token), cancellationToken);
        completed = true;
    }

    // The service keeps no checksum of an object that came in blocks.
    public ObjectFacts Describe() => new(ledger.Close().Sum(part => (long)part.Length));

    public async ValueTask DisposeAsync()
    {
        if (completed || !begun)
        {
            return;
        }

        completed = true;
        try
        {
            await AzureUnfinished.AbandonAsync(connection, key, blocks => blocks.All(block => AzureBlockId.IsOf(id, block)), CancellationToken.None);
        }
        catch (ObjectStoreException)
        {
            // Whoever disposes is mostly on the way out because of the same trouble, and must not hear of this instead.
            // What is left is found by AbandonUploadsAsync, and dropped by the service after a week.
        }
    }
}

using Azure.Storage.Blobs.Models;

namespace ControlPlane.Storage;

/// <summary>An object's bytes as they arrive. The watch counts only while somebody waits for bytes.</summary>
internal sealed class AzureReadStream(AzureConnection connection, string what, BlobDownloadStreamingResult answer) : ReadStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var reading = connection.Watch(cancellationToken);
        try
        {
            return await answer.Content.ReadAsync(buffer, reading.Token);
        }
        catch (Exception trouble) when (connection.Translate(what, trouble, reading) is { } fault)
        {
            throw fault;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            answer.Dispose();
        }

        base.Dispose(disposing);
    }
}

namespace ControlPlane.Storage;

/// <summary>An object's bytes as they arrive. The watch counts only while somebody waits for bytes.</summary>
/// <param name="connection">Where they come from.</param>
/// <param name="what">What is done, for the words of a trouble.</param>
/// <param name="body">The bytes.</param>
/// <param name="answer">What holds them; it goes with this.</param>
internal sealed class WatchedReadStream(StoreConnection connection, string what, Stream body, IDisposable answer) : ReadStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var reading = connection.Watch(cancellationToken);
        try
        {
            return await body.ReadAsync(buffer, reading.Token);
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

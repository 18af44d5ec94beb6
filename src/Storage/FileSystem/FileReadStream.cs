namespace ControlPlane.Storage;

/// <summary>A file as it is read: what the volume says in between is put in the store's words.</summary>
internal sealed class FileReadStream(FileStream file, FileFaults faults, string what) : ReadStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await file.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException trouble) when (faults.Read(what, trouble) is { } fault)
        {
            throw fault;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}

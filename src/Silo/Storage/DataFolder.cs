namespace ControlPlane.Silo.Storage;

/// <summary>The folder of the database, held by one process: two silos that run alone on one file would each believe to be the only one.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream claim;

    private DataFolder(string path, FileStream claim) => (Path, this.claim) = (path, claim);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Makes the folder where it is missing and claims it; the claim ends with the process, however it ends.</summary>
    public static DataFolder Claim(string folder)
    {
        var path = System.IO.Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(path);
            return new(path, new FileStream(System.IO.Path.Combine(path, "silo.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new SetupException(
                $"{SiloOptions.Section}:{nameof(SiloOptions.DataFolder)} '{path}' cannot be used: {trouble.Message} It must be writable, and used by no other silo.", trouble);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => claim.Dispose();
}

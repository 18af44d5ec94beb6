namespace ControlPlane.Storage.Tests;

public sealed class FileSystemObjectStoreTests : ObjectStoreSuite
{
    private readonly DirectoryInfo volume = Directory.CreateTempSubdirectory("storage-tests-");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        volume.Delete(recursive: true);
    }

    protected override bool KeepsChecksums => false;

    protected override IObjectStore Open(string prefix) =>
        ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = volume.FullName, Path = prefix, Pace = Pace });
}

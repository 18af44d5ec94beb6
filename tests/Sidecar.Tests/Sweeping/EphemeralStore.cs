using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Sweeping;

/// <summary>A real store under a prefix of its own.</summary>
internal sealed class EphemeralStore(string kind, DirectoryInfo volume) : IDisposable
{
    internal IObjectStore Store { get; } = kind switch
    {
        "s3" => ObjectStores.OpenS3(DevelopmentStore.Find().Settings(Own()), TimeProvider.System),
        "azure" => ObjectStores.OpenAzure(DevelopmentBlobs.Find().Settings(Own()), TimeProvider.System),
        _ => ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = volume.FullName, Path = "" }),
    };

    private static string Own() => $"sidecar-tests/{Guid.NewGuid():N}";

    public void Dispose() => (Store as IDisposable)?.Dispose();
}

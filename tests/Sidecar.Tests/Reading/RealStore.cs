using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Reading;

/// <summary>A place of a test's own in the real S3 server.</summary>
internal sealed class RealStore : IAsyncDisposable
{
    private readonly DevelopmentStore server = DevelopmentStore.Find();

    internal RealStore()
    {
        Settings = server.Settings(Prefix);
        Store = ObjectStores.OpenS3(Settings, TimeProvider.System).WithRetries(new RetrySettings(), TimeProvider.System);
    }

    internal string Prefix { get; } = $"sidecar-tests/{Guid.NewGuid():N}";

    internal S3StoreSettings Settings { get; }

    internal IObjectStore Store { get; }

    public async ValueTask DisposeAsync()
    {
        var keys = new List<string>();
        await foreach (var found in Store.ListAsync("", CancellationToken.None))
            keys.Add(found.Key);
        await Store.DeleteAsync(keys, CancellationToken.None);
        await Store.AbandonUploadsAsync("", CancellationToken.None);
        (Store as IDisposable)?.Dispose();
    }
}

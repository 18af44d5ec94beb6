using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>The real store behind a proxy that breaks what it is told to, under a prefix of its own.</summary>
internal sealed class FaultyStore : IAsyncDisposable
{
    private readonly IObjectStore direct;

    private FaultyStore(DevelopmentStore server, StandInFaultyProxy proxy)
    {
        string prefix = $"storage-tests/{Guid.NewGuid():N}";
        Proxy = proxy;
        Settings = server.Settings(prefix) with
        {
            Endpoint = proxy.Endpoint,
            StallTimeout = TimeSpan.FromSeconds(10),
            CompleteTimeout = TimeSpan.FromSeconds(10),
        };
        direct = ObjectStores.OpenS3(server.Settings(prefix), TimeProvider.System);
    }

    public StandInFaultyProxy Proxy { get; }

    /// <summary>Settings that lead through the proxy.</summary>
    public S3StoreSettings Settings { get; }

    /// <summary>The same place, without the proxy: what is really there.</summary>
    public IObjectStore Direct => direct;

    public static async Task<FaultyStore> StartAsync(bool tls = false, string part = DevelopmentStore.Ceph)
    {
        var server = DevelopmentStore.Find(part);
        var certificate = tls ? StandInCertificate.Create() : null;
        return new FaultyStore(server, await StandInFaultyProxy.StartAsync(server.Endpoint, certificate: certificate));
    }

    /// <summary>The store through the proxy.</summary>
    public IObjectStore Open(Func<S3StoreSettings, S3StoreSettings>? change = null) =>
        ObjectStores.OpenS3(change is null ? Settings : change(Settings), TimeProvider.System);

    /// <summary>The same, with few and quick retries.</summary>
    public IObjectStore OpenRetrying(Action<StoreRetry>? retrying = null) => Open().WithRetries(
        new RetrySettings { Attempts = 4, FirstDelay = TimeSpan.FromMilliseconds(5), LongestDelay = TimeSpan.FromMilliseconds(50) },
        TimeProvider.System,
        retrying);

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await direct.ClearAsync();
        (direct as IDisposable)?.Dispose();
    }
}

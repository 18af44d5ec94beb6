using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>A real store behind a proxy that breaks what it is told to, under a prefix of its own.</summary>
internal sealed class FaultyStore<TSettings>(StandInFaultyProxy proxy, TSettings settings, IObjectStore direct, Func<TSettings, IObjectStore> open) : IAsyncDisposable
{
    public StandInFaultyProxy Proxy => proxy;

    /// <summary>Settings that lead through the proxy.</summary>
    public TSettings Settings => settings;

    /// <summary>The same place, without the proxy: what is really there.</summary>
    public IObjectStore Direct => direct;

    /// <summary>The store through the proxy.</summary>
    public IObjectStore Open(Func<TSettings, TSettings>? change = null) => open(change is null ? settings : change(settings));

    /// <summary>The same, with few and quick retries.</summary>
    public IObjectStore OpenRetrying(Action<StoreRetry>? retrying = null) => Open().WithRetries(
        new RetrySettings { Attempts = 4, FirstDelay = TimeSpan.FromMilliseconds(5), LongestDelay = TimeSpan.FromMilliseconds(50) },
        TimeProvider.System,
        retrying);

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        await direct.ClearAsync();
        (direct as IDisposable)?.Dispose();
    }
}

/// <summary>The real stores that tests break.</summary>
internal static class FaultyStore
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>One that speaks S3.</summary>
    public static async Task<FaultyStore<S3StoreSettings>> StartAsync(bool tls = false, string part = DevelopmentStore.Ceph)
    {
        var server = DevelopmentStore.Find(part);
        var proxy = await StandInFaultyProxy.StartAsync(server.Endpoint, certificate: tls ? StandInCertificate.Create() : null);
        var settings = server.Settings(Prefix());
        return new(
            proxy,
            settings with { Endpoint = proxy.Endpoint, StallTimeout = Limit, CompleteTimeout = Limit },
            ObjectStores.OpenS3(settings, TimeProvider.System),
            changed => ObjectStores.OpenS3(changed, TimeProvider.System));
    }

    /// <summary>The Blob service.</summary>
    public static async Task<FaultyStore<AzureStoreSettings>> StartBlobsAsync()
    {
        var server = DevelopmentBlobs.Find();
        var proxy = await StandInFaultyProxy.StartAsync(server.Endpoint);
        var settings = server.Settings(Prefix());
        return new(
            proxy,
            settings with { Endpoint = proxy.Endpoint, StallTimeout = Limit, CompleteTimeout = Limit },
            ObjectStores.OpenAzure(settings, TimeProvider.System),
            changed => ObjectStores.OpenAzure(changed, TimeProvider.System));
    }

    /// <summary>Whether a request sends a block to the Blob service.</summary>
    public static bool IsBlock(StandInRequest request) => request.Method == "PUT" && request.Target.Contains("comp=block&", StringComparison.Ordinal);

    /// <summary>Whether it puts the blocks together.</summary>
    public static bool IsCommit(StandInRequest request) => request.Method == "PUT" && request.Target.Contains("comp=blocklist", StringComparison.Ordinal);

    private static string Prefix() => $"storage-tests/{Guid.NewGuid():N}";
}

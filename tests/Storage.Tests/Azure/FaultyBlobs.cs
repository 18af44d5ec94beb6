using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>The Blob service behind a proxy that breaks what it is told to, under a prefix of its own.</summary>
internal sealed class FaultyBlobs : IAsyncDisposable
{
    private readonly IObjectStore direct;

    private FaultyBlobs(DevelopmentBlobs server, StandInFaultyProxy proxy)
    {
        string prefix = $"storage-tests/{Guid.NewGuid():N}";
        Proxy = proxy;
        Settings = server.Settings(prefix) with
        {
            Endpoint = proxy.Endpoint,
            StallTimeout = TimeSpan.FromSeconds(10),
            CompleteTimeout = TimeSpan.FromSeconds(10),
        };
        direct = ObjectStores.OpenAzure(server.Settings(prefix), TimeProvider.System);
    }

    public StandInFaultyProxy Proxy { get; }

    /// <summary>Settings that lead through the proxy.</summary>
    public AzureStoreSettings Settings { get; }

    /// <summary>The same place, without the proxy: what is really there.</summary>
    public IObjectStore Direct => direct;

    public static async Task<FaultyBlobs> StartAsync()
    {
        var server = DevelopmentBlobs.Find();
        return new FaultyBlobs(server, await StandInFaultyProxy.StartAsync(server.Endpoint));
    }

    /// <summary>Whether a request sends a block.</summary>
    public static bool IsBlock(StandInRequest request) => request.Method == "PUT" && request.Target.Contains("comp=block&", StringComparison.Ordinal);

    /// <summary>Whether it puts the blocks together.</summary>
    public static bool IsCommit(StandInRequest request) => request.Method == "PUT" && request.Target.Contains("comp=blocklist", StringComparison.Ordinal);

    /// <summary>The store through the proxy.</summary>
    public IObjectStore Open(Func<AzureStoreSettings, AzureStoreSettings>? change = null) =>
        ObjectStores.OpenAzure(change is null ? Settings : change(Settings), TimeProvider.System);

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

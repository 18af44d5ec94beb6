using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace ControlPlane.Storage;

/// <summary>One container: every request goes through here, so that each has its watch and each trouble its words.</summary>
internal sealed class AzureConnection : IDisposable
{
    private readonly AzureClients clients;
    private readonly AzureFaults faults;
    private readonly TimeProvider time;
    private readonly string keyPrefix;

    public AzureConnection(AzureStoreSettings settings, TokenCredential? identity, TimeProvider time)
    {
        Settings = settings;
        this.time = time;
        keyPrefix = settings.Prefix.Length == 0 ? "" : settings.Prefix + "/";
        Location = $"azure://{settings.Container}/{settings.Prefix}".TrimEnd('/');
        var address = new AzureAddress(settings);
        faults = new AzureFaults(settings, Location, address.Endpoint);
        clients = new AzureClients(settings, address, identity);
    }

    public AzureStoreSettings Settings { get; }

    public string Location { get; }

    public DateTimeOffset Now => time.GetUtcNow();

    public BlobContainerClient Container => clients.Container;

    /// <summary>One object, by the key that callers know.</summary>
    public BlockBlobClient Blob(string key) => clients.Blob(Full(key));

    /// <summary>The key as the container knows it.</summary>
    public string Full(string key) => keyPrefix + key;

    /// <summary>The key as callers know it.</summary>
    public string Relative(string fullKey) => fullKey[keyPrefix.Length..];

    /// <summary>Begins to watch a request that is yet to be sent.</summary>
    public StallWatch Watch(CancellationToken cancellationToken) => new(Settings.StallTimeout, time, cancellationToken, Settings.Pace);

    /// <summary>Begins to watch a request that may think for longer, or must not.</summary>
    public StallWatch Watch(TimeSpan limit, CancellationToken cancellationToken) => new(limit, time, cancellationToken);

    /// <summary>Sends a request of no length worth speaking of.</summary>
    public async Task<T> SendAsync<T>(string what, Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        using var watch = Watch(cancellationToken);
        return await SendAsync(what, watch, send, cancellationToken);
    }

    /// <summary>Sends a request under its watch.</summary>
    public async Task<T> SendAsync<T>(
        string what, StallWatch watch, Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        try
        {
            return await send(watch.Token);
        }
        catch (Exception trouble) when (Translate(what, trouble, watch) is { } fault)
        {
            throw fault;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Whatever form the SDK gave to it: the caller gave up, and hears of it by its own token.
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>The fault that something thrown stands for, or null when it is none of the store's.</summary>
    public ObjectStoreException? Translate(string what, Exception trouble, StallWatch watch) => faults.Read(what, trouble, watch);

    public void Dispose() => clients.Dispose();
}

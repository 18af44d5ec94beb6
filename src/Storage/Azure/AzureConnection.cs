using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace ControlPlane.Storage;

/// <summary>One container of Azure Blob Storage.</summary>
internal sealed class AzureConnection : StoreConnection, IDisposable
{
    private readonly AzureClients clients;
    private readonly AzureFaults faults;

    public AzureConnection(AzureStoreSettings settings, TokenCredential? identity, TimeProvider time)
        : base(settings.Prefix, settings.StallTimeout, settings.Pace, time)
    {
        Settings = settings;
        Location = $"azure://{settings.Container}/{settings.Prefix}".TrimEnd('/');
        var address = new AzureAddress(settings);
        faults = new AzureFaults(settings, Location, address.Endpoint);
        clients = new AzureClients(settings, address, identity);
    }

    public AzureStoreSettings Settings { get; }

    public string Location { get; }

    public BlobContainerClient Container => clients.Container;

    /// <summary>One object, by the key that callers know.</summary>
    public BlockBlobClient Blob(string key) => clients.Blob(Full(key));

    /// <inheritdoc/>
    public override ObjectStoreException? Translate(string what, Exception trouble, StallWatch watch) => faults.Read(what, trouble, watch);

    public void Dispose() => clients.Dispose();
}

using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace ControlPlane.Storage;

/// <summary>
/// Sets the SDK up: no retries of its own (requests are tried again one by one, by class of fault, in <see cref="RetryingObjectStore"/>),
/// no time limit of its own (see <see cref="StallWatch"/>), no logging.
/// </summary>
internal sealed class AzureClients : IDisposable
{
    // Old enough for every cloud that has Azure's name, and new enough for the tier Cold.
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2021_12_02;

    private readonly AzureAddress address;
    private readonly HttpClient client;
    private readonly BlobClientOptions options;
    private readonly object credential;

    public AzureClients(AzureStoreSettings settings, AzureAddress address, TokenCredential? identity)
    {
        this.address = address;
        credential = Read(settings.Credentials, address, identity);
        client = new HttpClient(
            StoreHandler.Create(settings.ConnectTimeout, settings.VerifyTls, StoreHandler.Trust(settings.CaBundlePem)), disposeHandler: true)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        options = new BlobClientOptions(Version)
        {
            Transport = new HttpClientTransport(client),
            Retry = { MaxRetries = 0, NetworkTimeout = Timeout.InfiniteTimeSpan },
            Diagnostics = { IsLoggingEnabled = false, IsDistributedTracingEnabled = false, IsTelemetryEnabled = false },
        };
        options.AddPolicy(new AzureBodyPolicy(), HttpPipelinePosition.PerRetry);
        Container = credential switch
        {
            StorageSharedKeyCredential key => new BlobContainerClient(address.Container, key, options),
            AzureSasCredential token => new BlobContainerClient(address.Container, token, options),
            _ => new BlobContainerClient(address.Container, (TokenCredential)credential, options),
        };
    }

    /// <summary>The container, for listings.</summary>
    public BlobContainerClient Container { get; }

    /// <summary>One object.</summary>
    public BlockBlobClient Blob(string fullKey)
    {
        var uri = address.Blob(fullKey);
        return credential switch
        {
            StorageSharedKeyCredential key => new BlockBlobClient(uri, key, options),
            AzureSasCredential token => new BlockBlobClient(uri, token, options),
            _ => new BlockBlobClient(uri, (TokenCredential)credential, options),
        };
    }

    public void Dispose() => client.Dispose();

    private static object Read(AzureCredentials? credentials, AzureAddress address, TokenCredential? identity)
    {
        switch (credentials)
        {
            case AzureAccountKey key:
                // The SDK's own complaint would be about base64 in general, without a word on whose.
                return Convert.TryFromBase64String(key.Key.Reveal(), new byte[key.Key.Reveal().Length], out int length) && length > 0
                    ? new StorageSharedKeyCredential(key.AccountName, key.Key.Reveal())
                    : throw new ObjectStoreException(
                        ObjectStoreFault.Denied, $"The key of storage account '{key.AccountName}' is no key: it is not in base64. Copy it whole.");
            case AzureSasToken token:
                return new AzureSasCredential(token.Token.Reveal().TrimStart('?'));
            default:
                return address.Container.Scheme == Uri.UriSchemeHttps
                    ? identity!
                    : throw new ObjectStoreException(
                        ObjectStoreFault.Refused, $"A workload identity's token is never sent in the clear: {address.Endpoint} is not https.");
        }
    }
}

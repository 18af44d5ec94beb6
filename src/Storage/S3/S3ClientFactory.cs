using System.Security.Cryptography.X509Certificates;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace ControlPlane.Storage;

/// <summary>
/// Sets the SDK up for every compatible store, not only for AWS: no trailers, no chunk signatures, no retries of its own
/// (requests are tried again one by one, by class of fault, in <see cref="RetryingObjectStore"/>), no logging.
/// </summary>
internal static class S3ClientFactory
{
    private const string DefaultRegion = "us-east-1";

    // The SDK's 8 KiB would cost two thousand reads and writes for each part of 16 MiB.
    private const int CopyBufferBytes = 512 * 1024;

    public static AmazonS3Client Create(S3StoreSettings settings)
    {
        var config = Configure(settings);
        return new AmazonS3Client(settings.Credentials is { } credentials ? Read(credentials) : new S3Identity(settings), config);
    }

    private static AWSCredentials Read(S3Credentials credentials) => credentials.SessionToken is { } token
        ? new SessionAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey.Reveal(), token.Reveal())
        : new BasicAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey.Reveal());

    private static AmazonS3Config Configure(S3StoreSettings settings)
    {
        string region = settings.Region.Length > 0 ? settings.Region : DefaultRegion;
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            Timeout = Timeout.InfiniteTimeSpan,
            BufferSize = CopyBufferBytes,
            DisableLogging = true,
            IgnoreConfiguredEndpointUrls = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            ForcePathStyle = settings.ForcePathStyle ?? settings.Endpoint is not null,
            HttpClientFactory = new S3HttpClients(settings.ConnectTimeout, settings.VerifyTls, StoreHandler.Trust(settings.CaBundlePem)),
        };

        if (settings.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.AuthenticationRegion = region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return config;
    }
}

/// <summary>Connections of one client's own: certificates and time limits differ, and must never be shared through the SDK's cache.</summary>
internal sealed class S3HttpClients(TimeSpan connectTimeout, bool verifyTls, X509ChainPolicy? trust) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
        new(StoreHandler.Create(connectTimeout, verifyTls, trust), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => true;

    public override string? GetConfigUniqueString(IClientConfig clientConfig) => null;
}

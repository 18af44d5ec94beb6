using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Opens a bucket of Google's in the way that its Secret asks for: an HMAC key, a service account's key, or none and so the workload's identity.</summary>
internal static class GcsOpener
{
    private const string AccessKey = "ACCESS_KEY_ID";
    private const string SecretKey = "SECRET_ACCESS_KEY";
    private const string ServiceAccount = "service-account.json";

    internal static IObjectStore Open(StorageRequest storage, GcsStorageRequest gcs, RunnerFiles files, string? caBundle, TimeProvider time, UploadPace? pace)
    {
        if (storage.CredentialsSecret is not { } name)
            return ObjectStores.OpenGcs(Settings(storage, gcs, caBundle, key: null) with { Pace = pace }, time);
        var secret = new StoreSecret(name, files.Credentials, $"{AccessKey} and {SecretKey}, or {ServiceAccount}");
        var account = secret.FindSecret(ServiceAccount);
        var hmac = secret.Find(AccessKey) is not null || secret.Find(SecretKey) is not null;
        return (account, hmac) switch
        {
            (not null, true) => throw new JobFaultException(
                JobFault.SecretMissing, $"Secret '{name}' has both {ServiceAccount} and an HMAC key ({AccessKey}, {SecretKey}), and only one can count; remove the other."),
            (not null, false) => ObjectStores.OpenGcs(Settings(storage, gcs, caBundle, account) with { Pace = pace }, time),
            (null, true) => ObjectStores.OpenS3(
                HmacSettings(storage, gcs, caBundle, new(secret.Demand(AccessKey), new Secret(secret.Demand(SecretKey)))) with { Pace = pace }, time),
            (null, false) => throw secret.Missing($"{ServiceAccount}' or '{AccessKey}"),
        };
    }

    private static GcsStoreSettings Settings(StorageRequest storage, GcsStorageRequest gcs, string? caBundle, Secret? key) => new()
    {
        Bucket = gcs.Bucket,
        Prefix = gcs.Prefix,
        Endpoint = gcs.Endpoint ?? GcsStoreSettings.PublicEndpoint,
        VerifyTls = storage.VerifyTls,
        CaBundlePem = caBundle,
        StorageClass = gcs.StorageClass,
        ServiceAccountKey = key,
    };

    // The region of the signature is "auto" for whatever location; dots in a bucket's name do not fit a host's certificate, so it stands in the path.
    private static S3StoreSettings HmacSettings(StorageRequest storage, GcsStorageRequest gcs, string? caBundle, S3Credentials credentials) => new()
    {
        Bucket = gcs.Bucket,
        Prefix = gcs.Prefix,
        Region = "auto",
        Endpoint = gcs.Endpoint ?? GcsStoreSettings.PublicEndpoint,
        ForcePathStyle = true,
        VerifyTls = storage.VerifyTls,
        CaBundlePem = caBundle,
        StorageClass = gcs.StorageClass,
        Dialect = S3Dialect.Google,
        Credentials = credentials,
    };
}

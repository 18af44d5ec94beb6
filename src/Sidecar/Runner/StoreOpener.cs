using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Makes the store that a request names out of it and of the mounted Secrets.</summary>
internal static class StoreOpener
{
    private const string AccessKey = "AWS_ACCESS_KEY_ID";
    private const string SecretKey = "AWS_SECRET_ACCESS_KEY";
    private const string SessionToken = "AWS_SESSION_TOKEN";

    /// <summary>The store, with its requests tried again where that may help.</summary>
    internal static IObjectStore Open(StorageRequest storage, RunnerFiles files, TimeProvider time, Action<StoreRetry> retrying) =>
        Bare(storage, files, time).WithRetries(new RetrySettings(), time, retrying);

    private static IObjectStore Bare(StorageRequest storage, RunnerFiles files, TimeProvider time) => storage switch
    {
        { Type: StorageType.S3, S3: { } s3 } => ObjectStores.OpenS3(Settings(storage, s3, files), time),
        { Type: StorageType.FileSystem, FileSystem: { } volume } => ObjectStores.OpenFileSystem(new FileSystemStoreSettings
        {
            Volume = files.Volume,
            Path = volume.Path,
            Location = $"pvc://{volume.PersistentVolumeClaim}/{volume.Path}".TrimEnd('/'),
        }),
        _ => throw new JobFaultException(JobFault.InvalidRequest, $"storage.{storage.Name} is of type {storage.Type}, but the section of that name is absent."),
    };

    private static S3StoreSettings Settings(StorageRequest storage, S3StorageRequest s3, RunnerFiles files) => new()
    {
        Bucket = s3.Bucket,
        Prefix = s3.Prefix,
        Region = s3.Region,
        Endpoint = s3.Endpoint,
        ForcePathStyle = s3.ForcePathStyle,
        VerifyTls = storage.VerifyTls,
        CaBundlePem = storage.HasCaBundle ? CaBundle(storage, files) : null,
        StorageClass = s3.StorageClass,
        ServerSideEncryption = s3.ServerSideEncryption,
        KmsKeyId = s3.KmsKeyId,
        Credentials = storage.CredentialsSecret is { } secret ? Credentials(secret, files) : null,
    };

    private static S3Credentials Credentials(string secret, RunnerFiles files) => new(
        Value(secret, AccessKey, files) ?? throw Missing(secret, AccessKey, files),
        new Secret(Value(secret, SecretKey, files) ?? throw Missing(secret, SecretKey, files)),
        Value(secret, SessionToken, files) is { } token ? new Secret(token) : null);

    // People make Secrets with `echo`, whose line end is no part of any of these.
    private static string? Value(string secret, string key, RunnerFiles files)
    {
        var path = Path.Combine(files.Credentials, key);
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } value ? value : null;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new JobFaultException(JobFault.SecretMissing, $"The key '{key}' of Secret '{secret}' could not be read: {trouble.Message}", trouble);
        }
    }

    private static JobFaultException Missing(string secret, string key, RunnerFiles files)
    {
        var any = Directory.Exists(files.Credentials) && Directory.EnumerateFiles(files.Credentials).Any();
        return new JobFaultException(JobFault.SecretMissing, any
            ? $"Secret '{secret}' has no key '{key}', or an empty one; add it."
            : $"Secret '{secret}' does not exist in this namespace, or is empty; create it with the keys {AccessKey} and {SecretKey}.");
    }

    private static string CaBundle(StorageRequest storage, RunnerFiles files)
    {
        try
        {
            return File.ReadAllText(files.CaBundle);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new JobFaultException(JobFault.SecretMissing, $"The Secret that storage '{storage.Name}' names in caBundle is absent or lacks its key.", trouble);
        }
    }
}

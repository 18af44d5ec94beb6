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
    internal static IObjectStore Open(StorageRequest storage, RunnerFiles files, TimeProvider time, Action<StoreRetry> retrying, UploadPace? pace = null) =>
        Bare(storage, files, time, pace).WithRetries(new RetrySettings(), time, retrying);

    private static IObjectStore Bare(StorageRequest storage, RunnerFiles files, TimeProvider time, UploadPace? pace) => storage switch
    {
        { Type: StorageType.S3, S3: { } s3 } => ObjectStores.OpenS3(Settings(storage, s3, files) with { Pace = pace }, time),
        { Type: StorageType.Gcs, Gcs: { } gcs } => GcsOpener.Open(storage, gcs, files, CaBundle(storage, files), time, pace),
        { Type: StorageType.Azure, Azure: { } azure } =>
            ObjectStores.OpenAzure(AzureOpener.Settings(storage, azure, files, CaBundle(storage, files)) with { Pace = pace }, time),
        { Type: StorageType.FileSystem, FileSystem: { } volume } => ObjectStores.OpenFileSystem(new FileSystemStoreSettings
        {
            Volume = files.Volume,
            Path = volume.Path,
            Location = $"pvc://{volume.PersistentVolumeClaim}/{volume.Path}".TrimEnd('/'),
            Pace = pace,
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
        CaBundlePem = CaBundle(storage, files),
        StorageClass = s3.StorageClass,
        ServerSideEncryption = s3.ServerSideEncryption,
        KmsKeyId = s3.KmsKeyId,
        Credentials = storage.CredentialsSecret is { } name ? Credentials(new StoreSecret(name, files.Credentials, $"{AccessKey} and {SecretKey}")) : null,
    };

    private static S3Credentials Credentials(StoreSecret secret) =>
        new(secret.Demand(AccessKey), new Secret(secret.Demand(SecretKey)), secret.FindSecret(SessionToken));

    private static string? CaBundle(StorageRequest storage, RunnerFiles files)
    {
        if (!storage.HasCaBundle)
            return null;
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

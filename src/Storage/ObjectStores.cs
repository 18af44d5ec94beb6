namespace ControlPlane.Storage;

/// <summary>Makes stores from their settings.</summary>
public static class ObjectStores
{
    /// <summary>A bucket of S3 or of a compatible store. Nothing is sent before the first call.</summary>
    public static IObjectStore OpenS3(S3StoreSettings settings, TimeProvider time) => new S3ObjectStore(settings, time);

    /// <summary>A bucket of Google Cloud Storage, as a service account. With an HMAC key it is a bucket of S3 in <see cref="S3Dialect.Google"/>.</summary>
    public static IObjectStore OpenGcs(GcsStoreSettings settings, TimeProvider time) => new GcsObjectStore(settings, time);

    /// <summary>A container of Azure Blob Storage. Nothing is sent before the first call.</summary>
    public static IObjectStore OpenAzure(AzureStoreSettings settings, TimeProvider time) => new AzureObjectStore(settings, time);

    /// <summary>A mounted volume.</summary>
    public static IObjectStore OpenFileSystem(FileSystemStoreSettings settings) => new FileSystemObjectStore(settings);

    /// <summary>Gives up all uploads that were begun under a prefix and never ended, and says how many there were.</summary>
    public static Task<int> AbandonUploadsAsync(this IObjectStore store, string prefix, CancellationToken cancellationToken) =>
        store.AbandonUploadsAsync(prefix, static _ => true, cancellationToken);

    /// <summary>
    /// The same store, where each request is tried again while its fault is <see cref="ObjectStoreFault.Transient"/> or
    /// <see cref="ObjectStoreFault.Corrupted"/>, and reading goes on where it broke off.
    /// </summary>
    /// <param name="store">The store to wrap.</param>
    /// <param name="settings">How often and how long.</param>
    /// <param name="time">The clock of the delays.</param>
    /// <param name="retrying">Hears of each attempt that is made again.</param>
    public static IObjectStore WithRetries(
        this IObjectStore store, RetrySettings settings, TimeProvider time, Action<StoreRetry>? retrying = null) =>
        new RetryingObjectStore(store, new RetryPolicy(settings, time, retrying));
}

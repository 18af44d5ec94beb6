namespace ControlPlane.Storage;

/// <summary>
/// A bucket under one prefix. Keys are relative to that prefix, use <c>/</c>, and never begin with one. Every method may throw
/// <see cref="ObjectStoreException"/>; what may work another time says so by its fault, and <c>RetryingObjectStore</c> tries it again.
/// </summary>
public interface IObjectStore
{
    /// <summary>The place as an owner would write it, for example <c>s3://backups/prod</c>. Never a secret.</summary>
    string Location { get; }

    /// <summary>
    /// Writes one whole object; it is seen whole or not at all. Under <see cref="PutCondition.IfAbsent"/> an object that is there already
    /// is <see cref="ObjectStoreFault.Exists"/>, and stays as it is.
    /// </summary>
    Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken);

    /// <summary>
    /// Begins an object that is sent in parts. Nothing is seen under <paramref name="key"/> until <see cref="IObjectUpload.CompleteAsync"/>.
    /// </summary>
    Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken);

    /// <summary>What the store says of an object without sending its bytes.</summary>
    Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Opens an object for reading, from <paramref name="offset"/> to its end. Empty objects are read as empty, and so is an object
    /// from its end on. A connection that breaks while the stream is read throws from the stream, which is only read asynchronously.
    /// </summary>
    Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a range of an object for reading: <paramref name="length"/> bytes (at least 1) from <paramref name="offset"/> on, or as many of
    /// them as there are. In all else like <see cref="OpenAsync"/>. Where a connection is worth keeping, the store is asked for no more than
    /// the range, so that the connection can be used again.
    /// </summary>
    async Task<Stream> OpenRangeAsync(string key, long offset, long length, CancellationToken cancellationToken) =>
        new RangeStream(await OpenAsync(key, offset, cancellationToken), length);

    /// <summary>
    /// All objects whose key begins with <paramref name="prefix"/>, however many, in the order of their keys. A caller that means a folder
    /// ends it with a slash: <c>a/1</c> also finds <c>a/11/x</c>.
    /// </summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// Removes objects. One that is not there counts as removed; one that a retention rule or a hold keeps is
    /// <see cref="ObjectStoreFault.Locked"/>. Where a store keeps versions, earlier ones stay as its own rules have it.
    /// </summary>
    Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Gives up those uploads that were begun under <paramref name="prefix"/>, never ended, and are picked by <paramref name="which"/>;
    /// says how many there were. After a request that is tried again, an upload may be asked about twice.
    /// </summary>
    Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken);
}

/// <summary>Whether an object that is there already may be replaced.</summary>
public enum PutCondition
{
    /// <summary>It is replaced.</summary>
    None,

    /// <summary>It is left as it is, and the put fails.</summary>
    IfAbsent,
}

/// <summary>An object as a listing shows it.</summary>
/// <param name="Key">Its key, relative to the store's prefix.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="Modified">When it came to be what it is, by the store's clock; some stores know it to the second only.</param>
public sealed record StoredObject(string Key, long SizeBytes, DateTimeOffset Modified);

/// <summary>An upload that was begun and never ended. On Azure and on a volume those of other programs are not shown.</summary>
/// <param name="Key">The key it was begun for, relative to the store's prefix.</param>
/// <param name="Started">When it was begun: by the store's clock, on Azure by the clock of who began it; null where that is not known.</param>
public sealed record UnfinishedUpload(string Key, DateTimeOffset? Started);

/// <summary>
/// One object on its way in parts. Parts may be sent side by side and again. All but the last have the same length, at least
/// <see cref="ObjectLimits.MinimumPartBytes"/>. Disposing an upload that was not completed gives it up.
/// </summary>
public interface IObjectUpload : IAsyncDisposable
{
    /// <summary>Sends a part.</summary>
    /// <param name="index">Its place, from 0.</param>
    /// <param name="content">Its bytes; not touched any more once the call has returned.</param>
    /// <param name="cancellationToken">Gives up the part.</param>
    Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>
    /// Puts the parts together, in the order of their places, without gaps. Where the store answers with a checksum of the whole, it is
    /// compared: what differs is <see cref="ObjectStoreFault.Corrupted"/>.
    /// </summary>
    Task CompleteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What <see cref="IObjectStore.LookAsync"/> must agree with once the upload is complete, reckoned from the parts that were sent and not
    /// from what the store said. All parts must have been sent.
    /// </summary>
    ObjectFacts Describe();
}

/// <summary>What every store keeps.</summary>
public static class ObjectLimits
{
    /// <summary>The smallest part but the last: 5 MiB, the limit of S3.</summary>
    public const int MinimumPartBytes = 5 * 1024 * 1024;

    /// <summary>The most parts of one object: 10,000, the limit of S3 (Azure: 50,000).</summary>
    public const int MaximumParts = 10_000;

    /// <summary>The longest key in bytes of UTF-8: 1024, the limit of S3.</summary>
    public const int MaximumKeyBytes = 1024;
}

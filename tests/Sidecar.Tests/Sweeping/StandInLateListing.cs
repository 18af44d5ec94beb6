using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Sweeping;

/// <summary>A store whose listings do not show some objects yet.</summary>
internal sealed class StandInLateListing(IObjectStore inner, string end) : IObjectStore
{
    public string Location => inner.Location;

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) =>
        inner.PutAsync(key, content, condition, cancellationToken);

    public Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken) => inner.BeginUploadAsync(key, cancellationToken);

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => inner.OpenAsync(key, offset, cancellationToken);

    public Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken) => inner.LookAsync(key, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken).Where(stored => !stored.Key.EndsWith(end, StringComparison.Ordinal));

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => inner.DeleteAsync(keys, cancellationToken);

    public Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken) =>
        inner.AbandonUploadsAsync(prefix, which, cancellationToken);
}

using ControlPlane.Storage;

namespace ControlPlane.Bench.Flow;

/// <summary>Takes everything and keeps nothing, at no cost.</summary>
internal sealed class NoStore : IObjectStore, IObjectUpload
{
    public string Location => "none://";

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken) => Task.FromResult<IObjectUpload>(this);

    public Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<System.IO.Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ObjectFacts Describe() => new(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

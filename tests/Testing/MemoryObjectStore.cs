using System.Runtime.CompilerServices;
using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>A store in memory, for tests of what uses stores. It passes the same suite as the others.</summary>
public sealed class MemoryObjectStore(TimeProvider? clock = null) : IObjectStore
{
    private readonly Lock gate = new();
    private readonly TimeProvider time = clock ?? TimeProvider.System;
    private readonly SortedDictionary<string, Kept> objects = new(ObjectKeys.Order);
    private readonly Dictionary<Guid, UnfinishedUpload> uploads = [];

    /// <inheritdoc />
    public string Location => "memory://";

    /// <inheritdoc />
    public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (condition == PutCondition.IfAbsent && objects.ContainsKey(key))
            {
                throw Fault(ObjectStoreFault.Exists, $"put {key}", "an object of this key exists already");
            }

            objects[key] = new(content.ToArray(), time.GetUtcNow());
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        var id = Guid.NewGuid();
        lock (gate)
        {
            uploads.Add(id, new(key, time.GetUtcNow()));
        }

        return Task.FromResult<IObjectUpload>(new Upload(this, id, key));
    }

    /// <inheritdoc />
    public Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return objects.TryGetValue(key, out var found)
                ? Task.FromResult(ObjectFacts.Of(found.Content))
                : throw Fault(ObjectStoreFault.NotFound, $"look at {key}", "the object does not exist");
        }
    }

    /// <inheritdoc />
    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (!objects.TryGetValue(key, out var kept))
            {
                throw Fault(ObjectStoreFault.NotFound, $"read {key}", "the object does not exist");
            }

            byte[] content = kept.Content;
            int start = (int)Math.Min(offset, content.Length);
            return Task.FromResult<Stream>(new MemoryStream(content, start, content.Length - start, writable: false));
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        StoredObject[] found;
        lock (gate)
        {
            found = [.. objects.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(entry => new StoredObject(entry.Key, entry.Value.Content.Length, entry.Value.Modified))];
        }

        foreach (var each in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return each;
        }

        await Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            foreach (string key in keys)
            {
                ObjectKeys.Check(key);
                objects.Remove(key);
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var found = uploads.Where(entry => entry.Value.Key.StartsWith(prefix, StringComparison.Ordinal) && which(entry.Value)).ToList();
            found.ForEach(entry => uploads.Remove(entry.Key));
            return Task.FromResult(found.Count);
        }
    }

    private static ObjectStoreException Fault(ObjectStoreFault fault, string what, string happened) =>
        new(fault, $"Cannot {what} in memory://: {happened}.");

    private sealed record Kept(byte[] Content, DateTimeOffset Modified);

    private sealed class Upload(MemoryObjectStore store, Guid id, string key) : IObjectUpload
    {
        private readonly PartLedger<byte[]> ledger = new();

        public Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            PartLedger<byte[]>.CheckIndex(index);
            cancellationToken.ThrowIfCancellationRequested();
            CheckAlive($"send part {index} of {key}");
            ledger.Note(index, content.Length, content.ToArray());
            return Task.CompletedTask;
        }

        public Task CompleteAsync(CancellationToken cancellationToken)
        {
            var parts = ledger.Close();
            cancellationToken.ThrowIfCancellationRequested();
            CheckAlive($"complete {key}");
            lock (store.gate)
            {
                store.objects[key] = new([.. parts.SelectMany(part => part.Receipt)], store.time.GetUtcNow());
                store.uploads.Remove(id);
            }

            return Task.CompletedTask;
        }

        public ObjectFacts Describe() => ObjectFacts.OfParts([.. ledger.Close().Select(part => (part.Length, Crc32C.Compute(part.Receipt)))]);

        public ValueTask DisposeAsync()
        {
            lock (store.gate)
            {
                store.uploads.Remove(id);
            }

            return ValueTask.CompletedTask;
        }

        private void CheckAlive(string what)
        {
            lock (store.gate)
            {
                if (!store.uploads.ContainsKey(id))
                {
                    throw Fault(ObjectStoreFault.NotFound, what, "the upload does not exist any more");
                }
            }
        }
    }
}

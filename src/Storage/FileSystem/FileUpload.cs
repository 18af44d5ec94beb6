using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace ControlPlane.Storage;

/// <summary>
/// Parts written at their places in one file. The length of a part, and so its place, is that of part 0; a part that comes before part 0
/// has begun is kept in a file beside, because it may be the last one, which is shorter, and moved when all are there.
/// </summary>
internal sealed class FileUpload(FileSystemObjectStore store, FileTree tree, string key, UnfinishedFile file) : IObjectUpload
{
    private readonly PartLedger<int> ledger = new();
    private readonly ConcurrentDictionary<int, SafeFileHandle> early = new();
    private long partLength;

    public Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        PartLedger<int>.CheckIndex(index);
        return store.RunAsync($"send part {index} of {key}", async () =>
        {
            if (index == 0)
            {
                Interlocked.Exchange(ref partLength, content.Length);
            }

            long length = Interlocked.Read(ref partLength);
            if (index == 0 || length > 0)
            {
                await store.WriteAsync(file.Data, content, index * length, cancellationToken);
                if (early.TryRemove(index, out var before))
                {
                    before.Dispose();
                }
            }
            else
            {
                var beside = early.GetOrAdd(index, _ => file.OpenBeside($"part-{index}"));
                await store.WriteAsync(beside, content, 0, cancellationToken);
                RandomAccess.SetLength(beside, content.Length);
            }

            ledger.Note(index, content.Length, index);
        }, cancellationToken);
    }

    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        var parts = ledger.Close();
        return store.RunAsync($"complete {key}", async () =>
        {
            foreach (var (index, beside) in early)
            {
                await CopyAsync(beside, index * partLength, cancellationToken);
            }

            RandomAccess.SetLength(file.Data, parts.Sum(part => (long)part.Length));
            store.Publish($"complete {key}", file, tree.PathOf(key), PutCondition.None);
            await DisposeAsync();
        }, cancellationToken);
    }

    public ObjectFacts Describe() => new(ledger.Close().Sum(part => (long)part.Length));

    public ValueTask DisposeAsync()
    {
        foreach (var beside in early.Values)
        {
            beside.Dispose();
        }

        file.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task CopyAsync(SafeFileHandle from, long offset, CancellationToken cancellationToken)
    {
        var buffer = new byte[1024 * 1024];
        for (long position = 0; ;)
        {
            int count = await RandomAccess.ReadAsync(from, buffer, position, cancellationToken);
            if (count == 0)
            {
                return;
            }

            await RandomAccess.WriteAsync(file.Data, buffer.AsMemory(0, count), offset + position, cancellationToken);
            position += count;
        }
    }
}

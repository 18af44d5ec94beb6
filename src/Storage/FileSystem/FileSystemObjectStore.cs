using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace ControlPlane.Storage;

/// <summary>
/// A folder on a mounted volume. Objects are written elsewhere, made durable and then renamed, so that they are seen whole or not at all.
/// A volume cannot hold an object <c>a</c> beside one <c>a/b</c>: the second is <see cref="ObjectStoreFault.Refused"/>.
/// </summary>
internal sealed class FileSystemObjectStore : IObjectStore
{
    private readonly FileTree tree;
    private readonly FileFaults faults;
    private readonly UploadPace? pace;

    public FileSystemObjectStore(FileSystemStoreSettings settings)
    {
        tree = new FileTree(settings.Volume, settings.Path);
        Location = settings.Location ?? tree.Root;
        faults = new FileFaults(Location, settings.Volume);
        pace = settings.Pace;
    }

    public string Location { get; }

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        string path = tree.PathOf(key);
        string what = $"put {key}";
        return RunAsync(what, async () =>
        {
            // The cheap look spares the writing; the rename decides.
            if (condition == PutCondition.IfAbsent && File.Exists(path))
            {
                throw faults.FromNumber(what, Posix.Exists);
            }

            using var file = UnfinishedFile.Begin(tree, key);
            await WriteAsync(file.Data, content, 0, cancellationToken);
            Publish(what, file, path, condition);
        }, cancellationToken);
    }

    public async Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        _ = tree.PathOf(key);
        FileUpload? upload = null;
        await RunAsync($"begin {key}", () =>
        {
            upload = new FileUpload(this, tree, key, UnfinishedFile.Begin(tree, key));
            return Task.CompletedTask;
        }, cancellationToken);
        return upload!;
    }

    public async Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken)
    {
        string path = tree.PathOf(key);
        ObjectFacts? facts = null;
        await RunAsync($"look at {key}", () =>
        {
            // Throws for a folder as for what is not there.
            facts = new ObjectFacts(new FileInfo(path).Length);
            return Task.CompletedTask;
        }, cancellationToken);
        return facts!;
    }

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        string path = tree.PathOf(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Stream? stream = null;
        await RunAsync($"read {key}", () =>
        {
            if (Directory.Exists(path))
            {
                throw faults.FromNumber($"read {key}", Posix.NoEntry);
            }

            var file = new FileStream(path, new FileStreamOptions
            {
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            });
            file.Position = offset;
            stream = new FileReadStream(file, faults, $"read {key}");
            return Task.CompletedTask;
        }, cancellationToken);
        return stream!;
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        string what = $"list '{prefix}'";
        IEnumerator<FileInfo>? files = null;
        StoredObject? found;
        try
        {
            while (true)
            {
                found = null;
                await RunAsync(what, () =>
                {
                    files ??= tree.Walk(prefix).GetEnumerator();
                    found = Next(files);
                    return Task.CompletedTask;
                }, cancellationToken);
                if (found is null)
                {
                    yield break;
                }

                yield return found;
            }
        }
        finally
        {
            files?.Dispose();
        }
    }

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        string[] paths = [.. keys.Select(tree.PathOf)];
        return RunAsync($"delete {keys.Count} objects", () =>
        {
            foreach (string path in paths)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string? folder = Path.GetDirectoryName(path);
                if (Directory.Exists(folder) && !Directory.Exists(path))
                {
                    File.Delete(path);
                    tree.Prune(folder);
                }
            }

            return Task.CompletedTask;
        }, cancellationToken);
    }

    public async Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        int abandoned = 0;
        await RunAsync($"abandon uploads of '{prefix}'", () =>
        {
            abandoned = UnfinishedFile.Abandon(tree, prefix, which);
            return Task.CompletedTask;
        }, cancellationToken);
        return abandoned;
    }

    /// <summary>Writes bytes at their place, no faster than the pace lets them.</summary>
    internal async Task WriteAsync(SafeFileHandle file, ReadOnlyMemory<byte> content, long offset, CancellationToken cancellationToken)
    {
        do
        {
            int count = pace is null || content.IsEmpty ? content.Length : await pace(content.Length, cancellationToken);
            await RandomAccess.WriteAsync(file, content[..count], offset, cancellationToken);
            (content, offset) = (content[count..], offset + count);
        }
        while (!content.IsEmpty);
    }

    /// <summary>Gives a file its name, or says why not.</summary>
    internal void Publish(string what, UnfinishedFile file, string path, PutCondition condition)
    {
        int error = file.Publish(path, condition);
        if (error != 0)
        {
            throw faults.FromNumber(what, error);
        }
    }

    /// <summary>Does something with the volume, if it is there, and translates what goes wrong.</summary>
    internal async Task RunAsync(string what, Func<Task> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (!Directory.Exists(tree.Volume))
            {
                throw faults.NoVolume(what);
            }

            await act();
        }
        catch (Exception trouble) when (faults.Read(what, trouble) is { } fault)
        {
            throw fault;
        }
    }

    private StoredObject? Next(IEnumerator<FileInfo> files)
    {
        while (files.MoveNext())
        {
            try
            {
                return new StoredObject(tree.KeyOf(files.Current), files.Current.Length, files.Current.LastWriteTimeUtc);
            }
            catch (FileNotFoundException)
            {
                // Deleted since its folder was read.
            }
        }

        return null;
    }
}

using Microsoft.Win32.SafeHandles;

namespace ControlPlane.Storage;

/// <summary>
/// An object on its way: a folder of its own with the key beside the data, so that a later process finds what an earlier one left.
/// </summary>
internal sealed class UnfinishedFile : IDisposable
{
    private const string KeyName = "key";
    private const string DataName = "data";
    private const int Attempts = 100;

    private readonly FileTree tree;
    private readonly string folder;

    private UnfinishedFile(FileTree tree, string folder, SafeFileHandle data)
    {
        this.tree = tree;
        this.folder = folder;
        Data = data;
    }

    public SafeFileHandle Data { get; }

    public static UnfinishedFile Begin(FileTree tree, string key)
    {
        string folder = Path.Join(tree.Unfinished, Guid.NewGuid().ToString("N"));
        tree.MakeFolder(folder);
        File.WriteAllText(Path.Join(folder, KeyName), key);
        return new UnfinishedFile(tree, folder, Open(folder, DataName));
    }

    /// <summary>Makes another file that lives as long as this one at most.</summary>
    public SafeFileHandle OpenBeside(string name) => Open(folder, name);

    /// <summary>Removes the picked ones that were begun under a prefix and are still there.</summary>
    public static int Abandon(FileTree tree, string prefix, Predicate<UnfinishedUpload> which)
    {
        var unfinished = new DirectoryInfo(tree.Unfinished);
        if (!unfinished.Exists)
        {
            return 0;
        }

        int abandoned = 0;
        foreach (var folder in unfinished.GetDirectories())
        {
            string name = Path.Join(folder.FullName, KeyName);
            try
            {
                // Without a name it was never begun in full, and belongs to whoever clears all.
                var named = new FileInfo(name);
                string key = named.Exists ? File.ReadAllText(name) : "";
                var started = named.Exists ? named.LastWriteTimeUtc : folder.LastWriteTimeUtc;
                if (key.StartsWith(prefix, StringComparison.Ordinal) && which(new UnfinishedUpload(key, started)))
                {
                    folder.Delete(recursive: true);
                    abandoned++;
                }
            }
            catch (Exception gone) when (gone is DirectoryNotFoundException or FileNotFoundException)
            {
                // Finished or given up in this very moment.
            }
        }

        tree.Prune(tree.Unfinished);
        return abandoned;
    }

    /// <summary>Makes the data durable and gives it its name. Returns 0 or the error's number.</summary>
    public int Publish(string path, PutCondition condition)
    {
        RandomAccess.FlushToDisk(Data);
        string parent = Path.GetDirectoryName(path)!;
        for (int attempt = 1; ; attempt++)
        {
            tree.MakeFolder(parent);
            int error = Rename(path, condition);

            // A deletion next door may have removed the folder as empty, between its making and its use.
            if (error != Posix.NoEntry || attempt == Attempts)
            {
                Posix.FlushDirectory(parent);
                return error;
            }
        }
    }

    public void Dispose()
    {
        Data.Dispose();
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            // AbandonUploadsAsync finds what is left.
        }
    }

    // Shared, because the handle outlives the renaming: a reader may come before it is closed.
    private static SafeFileHandle Open(string folder, string name) => File.OpenHandle(
        Path.Join(folder, name), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private int Rename(string path, PutCondition condition)
    {
        string data = Path.Join(folder, DataName);
        if (condition == PutCondition.IfAbsent)
        {
            return Posix.RenameNew(data, path);
        }

        try
        {
            File.Move(data, path, overwrite: true);
            return 0;
        }
        catch (Exception gone) when (gone is DirectoryNotFoundException or FileNotFoundException)
        {
            return Posix.NoEntry;
        }
    }
}

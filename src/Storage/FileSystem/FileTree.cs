namespace ControlPlane.Storage;

/// <summary>The root folder as a set of keys: where each lies, in which order they come, and folders that come and go with them.</summary>
internal sealed class FileTree
{
    /// <summary>Where objects lie until they are whole. Lists never show it, and no key leads there.</summary>
    public const string UnfinishedName = ".unfinished";

    private const int Attempts = 100;

    private readonly string root;

    public FileTree(string volume, string folder)
    {
        Volume = volume;
        root = Path.GetFullPath(Path.Join(volume, folder));
        string within = Path.TrimEndingDirectorySeparator(Path.GetFullPath(volume));
        if (root != within && !root.StartsWith(within.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw new ArgumentException($"The folder '{folder}' leads out of the volume.", nameof(folder));
        }
    }

    public string Volume { get; }

    public string Root => root;

    public string Unfinished => Path.Join(root, UnfinishedName);

    /// <summary>The file of a key. The key was checked: it has no part that climbs.</summary>
    public string PathOf(string key)
    {
        ObjectKeys.Check(key);
        if (IsReserved(key))
        {
            throw new ArgumentException($"'{UnfinishedName}' is the store's own: '{key}'.", nameof(key));
        }

        return Path.Join(root, key);
    }

    /// <summary>All files whose key begins with the prefix, in the order of their keys.</summary>
    public IEnumerable<FileInfo> Walk(string prefix)
    {
        int cut = prefix.LastIndexOf('/') + 1;
        var start = new DirectoryInfo(Path.Join(root, prefix[..cut]));
        return start.Exists ? Walk(start, prefix[cut..]) : [];
    }

    /// <summary>The key of a file that <see cref="Walk(string)"/> found.</summary>
    public string KeyOf(FileInfo file) => Path.GetRelativePath(root, file.FullName);

    /// <summary>Makes a folder, durably. A deletion next door may remove a part of the way as empty: then it is made again.</summary>
    public void MakeFolder(string folder)
    {
        var made = new Stack<string>();
        for (string? each = folder; each is not null && each.Length >= root.Length && !Directory.Exists(each); each = Path.GetDirectoryName(each))
        {
            made.Push(each);
        }

        for (int attempt = 1; !TryMake(folder, last: attempt == Attempts); attempt++)
        {
        }

        foreach (string each in made)
        {
            Posix.FlushDirectory(Path.GetDirectoryName(each)!);
        }
    }

    /// <summary>Removes folders that became empty, upwards from the one given. One that is in use again stays.</summary>
    public void Prune(string? folder)
    {
        while (folder is not null && folder.Length > root.Length)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                return;
            }

            folder = Path.GetDirectoryName(folder);
        }
    }

    private static bool TryMake(string folder, bool last)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return true;
        }
        catch (DirectoryNotFoundException) when (!last)
        {
            return false;
        }
        catch (IOException trouble) when (trouble.HResult == Posix.Exists)
        {
            throw new IOException(trouble.Message, Posix.NotADirectory);
        }
    }

    private static bool IsReserved(string key) =>
        key == UnfinishedName || key.StartsWith(UnfinishedName + "/", StringComparison.Ordinal);

    private IEnumerable<FileInfo> Walk(DirectoryInfo folder, string nameStart)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = [.. folder.EnumerateFileSystemInfos().Where(entry =>
                entry.Name.StartsWith(nameStart, StringComparison.Ordinal) && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint))];
        }
        catch (DirectoryNotFoundException)
        {
            // Pruned since its parent was read.
            yield break;
        }

        // A folder sorts as its keys do, slash included: `a-b` comes before `a/c`.
        foreach (var entry in entries.OrderBy(entry => entry is DirectoryInfo ? entry.Name + "/" : entry.Name, ObjectKeys.Order))
        {
            if (entry is FileInfo file)
            {
                yield return file;
            }
            else if (entry.FullName != Unfinished)
            {
                foreach (var inner in Walk((DirectoryInfo)entry, ""))
                {
                    yield return inner;
                }
            }
        }
    }
}

using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;

namespace ControlPlane.Sidecar.Tests.Restoring;

/// <summary>A volume with data on a file system, and a process that ends where a test says.</summary>
internal sealed class TestVolume : IDisposable
{
    internal const string Uid = "7f0c-1";

    // Where what is made lasting costs nothing: it is done some ten thousand times.
    private readonly DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"volume-{Guid.NewGuid():N}"));
    private readonly string dataDirectory;
    private readonly PreviousData previous;
    private string? lastChange;

    internal TestVolume(PreviousData previous = PreviousData.Keep, string dataDirectory = "")
    {
        (this.previous, this.dataDirectory) = (previous, dataDirectory);
        Place = new VolumePlace(folder.FullName, dataDirectory, Uid);
        Directory.CreateDirectory(Path.Combine(folder.FullName, "lost+found"));
        Fill(Place.Data, "old");
        File.CreateSymbolicLink(Path.Combine(Place.Data, "linked"), "/somewhere/else");
        Before = Tree();
    }

    internal VolumePlace Place { get; }

    /// <summary>What the data directory held at first.</summary>
    internal IReadOnlyDictionary<string, string> Before { get; }

    /// <summary>What it holds when it was restored.</summary>
    internal static IReadOnlyDictionary<string, string> Restored { get; } = MakeRestored();

    /// <summary>Changes of the volume until the process ends; null for a process that does not.</summary>
    internal int? LeftToLive { get; set; }

    /// <summary>Changes that were made.</summary>
    internal int Changes { get; private set; }

    internal bool HasRemains => Directory.Exists(Place.Shelf);

    internal VolumeJournal Journal() => new(Place)
    {
        Reached = change =>
        {
            if (LeftToLive-- == 0)
                throw new Killed();
            Changes++;
            LeftToLive = change == lastChange ? 0 : LeftToLive;
        },
    };

    internal Task<VolumeState> RestoreAsync() => Journal().RestoreAsync(Begin(), _ =>
    {
        Fill(Place.New, "new");
        return Task.FromResult<BackupPositions?>(new BackupPositions { LsnTo = 7 });
    });

    internal Task<VolumeState> EmptyAsync() => Journal().RestoreAsync(Begin() with { OnlyEmpties = true }, _ => Task.FromResult<BackupPositions?>(null));

    /// <summary>Does something until it ends; says whether it came to its end.</summary>
    internal async Task<bool> LivesAsync(int? changes, Func<Task> work)
    {
        LeftToLive = changes;
        try
        {
            await work();
            return true;
        }
        catch (Killed)
        {
            return false;
        }
        finally
        {
            LeftToLive = null;
        }
    }

    /// <summary>Does something until a change was made.</summary>
    internal async Task LivesUntilAsync(string change, Func<Task> work)
    {
        lastChange = change;
        Assert.False(await LivesAsync(null, work));
        lastChange = null;
    }

    /// <summary>What the data directory holds: paths, and what is in them.</summary>
    internal Dictionary<string, string> Tree() => Tree(Place.Data);

    /// <summary>A server that starts on the data writes some.</summary>
    internal void Serve()
    {
        File.WriteAllText(Path.Combine(Place.Data, "ibdata1"), "written to");
        File.WriteAllText(Path.Combine(Place.Data, "fresh.pid"), "1");
        Directory.CreateDirectory(Path.Combine(Place.Data, "made-since"));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static Dictionary<string, string> Tree(string data)
    {
        var tree = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in VolumePlace.Entries(data))
            Add(tree, data, name);
        return tree;
    }

    private static void Add(Dictionary<string, string> tree, string data, string path)
    {
        var full = Path.Combine(data, path);
        if (new FileInfo(full).LinkTarget is { } target)
        {
            tree[path] = $"-> {target}";
        }
        else if (File.Exists(full))
        {
            tree[path] = File.ReadAllText(full);
        }
        else
        {
            tree[path] = "folder";
            foreach (var entry in new DirectoryInfo(full).EnumerateFileSystemInfos())
                Add(tree, data, Path.Combine(path, entry.Name));
        }
    }

    private static Dictionary<string, string> MakeRestored()
    {
        var scratch = Directory.CreateTempSubdirectory("volume-");
        try
        {
            Fill(scratch.FullName, "new");
            return Tree(scratch.FullName);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // Some names are the same in both, as they are in life.
    private static void Fill(string data, string what)
    {
        foreach (var name in new[] { "ibdata1", "mysql/user.MAI", $"shop/{what}.ibd", $"{what}-only/t.ibd", "aria_log_control" })
        {
            var path = Path.Combine(data, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, $"{what} {name}");
        }

        Directory.CreateDirectory(Path.Combine(data, "empty"));
    }

    private VolumeState Begin() => new()
    {
        Uid = Uid,
        Restore = "shop/r1",
        Step = previous == PreviousData.DeleteFirst ? VolumeStep.Deleting : VolumeStep.Downloading,
        Previous = previous,
        PreviousGone = previous == PreviousData.DeleteFirst,
        Owner = VolumeLook.Owner(Place),
    };

    internal sealed class Killed : Exception;
}

using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Where everything of a restore lies on a data volume. All of it is on one file system, so that what changes places is renamed and never copied.</summary>
internal sealed class VolumePlace
{
    /// <summary>
    /// The folder of all restores, in the volume's root. MariaDB shows it as a database of the unusable name <c>#mysql50#.controlplane-restore</c> where the root is the data
    /// directory; it can neither be used nor dropped by that name. MySQL 8 passes over hidden folders.
    /// </summary>
    internal const string Hidden = ".controlplane-restore";

    private const string LostAndFound = "lost+found";

    internal VolumePlace(string root, string dataDirectory, string uid)
    {
        Root = root;
        Data = dataDirectory.Length == 0 ? root : Path.Combine(root, dataDirectory);
        Shelf = Path.Combine(root, Hidden);
        Own = Path.Combine(Shelf, uid);
    }

    /// <summary>The volume's root.</summary>
    internal string Root { get; }

    /// <summary>The data directory.</summary>
    internal string Data { get; }

    /// <summary>The folder of all restores.</summary>
    internal string Shelf { get; }

    /// <summary>This restore's folder.</summary>
    internal string Own { get; }

    /// <summary>The restored data until they are in their place.</summary>
    internal string New => Path.Combine(Own, "new");

    /// <summary>The data that were there before.</summary>
    internal string Previous => Path.Combine(Own, "previous");

    /// <summary>What an undo took out of the data directory; it is removed.</summary>
    internal string Undone => Path.Combine(Own, "undone");

    /// <summary>The journal.</summary>
    internal string State => Path.Combine(Own, "state.json");

    /// <summary>The tool's log.</summary>
    internal string Log => Path.Combine(Own, "prepare.log");

    /// <summary>What is wrong with a data directory's path; null when nothing is.</summary>
    internal static string? Fault(VolumeRequest volume) =>
        volume.DataDirectory.Length == 0 || (Runner.XbStreamCheck.IsUsable(volume.DataDirectory) && volume.DataDirectory.Split('/') is [not Hidden, ..])
            ? null
            : $"restore.volume.dataDirectory is '{volume.DataDirectory}', which is no folder within the volume.";

    /// <summary>Whether an entry of the data directory is data: neither the file system's own folder, nor that of restores.</summary>
    internal static bool IsData(string name) => name is not (LostAndFound or Hidden);

    /// <summary>The names of what a folder holds of data; none when there is no such folder.</summary>
    internal static List<string> Entries(string folder) => Directory.Exists(folder)
        ? [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(entry => entry.Name).Where(IsData).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The UIDs of all restores that left a folder here.</summary>
    internal IReadOnlyList<string> Uids() => Directory.Exists(Shelf) ? [.. new DirectoryInfo(Shelf).EnumerateDirectories().Select(folder => folder.Name).Order(StringComparer.Ordinal)] : [];
}

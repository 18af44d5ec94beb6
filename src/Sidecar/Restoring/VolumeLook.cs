using System.Globalization;
using System.Text.RegularExpressions;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Looks at a data volume and changes nothing: it may be mounted read-only.</summary>
internal static partial class VolumeLook
{
    private const int NewFile = 0b110_110_000;
    private const int NewFolder = 0b111_000_000;
    private const int MostVersionBytes = 64 * 1024;

    // Each engine locks one of these as long as it runs.
    private static readonly string[] Locked = ["ibdata1", "aria_log_control", "mysql.ibd", "undo_001"];

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Bytes that are free for the runner's account.</summary>
    internal static long Available(VolumePlace place) => new DriveInfo(place.Root).AvailableFreeSpace;

    /// <summary>Bytes that the data directory's files take on the disk.</summary>
    internal static long BytesOf(string data) => VolumePlace.Entries(data).Select(name => Path.Combine(data, name)).Sum(path =>
        Posix.Look(path).Bytes + (IsFolder(path) ? Directory.EnumerateFileSystemEntries(path, "*", Everything).Sum(entry => Posix.Look(entry).Bytes) : 0));

    /// <summary>Whose the data are, by those that are there; of an empty volume by its root.</summary>
    internal static DataOwner Owner(VolumePlace place)
    {
        var entries = VolumePlace.Entries(place.Data).Select(name => Path.Combine(place.Data, name)).ToList();
        var file = entries.Find(path => Path.GetFileName(path) == "ibdata1") ?? entries.Find(path => !IsFolder(path) && new FileInfo(path).LinkTarget is null);
        var folder = entries.Find(path => Path.GetFileName(path) == "mysql" && IsFolder(path)) ?? entries.Find(IsFolder);
        var owner = Posix.Look(file ?? folder ?? (Directory.Exists(place.Data) ? place.Data : place.Root));
        return new DataOwner(owner.Owner, owner.Group, file is null ? NewFile : (int)Posix.Look(file).Mode, folder is null ? NewFolder : (int)Posix.Look(folder).Mode);
    }

    /// <summary>The version of the server that ran on the data last, by what it left there; null when nothing tells.</summary>
    internal static string? ServerVersion(string data)
    {
        foreach (var name in new[] { "mariadb_upgrade_info", "mysql_upgrade_info", "mysql_upgrade_history" })
        {
            var path = Path.Combine(data, name);
            if (!File.Exists(path) || new FileInfo(path).Length > MostVersionBytes)
                continue;

            // The history has the newest last.
            if (Version().Matches(File.ReadAllText(path)) is { Count: > 0 } matches)
                return matches[^1].Value;
        }

        return null;
    }

    /// <summary>What kind of server ran on the data last; <see cref="BackupEngine.Auto"/> when nothing tells.</summary>
    internal static BackupEngine Engine(string data) =>
        File.Exists(Path.Combine(data, "aria_log_control")) ? BackupEngine.MariaDbBackup
        : File.Exists(Path.Combine(data, "mysql.ibd")) ? BackupEngine.XtraBackup
        : BackupEngine.Auto;

    /// <summary>The file by which a server shows that it runs on the data; null when none does. Servers on other machines are not seen.</summary>
    internal static string? FindLock(string data) => Locked.Select(name => Path.Combine(data, name)).FirstOrDefault(IsLocked);

    /// <summary>Insists that no server runs on the data.</summary>
    internal static void DemandNoServer(VolumePlace place)
    {
        if (FindLock(place.Data) is { } file)
            throw new JobFaultException(JobFault.VolumeBusy, $"A server runs on the data directory: it holds a lock on {file}. Stop the workload first.");
    }

    /// <summary>Insists that no other Job works on the volume, and keeps others off it until the end of what is returned. A Job whose Pod is deleted has another one made before the first has ended.</summary>
    internal static IDisposable DemandAlone(VolumePlace place) => Posix.TryLock(place.Root)
        ?? throw new JobFaultException(JobFault.VolumeBusy, "Another Job still works on the volume. It is touched once that has ended.");

    /// <summary>The mode as people write it.</summary>
    internal static string Text(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);

    private static bool IsLocked(string path)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            try
            {
                file.Lock(0, long.MaxValue);
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            // What cannot even be read tells nothing; that it is so shows when the data are moved.
            return false;
        }
    }

    private static bool IsFolder(string path) => Directory.Exists(path) && new FileInfo(path).LinkTarget is null;

    [GeneratedRegex(@"\d{1,3}\.\d{1,3}\.\d{1,3}(-MariaDB)?")]
    private static partial Regex Version();
}

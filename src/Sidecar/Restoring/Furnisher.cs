namespace ControlPlane.Sidecar.Restoring;

/// <summary>Makes restored data look as the previous ones did to the server: owner, modes, and nothing that does not belong there.</summary>
internal static class Furnisher
{
    internal static void Furnish(string folder, DataOwner owner)
    {
        // A backup that was taken while a restore was unconfirmed has an empty folder of its name, as it has one of every database without tables.
        foreach (var name in new DirectoryInfo(folder).EnumerateDirectories().Select(entry => entry.Name).Where(name => !VolumePlace.IsData(name)).ToList())
            Directory.Delete(Path.Combine(folder, name), recursive: true);

        // Whoever is not root has the same account as the server, or shares its group: then they are right already.
        var gives = Environment.IsPrivilegedProcess;
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(entry.FullName, (UnixFileMode)(entry is DirectoryInfo ? owner.FolderMode : owner.FileMode));
            if (gives)
                Posix.Own(entry.FullName, owner.User, owner.Group);
        }
    }
}

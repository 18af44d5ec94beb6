using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>The journal of a restore on a volume: one small document that is replaced as a whole. People read it too: <c>docs/restore.md</c>.</summary>
internal sealed record VolumeState
{
    /// <summary>The newest version that this code reads.</summary>
    internal const int CurrentVersion = 1;

    /// <summary>The document's version.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The restore's UID.</summary>
    public required string Uid { get; init; }

    /// <summary>The restore's namespace and name, for people.</summary>
    public required string Restore { get; init; }

    /// <summary>Which backup, for people; empty when the volume is only emptied.</summary>
    public string Backup { get; init; } = "";

    /// <summary>What is being done. It is written before it is begun.</summary>
    public required VolumeStep Step { get; init; }

    /// <summary>What was to become of the previous data.</summary>
    public required PreviousData Previous { get; init; }

    /// <summary>Whether the previous data are gone, or partly gone.</summary>
    public bool PreviousGone { get; init; }

    /// <summary>What the data directory holds when <see cref="VolumeStep.Leaving"/> is done.</summary>
    public VolumeHolds Leaves { get; init; }

    /// <summary>Whether nothing is put into the place of the previous data.</summary>
    public bool OnlyEmpties { get; init; }

    /// <summary>Whose the data were, and so whose the restored become.</summary>
    public required DataOwner Owner { get; init; }

    /// <summary>Versions and positions of what was prepared.</summary>
    public BackupPositions? Positions { get; init; }

    /// <summary>Whether nothing of the data directory was touched yet.</summary>
    internal bool IsUntouched => !PreviousGone && Step is VolumeStep.Downloading or VolumeStep.Prepared;

    /// <summary>What the data directory holds.</summary>
    internal VolumeHolds Holds => Step switch
    {
        VolumeStep.Switched or VolumeStep.Dropping => OnlyEmpties ? VolumeHolds.Nothing : VolumeHolds.Restored,
        VolumeStep.Leaving => Leaves,
        VolumeStep.Downloading or VolumeStep.Prepared when !PreviousGone => VolumeHolds.Previous,
        _ => VolumeHolds.Unfinished,
    };

    /// <summary>Reads a journal; null where there is none.</summary>
    internal static VolumeState? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            var state = JsonSerializer.Deserialize<VolumeState>(File.ReadAllBytes(path), ProtocolJson.Default.Options);
            return state is { Version: <= CurrentVersion }
                ? state
                : throw new JobFaultException(JobFault.VolumeTaken, $"The journal {path} is of a version that this runner does not know; use a newer image.");
        }
        catch (JsonException trouble)
        {
            throw new JobFaultException(JobFault.VolumeTaken, $"The journal {path} cannot be read: {trouble.Message}. See docs/restore.md on doing it by hand.", trouble);
        }
    }

    /// <summary>Writes it in the place of the one before; a crash leaves the one or the other.</summary>
    internal void Write(string path)
    {
        var beside = path + ".new";
        using (var file = File.Create(beside))
        {
            file.Write(JsonSerializer.SerializeToUtf8Bytes(this, ProtocolJson.Indented.Options));
            file.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
        Posix.SyncFolder(Path.GetDirectoryName(path)!);
    }
}

/// <summary>Whose data are, and what their files and folders may.</summary>
/// <param name="User">The numeric owner.</param>
/// <param name="Group">The numeric group.</param>
/// <param name="FileMode">The mode of files.</param>
/// <param name="FolderMode">The mode of folders.</param>
internal sealed record DataOwner(long User, long Group, int FileMode, int FolderMode);

/// <summary>The steps of a restore on a volume, forward and back.</summary>
internal enum VolumeStep
{
    /// <summary>The previous data are being deleted, for want of room.</summary>
    Deleting,

    /// <summary>The backup comes into <c>new</c>, and is prepared there. Begun again, <c>new</c> is made empty first.</summary>
    Downloading,

    /// <summary><c>new</c> is complete, prepared and lasting.</summary>
    Prepared,

    /// <summary>What the data directory holds goes to <c>previous</c>.</summary>
    MovingOut,

    /// <summary>What <c>new</c> holds goes to the data directory.</summary>
    MovingIn,

    /// <summary>Done: a server may start.</summary>
    Switched,

    /// <summary>Done, and <c>previous</c> is being removed, since nobody wants it.</summary>
    Dropping,

    /// <summary>An undo: what the data directory holds goes to <c>undone</c>.</summary>
    Clearing,

    /// <summary>An undo: what <c>previous</c> holds goes back to the data directory.</summary>
    MovingBack,

    /// <summary>The restore's folder is being removed.</summary>
    Leaving,
}

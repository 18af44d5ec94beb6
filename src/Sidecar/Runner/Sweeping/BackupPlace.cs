using System.Globalization;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sweeping;

/// <summary>What a key below a cluster's prefix stands for, in the layout of <see cref="ObjectLayout"/> and in no other.</summary>
/// <param name="Name">The backup's name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Segment">Which segment; null for the manifest.</param>
internal sealed record BackupPlace(string Name, string Uid, SegmentPlace? Segment)
{
    /// <summary>Reads a key; null for one that no runner of ours wrote.</summary>
    internal static BackupPlace? Read(string clusterPrefix, string key)
    {
        if (!key.StartsWith(clusterPrefix, StringComparison.Ordinal) || BackupFolder.ReadKey(key, clusterPrefix.Length) is not var (folder, rest))
            return null;
        return rest == ObjectLayout.Manifest ? new(folder.Name, folder.Uid, null)
            : SegmentPlace.Read(rest) is { } segment ? new(folder.Name, folder.Uid, segment)
            : null;
    }
}

/// <summary>A segment's place in its backup.</summary>
/// <param name="Attempt">From 1.</param>
/// <param name="Index">From 0.</param>
internal readonly record struct SegmentPlace(int Attempt, int Index)
{
    /// <summary>The key below the backup's root.</summary>
    internal string Key => ObjectLayout.Segment(Attempt, Index);

    /// <summary>Reads a key below a backup's root; null for one that is no segment's.</summary>
    internal static SegmentPlace? Read(string key) =>
        key.Split('/') is ["data", var attempt, var index]
        && int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
        && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
        && new SegmentPlace(number, place) is var read && read.Key == key
            ? read
            : null;
}

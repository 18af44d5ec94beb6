using System.Globalization;
using System.Text.RegularExpressions;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sweeping;

/// <summary>What a key below a cluster's prefix stands for, in the layout of <see cref="ObjectLayout"/> and in no other.</summary>
/// <param name="Name">The backup's name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Segment">Which segment; null for the manifest.</param>
internal sealed partial record BackupPlace(string Name, string Uid, SegmentPlace? Segment)
{
    /// <summary>The backup's folder below the cluster's prefix, without a slash.</summary>
    internal string Folder => $"{Name}-{Uid}";

    /// <summary>Reads a key; null for one that no runner of ours wrote.</summary>
    internal static BackupPlace? Read(string clusterPrefix, string key)
    {
        if (!key.StartsWith(clusterPrefix, StringComparison.Ordinal) || Ours().Match(key, clusterPrefix.Length) is not { Success: true } match)
            return null;
        var (name, uid, rest) = (match.Groups["name"].Value, match.Groups["uid"].Value, match.Groups["rest"].Value);
        return rest == ObjectLayout.Manifest ? new(name, uid, null)
            : SegmentPlace.Read(rest) is { } segment ? new(name, uid, segment)
            : null;
    }

    // A UID as Kubernetes makes them. Anything looser would let a stranger's folder pass for ours.
    [GeneratedRegex(@"\G(?<name>[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)-(?<uid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/(?<rest>[a-z0-9./]+)\z")]
    private static partial Regex Ours();
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

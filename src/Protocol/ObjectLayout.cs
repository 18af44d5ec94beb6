using System.Globalization;

namespace ControlPlane.Protocol;

/// <summary>
/// Which key holds what. Below the storage's own prefix, one backup owns everything under <see cref="Root"/>, and nothing else.
/// </summary>
public static class ObjectLayout
{
    /// <summary>The manifest's key, relative to the backup's root.</summary>
    public const string Manifest = "manifest.json";

    /// <summary>The folder of the segments, relative to the backup's root.</summary>
    public const string Data = "data/";

    /// <summary>
    /// The prefix that one backup owns, with a slash at its end: <c>namespace/cluster/name-uid/</c>. The UID keeps a name that is used
    /// again from ever meeting its predecessor's objects.
    /// </summary>
    public static string Root(BackupIdentity backup) => $"{Cluster(backup)}{new BackupFolder(backup.Name, backup.Uid)}/";

    /// <summary>The prefix that one cluster's backups share, with a slash at its end: <c>namespace/cluster/</c>.</summary>
    public static string Cluster(BackupIdentity backup) => $"{backup.Namespace}/{backup.Cluster}/";

    /// <summary>
    /// A segment's key, relative to the backup's root: <c>data/AA/NNNNNNNN</c>, the attempt from 1 and the segment from 0. Each attempt
    /// has a folder of its own, so that a runner that was given up but still lives can never write into a later attempt.
    /// </summary>
    public static string Segment(int attempt, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return string.Create(CultureInfo.InvariantCulture, $"{Attempt(attempt)}{index:D8}");
    }

    /// <summary>The folder of one attempt's segments, relative to the backup's root, with a slash at its end.</summary>
    public static string Attempt(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempt);
        return string.Create(CultureInfo.InvariantCulture, $"{Data}{attempt:D2}/");
    }
}

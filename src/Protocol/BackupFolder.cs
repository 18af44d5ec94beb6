using System.Text.RegularExpressions;

namespace ControlPlane.Protocol;

/// <summary>
/// The folder that one backup owns below its cluster's prefix: the name and UID of the resource that it was taken for. A backup that was
/// imported has a resource of another UID, and keeps its folder.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="Uid">The UID.</param>
public sealed partial record BackupFolder(string Name, string Uid)
{
    /// <summary>The longest, in characters: a name, a dash and a UID.</summary>
    public const int MaximumLength = 253 + 1 + 36;

    // A UID as Kubernetes makes them. Anything looser would let a stranger's folder pass for ours.
    private const string Form = "(?<name>[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)-(?<uid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})";

    /// <summary>As it stands in keys, without a slash: <c>name-uid</c>.</summary>
    public override string ToString() => $"{Name}-{Uid}";

    /// <summary>Reads one; null for what no runner of ours would name a folder.</summary>
    public static BackupFolder? Read(string text) =>
        Whole().Match(text) is { Success: true } match ? Of(match) : null;

    /// <summary>Reads the folder that a key begins with, from a place in it on, and what follows the slash; null where none of ours stands there.</summary>
    public static (BackupFolder Folder, string Key)? ReadKey(string key, int start) =>
        Beginning().Match(key, start) is { Success: true } match ? (Of(match), key[(match.Index + match.Length)..]) : null;

    private static BackupFolder Of(Match match) => new(match.Groups["name"].Value, match.Groups["uid"].Value);

    [GeneratedRegex(@"\A" + Form + @"\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\G" + Form + "/")]
    private static partial Regex Beginning();
}

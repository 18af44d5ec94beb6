using System.Globalization;
using System.Text;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Reading;

/// <summary>What the names in xbcloud's layouts say.</summary>
internal static class XbCloudNames
{
    private const int IndexDigits = 20;

    private static readonly string[] Suffixes = [".zst", ".lz4", ".qp", ".xbcrypt"];
    private static readonly string[] Generations = ["xtrabackup_", "mariadb_backup_"];

    /// <summary>The file and the place in it of a chunk's object, <c>PATH.NNNNNNNNNNNNNNNNNNNN</c>; null for every other name.</summary>
    internal static (string Path, long Index)? Chunk(string name)
    {
        var dot = name.Length - IndexDigits - 1;
        return dot > 0 && name[dot] == '.' && long.TryParse(name.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && IsFile(name[..dot])
            ? (name[..dot], index)
            : null;
    }

    /// <summary>The name of a chunk's object.</summary>
    internal static string Object(string path, long index) => string.Create(CultureInfo.InvariantCulture, $"{path}.{index:D20}");

    /// <summary>Whether it can be a file's path in a backup.</summary>
    internal static bool IsFile(string path) =>
        path.Length > 0 && Encoding.UTF8.GetByteCount(path) <= XbStreamCheck.LongestPath && XbStreamCheck.IsUsable(path);

    /// <summary>Whether it is the tool's own file of that kind, whichever tool it was and whatever it was coded with.</summary>
    internal static bool IsToolFile(string path, string kind)
    {
        for (var shorter = true; shorter;)
        {
            shorter = false;
            foreach (var suffix in Suffixes.Where(suffix => path.EndsWith(suffix, StringComparison.Ordinal)))
                (path, shorter) = (path[..^suffix.Length], true);
        }

        return Generations.Any(generation => path == generation + kind);
    }
}

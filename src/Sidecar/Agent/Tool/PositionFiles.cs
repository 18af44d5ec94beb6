using System.Globalization;
using System.Text.RegularExpressions;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>
/// Reads the small files that the tool leaves beside its stream. MariaDB renamed them with 11.1 (<c>mariadb_backup_…</c>); both
/// generations, and Percona's, have the same contents.
/// </summary>
internal static partial class PositionFiles
{
    private const string GtidMark = "GTID of the last change ";

    private static readonly string[] Generations = ["mariadb_backup_", "xtrabackup_"];

    /// <summary>The positions in a folder, or null when the tool did not write its checkpoints there.</summary>
    internal static async Task<BackupPositions?> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var checkpoints = await TextAsync(folder, "checkpoints", cancellationToken);
        var info = await TextAsync(folder, "info", cancellationToken);
        return checkpoints is null || info is null ? null : Parse(checkpoints, info);
    }

    /// <summary>The positions that the two files tell of, or null when the checkpoints lack an LSN.</summary>
    internal static BackupPositions? Parse(string checkpoints, string info)
    {
        var lsns = Pairs(checkpoints);
        var facts = Pairs(info);
        var binlog = facts.GetValueOrDefault("binlog_pos") ?? "";
        var place = BinlogPlace().Match(binlog);
        return Number(lsns, "to_lsn") is not { } to ? null : new BackupPositions
        {
            LsnFrom = Number(lsns, "from_lsn"),
            LsnTo = to,
            LsnLast = Number(lsns, "last_lsn"),
            ToolVersion = Word(facts, "tool_version"),
            ServerVersion = Word(facts, "server_version"),
            BinlogFile = place.Success ? place.Groups["file"].Value : null,
            BinlogPosition = place.Success ? long.Parse(place.Groups["position"].Value, CultureInfo.InvariantCulture) : null,
            GtidExecuted = Gtid(binlog),
        };
    }

    private static async Task<string?> TextAsync(string folder, string kind, CancellationToken cancellationToken)
    {
        var path = Generations.Select(generation => Path.Combine(folder, generation + kind)).FirstOrDefault(File.Exists);
        return path is null ? null : await File.ReadAllTextAsync(path, cancellationToken);
    }

    // A value may go on over several lines: Percona breaks a long GTID set after its commas.
    private static Dictionary<string, string> Pairs(string text)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        string? last = null;
        foreach (var line in text.Split('\n'))
        {
            if (Pair().Match(line) is { Success: true } pair)
                pairs[last = pair.Groups["name"].Value] = pair.Groups["value"].Value.Trim();
            else if (last is not null)
                pairs[last] += line.Trim();
        }

        return pairs;
    }

    private static string? Gtid(string binlog)
    {
        var start = binlog.IndexOf(GtidMark, StringComparison.Ordinal);
        var set = start < 0 ? "" : binlog[(start + GtidMark.Length)..].Trim().Trim('\'').Replace(" ", "", StringComparison.Ordinal);
        return set.Length == 0 ? null : set;
    }

    private static long? Number(Dictionary<string, string> pairs, string name) =>
        long.TryParse(pairs.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Word(Dictionary<string, string> pairs, string name) =>
        pairs.GetValueOrDefault(name) is { Length: > 0 } word ? word : null;

    [GeneratedRegex(@"^(?<name>[a-z_]+) =(?<value>.*)$")]
    private static partial Regex Pair();

    [GeneratedRegex(@"filename '(?<file>[^']+)', position '(?<position>\d+)'")]
    private static partial Regex BinlogPlace();
}

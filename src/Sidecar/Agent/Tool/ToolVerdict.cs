using System.Globalization;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>How the tool's end is to be read.</summary>
/// <param name="Fault">Null when it is a backup.</param>
/// <param name="Message">For people.</param>
internal sealed record ToolVerdict(JobFault? Fault, string Message)
{
    private const int MessageCharacters = 900;

    // In the order of what explains most.
    private static readonly (string Word, string Meaning)[] Known =
    [
        ("No space left on device", "There was no space left on the scratch volume or on the data volume."),
        ("Access denied", "The server refused the account of the cluster's credentialsSecret, or it lacks a privilege that the tool needs."),
        ("Can't connect", "The tool could not reach the server."),
        ("log block numbers mismatch", "The server overwrote redo log before it was copied: the backup was read too slowly, or the redo log is too small."),
        ("log copying", "Copying the redo log failed."),
    ];

    /// <summary>Judges an end that nobody outside of the tool asked for.</summary>
    internal static ToolVerdict Of(string program, int? exitCode, bool saysCompleted, bool hasPositions, IReadOnlyList<string> tail) => (exitCode, saysCompleted, hasPositions) switch
    {
        (0, true, true) => new(null, ""),
        (0, true, false) => new(JobFault.ToolFailed, $"{program} said that it completed, but left no readable checkpoints."),
        (0, false, _) => new(JobFault.ToolFailed, Explained($"{program} ended with exit code 0 without saying that it completed.", tail)),
        (null, _, _) => new(JobFault.ToolFailed, Explained($"{program} was ended by a signal that nobody here sent; perhaps the container's memory limit is too low.", tail)),
        _ => new(JobFault.ToolFailed, Explained(string.Create(CultureInfo.InvariantCulture, $"{program} failed with exit code {exitCode}."), tail)),
    };

    private static string Explained(string what, IReadOnlyList<string> tail)
    {
        var known = Known.FirstOrDefault(entry => tail.Any(line => line.Contains(entry.Word, StringComparison.OrdinalIgnoreCase))).Meaning;
        var lines = new List<string>();
        var left = MessageCharacters;
        foreach (var line in tail.Reverse().TakeWhile(line => (left -= line.Length + 3) > 0).Take(6))
            lines.Insert(0, line);
        var last = lines.Count == 0 && tail.Count > 0 ? tail[^1][..Math.Min(tail[^1].Length, MessageCharacters)] : string.Join(" | ", lines);
        return string.Join(' ', new[] { what, known, last.Length == 0 ? "It logged nothing." : $"Its last lines: {last}" }.OfType<string>());
    }
}

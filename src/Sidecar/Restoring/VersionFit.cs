using System.Globalization;
using System.Text.RegularExpressions;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Whether a tool prepares, and a server reads, what another tool took of another server. What cannot be compared is warned of, and not refused.</summary>
internal static partial class VersionFit
{
    // A server of MySQL reads the data of the series before it, and of no other.
    private static readonly Series[] MySqlSeries = [new(5, 7), new(8, 0), new(8, 4), new(9, 7)];

    /// <summary>What speaks against it, and what is worth knowing.</summary>
    /// <param name="engine">What made the backup; null when not known.</param>
    /// <param name="backup">The backup's versions; null when not known.</param>
    /// <param name="toolVersion">The tool of the same engine in the image; null when there is none.</param>
    /// <param name="target">What it is restored into, as far as it is known.</param>
    internal static Findings Of(BackupEngine? engine, BackupPositions? backup, string? toolVersion, RestoreTarget target)
    {
        var found = new Findings();
        if (engine is null or BackupEngine.Auto)
        {
            found.Warn(RestoreWarning.VersionUnknown, "Nothing in the backup says which tool made it.");
            return found;
        }

        if (target.Engine != BackupEngine.Auto && target.Engine != engine)
        {
            found.Block(JobFault.VersionMismatch, $"The backup was made by {engine}, and the target's engine is {target.Engine}: neither reads the other's data.");
            return found;
        }

        LookAtTool(found, engine.Value, backup?.ToolVersion, toolVersion);
        if (Version.Find(backup?.ServerVersion) is { } from && Version.Find(target.ServerVersion) is { } to)
            LookAtServer(found, engine.Value, from, to);
        else
            found.Warn(RestoreWarning.VersionUnknown, backup?.ServerVersion is null ? "The server's version of the backup is not known." : "The target's server version is not known.");
        return found;
    }

    /// <summary>The version in what a tool says of itself, for example <c>10.11.19</c> or <c>8.0.35-31</c>; null when there is none.</summary>
    internal static string? ToolVersion(string saying) =>
        Saying().Match(saying) is { Success: true } match ? match.Groups["own"].Success ? match.Groups["own"].Value : match.Groups["server"].Value : null;

    private static void LookAtTool(Findings found, BackupEngine engine, string? made, string? has)
    {
        var name = Agent.Tool.ToolTraits.Of(engine, serverIsMariaDb: false).Programs[0];
        if (has is null)
            found.Block(JobFault.VersionMismatch, $"The Job's image has no {name}, which the backup needs: set spec.backup.image of the target to one that has it.");
        else if (Version.Find(made) is not { } backup || Version.Find(has) is not { } tool)
            found.Warn(RestoreWarning.VersionUnknown, "The version of the tool that made the backup is not known.");
        else if (backup.Series != tool.Series)
            found.Block(JobFault.VersionMismatch, $"The backup was made by {name} {made}, and the Job's image has {has}: only the same series prepares it.");
        else if (backup != tool)
            found.Warn(RestoreWarning.ToolVersionDiffers, $"The backup was made by {name} {made}; {has} prepares it.");
    }

    private static void LookAtServer(Findings found, BackupEngine engine, Version from, Version to)
    {
        if (from == to)
            return;
        if (to.Series == from.Series)
        {
            if (engine == BackupEngine.XtraBackup && to.Patch < from.Patch)
                found.Block(JobFault.VersionMismatch, $"The backup is of server {from}, and the target's is {to}: MySQL does not go back to an earlier version.");
            else
                found.Warn(RestoreWarning.ServerVersionDiffers, $"The backup is of server {from}, and the target's is {to}.");
        }
        else if (to.Series.CompareTo(from.Series) < 0)
        {
            found.Block(JobFault.VersionMismatch, $"The backup is of server {from}, and the target's is {to}: an earlier series does not read it.");
        }
        else if (engine == BackupEngine.XtraBackup && Place(to.Series) - Place(from.Series) > 1)
        {
            found.Block(JobFault.VersionMismatch, $"The backup is of server {from}, and the target's is {to}: MySQL reads the series before its own only.");
        }
        else
        {
            found.Warn(RestoreWarning.UpgradeFollows, $"The backup is of server {from}, and the target's is {to}, which upgrades the data when it starts; there is no way back from that.");
        }
    }

    // A series between two of those that last belongs to the next of them.
    private static int Place(Series series) => Array.FindIndex(MySqlSeries, known => known.CompareTo(series) >= 0) is >= 0 and var index ? index : MySqlSeries.Length;

    [GeneratedRegex(@"(xtrabackup version (?<own>\d+\.\d+\.\d+\S*))|(server (?<server>\d+\.\d+\.\d+))")]
    private static partial Regex Saying();

    private sealed record Series(int Major, int Minor) : IComparable<Series>
    {
        public int CompareTo(Series? other) => (Major, Minor).CompareTo((other!.Major, other.Minor));
    }

    private sealed partial record Version(Series Series, int Patch)
    {
        internal static Version? Find(string? text) => text is not null && Numbers().Match(text) is { Success: true } match
            ? new Version(new Series(Number(match, 1), Number(match, 2)), Number(match, 3))
            : null;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Series.Major}.{Series.Minor}.{Patch}");

        private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

        [GeneratedRegex(@"(\d{1,4})\.(\d{1,4})\.(\d{1,6})")]
        private static partial Regex Numbers();
    }
}

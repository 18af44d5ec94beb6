using System.Globalization;

namespace ControlPlane.Bench.Stream;

/// <summary>
/// Stands in for <c>mariadb-backup --backup --stream</c>: takes its arguments, writes pages instead of a database's files, and leaves the
/// same metadata behind. It costs less CPU than the real one, so that what is measured is what comes after it.
/// </summary>
internal static class StandInTool
{
    internal const string MebibytesVariable = "BENCH_STREAM_MEBIBYTES";
    internal const string PoolVariable = "BENCH_STREAM_POOL";

    private const string Info = "tool_name = mariadb-backup\ntool_version = 10.11.19-MariaDB\nserver_version = 10.11.19-MariaDB-log\n"
        + "binlog_pos = filename 'bin.000002', position '4711', GTID of the last change '0-1-4711'\ninnodb_from_lsn = 0\ninnodb_to_lsn = 78197551104\n";

    private const string Checkpoints = "backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 78197551104\nlast_lsn = 78197551120\n";

    internal static void Stream(string pool, long bytes)
    {
        using var output = Console.OpenStandardOutput();
        new PageStream(File.ReadAllBytes(pool), output).Write(bytes, Info);
    }

    internal static int Run(IReadOnlyList<string> arguments)
    {
        const string folderOption = "--extra-lsndir=";
        var folder = arguments.Single(argument => argument.StartsWith(folderOption, StringComparison.Ordinal))[folderOption.Length..];
        Console.Error.WriteLine("StandInTool: pages instead of a database");
        Stream(Variable(PoolVariable), long.Parse(Variable(MebibytesVariable), CultureInfo.InvariantCulture) << 20);
        File.WriteAllText(Path.Combine(folder, "xtrabackup_checkpoints"), Checkpoints);
        File.WriteAllText(Path.Combine(folder, "xtrabackup_info"), Info);
        Console.Error.WriteLine("completed OK!");
        return 0;
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");
}

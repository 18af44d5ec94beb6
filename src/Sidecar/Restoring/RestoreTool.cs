using System.Diagnostics;
using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Tool;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>The backup tool in the Job's image: it makes consistent data of an unpacked backup.</summary>
internal sealed class RestoreTool(ToolTraits traits, string program, TimeProvider time)
{
    private const long LeastMemory = 128L << 20;
    private const long MostMemory = 1L << 30;

    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(20);

    // What xtrabackup adds to a file's name when it compresses it; it takes it off again itself.
    private static readonly string[] Compressed = [".zst", ".lz4", ".qp"];

    // The tool's own files that say nothing any more once the data are in their place.
    private static readonly string[] Spent = ["backup-my.cnf", "xtrabackup_logfile", "xtrabackup_checkpoints", "mariadb_backup_checkpoints", "xtrabackup_tablespaces"];

    /// <summary>The tool of an engine; null where the image has none.</summary>
    internal static RestoreTool? Find(BackupEngine engine, string? path, TimeProvider time)
    {
        var traits = ToolTraits.Of(engine, serverIsMariaDb: false);
        return traits.Find(path) is { } program ? new RestoreTool(traits, program, time) : null;
    }

    /// <summary>The share of the Job's memory that the tool is given: a quarter, between 128 MiB and 1 GiB.</summary>
    internal static long Memory(long available) => Math.Clamp(available / 4, LeastMemory, MostMemory);

    /// <summary>The version that it says it is of; null when it says none.</summary>
    internal async Task<string?> VersionAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(VersionLimit);
        using var process = Process.Start(new ProcessStartInfo(program, ["--no-defaults", "--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return VersionFit.ToolVersion(output + await error);
    }

    /// <summary>
    /// Prepares what was unpacked into <paramref name="folder"/>, and compares it with what the backup says it is. Returns its positions.
    /// </summary>
    internal async Task<BackupPositions> PrepareAsync(string folder, string logPath, BackupPositions? expected, CancellationToken cancellationToken)
    {
        await DecompressAsync(folder, logPath, cancellationToken);
        if (Directory.EnumerateFiles(folder, "*.isl", SearchOption.AllDirectories).FirstOrDefault() is { } link)
            throw new JobFaultException(JobFault.InvalidRequest, $"The backup has a table that lies outside of the data directory ({Path.GetFileNameWithoutExtension(link)}, made with DATA DIRECTORY): restore it by hand, see docs/restore.md.");
        var memory = Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        await RunAsync(["--no-defaults", "--prepare", $"--target-dir={folder}", string.Create(CultureInfo.InvariantCulture, $"--use-memory={memory}")], folder, logPath, cancellationToken);
        var positions = await PositionFiles.ReadAsync(folder, cancellationToken)
            ?? throw new JobFaultException(JobFault.ToolFailed, $"{Path.GetFileName(program)} said that it completed, and left no readable checkpoints.");
        Compare(positions, expected);
        foreach (var name in Spent)
            File.Delete(Path.Combine(folder, name));
        return positions with { ServerUuid = expected?.ServerUuid };
    }

    /// <summary>Insists that what was prepared is what the manifest tells of.</summary>
    internal static void Compare(BackupPositions prepared, BackupPositions? expected)
    {
        if (expected?.LsnTo is { } lsn && prepared.LsnTo != lsn)
            throw Other("LSN", string.Create(CultureInfo.InvariantCulture, $"{prepared.LsnTo}"), string.Create(CultureInfo.InvariantCulture, $"{lsn}"));
        if (expected?.GtidExecuted is { } gtid && prepared.GtidExecuted != gtid)
            throw Other("GTID set", prepared.GtidExecuted ?? "none", gtid);

        static JobFaultException Other(string what, string has, string wanted) =>
            new(JobFault.ManifestMismatch, $"The prepared data have another {what} than the backup's manifest says: {has} instead of {wanted}.");
    }

    private async Task DecompressAsync(string folder, string logPath, CancellationToken cancellationToken)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(Path.GetExtension).ToHashSet(StringComparer.Ordinal);
        if (files.Contains(".xbcrypt"))
            throw new JobFaultException(JobFault.InvalidRequest, "The backup was encrypted by the tool itself (.xbcrypt): its key is not the control plane's to know. Decrypt it by hand, see docs/restore.md.");
        if (traits.Engine == BackupEngine.XtraBackup && Compressed.Any(files.Contains))
        {
            await RunAsync(
                ["--no-defaults", "--decompress", "--remove-original", string.Create(CultureInfo.InvariantCulture, $"--parallel={Environment.ProcessorCount}"), $"--target-dir={folder}"],
                folder, logPath, cancellationToken);
        }
    }

    private async Task RunAsync(IReadOnlyList<string> arguments, string folder, string logPath, CancellationToken cancellationToken)
    {
        // The tool's temporary files belong where there is room.
        using var process = ToolProcess.Start(program, arguments, folder, time);
        await using var log = new ToolLog(logPath, "");
        var errors = log.ReadAsync(process.Error, CancellationToken.None);
        try
        {
            await process.Output.CopyToAsync(Stream.Null, cancellationToken);
            var exitCode = await process.WaitAsync(cancellationToken);
            await errors.WaitAsync(cancellationToken);
            var verdict = ToolVerdict.Of(Path.GetFileName(program), exitCode, log.SaysCompleted, hasPositions: true, log.Tail);
            if (verdict.Fault is { } fault)
                throw new JobFaultException(log.Tail.Any(line => line.Contains("No space left on device", StringComparison.OrdinalIgnoreCase)) ? JobFault.VolumeFull : fault, verdict.Message);
        }
        finally
        {
            await process.EndAsync();
            await errors;
        }
    }
}

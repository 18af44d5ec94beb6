using System.Text;
using System.Text.Json;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Brings a report into the kubelet's limit.</summary>
internal static class ReportWriter
{
    private const int GtidCharacters = 1024;
    private const string Cut = "…";

    /// <summary>The report as JSON of at most <see cref="JobReport.MaxBytes"/> bytes: the GTID set is shortened first, then the message, then what was found.</summary>
    internal static byte[] Bytes(JobReport report)
    {
        var shorter = report with
        {
            Summary = report.Summary is { Positions: { } positions } summary
                ? summary with { Positions = Shortened(positions) }
                : null,
            Plan = report.Plan is { Positions: { } planned } ? report.Plan with { Positions = Shortened(planned) } : report.Plan,
            Volume = report.Volume is { Positions: { } restored } ? report.Volume with { Positions = Shortened(restored) } : report.Volume,
            Drill = report.Drill is { GtidExecuted: { } } drill ? drill with { GtidExecuted = Shortened(drill.GtidExecuted, GtidCharacters) } : report.Drill,
        };
        var bytes = Json(shorter);
        while (bytes.Length > JobReport.MaxBytes && Less(shorter, bytes.Length - JobReport.MaxBytes) is { } less)
        {
            shorter = less;
            bytes = Json(shorter);
        }

        return bytes;
    }

    // The message first, then what a plan or a drill found, from its end and never its first; null when there is nothing more to leave out.
    private static JobReport? Less(JobReport report, int excess) => report switch
    {
        // A character may take six bytes in JSON, so the cut is found by trying, not by counting.
        { Message.Length: > 0 } => report with { Message = Shortened(report.Message, Math.Max(0, report.Message.Length - Math.Max(1, excess / 6) - Cut.Length)) ?? "" },
        { Plan: { Warnings.Count: > 0 } plan } => report with { Plan = plan with { Warnings = [.. plan.Warnings.SkipLast(1)] } },
        { Plan: { Blockers.Count: > 1 } plan } => report with { Plan = plan with { Blockers = [.. plan.Blockers.SkipLast(1)] } },
        { Drill: { Findings.Count: > 1 } drill } => report with { Drill = drill with { Findings = [.. drill.Findings.SkipLast(1)] } },

        // Names of strangers may be made of anything.
        { Sweep: { StrangerKeys.Count: > 0 } sweep } => report with { Sweep = sweep with { StrangerKeys = [.. sweep.StrangerKeys.SkipLast(1)] } },
        { Sweep: { DamagedBackups.Count: > 0 } sweep } => report with { Sweep = sweep with { DamagedBackups = [.. sweep.DamagedBackups.SkipLast(1)] } },
        _ => null,
    };

    /// <summary>Writes it where the kubelet looks; where that cannot be, to the error output, so that it is not lost.</summary>
    internal static void Write(JobReport report, string path)
    {
        var bytes = Bytes(report);
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{path}: {trouble.Message}\n{Encoding.UTF8.GetString(bytes)}");
        }
    }

    private static BackupPositions Shortened(BackupPositions positions) => positions with { GtidExecuted = Shortened(positions.GtidExecuted, GtidCharacters) };

    private static byte[] Json(JobReport report) => JsonSerializer.SerializeToUtf8Bytes(report, ProtocolJson.Default.JobReport);

    // Never between the halves of a character.
    private static string? Shortened(string? text, int most)
    {
        if (text is null || text.Length <= most)
            return text;
        var end = most > 0 && char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return end <= 0 ? "" : text[..end].TrimEnd(Cut[0]) + Cut;
    }
}

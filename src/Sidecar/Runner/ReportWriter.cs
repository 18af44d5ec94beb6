using System.Text;
using System.Text.Json;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Brings a report into the kubelet's limit.</summary>
internal static class ReportWriter
{
    private const int GtidCharacters = 1024;
    private const string Cut = "…";

    /// <summary>The report as JSON of at most <see cref="JobReport.MaxBytes"/> bytes: the GTID set is shortened first, then the message.</summary>
    internal static byte[] Bytes(JobReport report)
    {
        var shorter = report with
        {
            Summary = report.Summary is { Positions: { } positions } summary
                ? summary with { Positions = positions with { GtidExecuted = Shortened(positions.GtidExecuted, GtidCharacters) } }
                : null,
        };
        var bytes = Json(shorter);
        while (bytes.Length > JobReport.MaxBytes && shorter.Message.Length > 0)
        {
            // A character may take six bytes in JSON, so the cut is found by trying, not by counting.
            var less = Math.Max(1, (bytes.Length - JobReport.MaxBytes) / 6);
            shorter = shorter with { Message = Shortened(shorter.Message, Math.Max(0, shorter.Message.Length - less - Cut.Length)) ?? "" };
            bytes = Json(shorter);
        }

        return bytes;
    }

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

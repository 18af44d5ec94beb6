using System.Globalization;

namespace ControlPlane.Bench.Running;

/// <summary>What the kernel says of a process, without what it started.</summary>
internal static class ProcessFacts
{
    // Fixed for programs by the kernel's interface, whatever its own clock.
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of CPU used so far, in user and system mode, of the process alone. Also right for a zombie.</summary>
    internal static double CpuSeconds(int process)
    {
        var fields = Read(process, "stat").Split(") ")[^1].Split(' ');
        return fields.Length < 13 ? 0 : (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>The most memory that it had resident, in MiB; null when it is gone.</summary>
    internal static double? PeakMebibytes(int process) => Field(process, "VmHWM:");

    /// <summary>The memory that it has resident, in MiB; null when it is gone.</summary>
    internal static double? ResidentMebibytes(int process) => Field(process, "VmRSS:");

    private static double? Field(int process, string name) => Read(process, "status").Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        ? Number(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim()) / 1024
        : null;

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{file}"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

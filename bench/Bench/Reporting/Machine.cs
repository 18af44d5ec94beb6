using System.Globalization;
using System.Runtime.InteropServices;

namespace ControlPlane.Bench.Reporting;

/// <summary>The facts without which a figure means nothing.</summary>
internal static class Machine
{
    internal static string Facts() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores ({Processor()}), {MemoryGibibytes()} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
        + $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, {Load()}");

    /// <summary>The load averages: other work on the machine shows here.</summary>
    internal static string Load() => $"load average {string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3))}";

    private static string Processor() => File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] ?? "unknown";

    private static long MemoryGibibytes() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes + (1L << 29) >> 30;
}

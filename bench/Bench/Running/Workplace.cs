using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlPlane.Bench.Running;

/// <summary>What <c>bench/run.sh</c> prepared: programs, folders and servers, by environment variables.</summary>
internal static class Workplace
{
    /// <summary>A folder of this run's own.</summary>
    internal static string Folder => Setting("BENCH_FOLDER");

    /// <summary>What the processes print.</summary>
    internal static string Logs => Directory.CreateDirectory(Path.Combine(Folder, "log")).FullName;

    /// <summary>The pool of pages, made once.</summary>
    internal static string Pool => Path.Combine(Folder, "pages.pool");

    /// <summary>This program.</summary>
    internal static string Bench => Environment.ProcessPath!;

    /// <summary>A setting that must be there.</summary>
    internal static string Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new InvalidOperationException($"{name} is not set; start this by ./dev bench.");

    /// <summary>A word, or what stands for it.</summary>
    internal static string Word(string name, string standard) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : standard;

    /// <summary>Whether a contestant is to run: all are, unless BENCH_ONLY names some.</summary>
    internal static bool Wants(string name) => Regex.IsMatch(name, Word("BENCH_ONLY", ""));

    /// <summary>A number, or what stands for it.</summary>
    internal static int Number(string name, int standard) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : standard;
}

using System.Globalization;
using ControlPlane.Bench.Reporting;

namespace ControlPlane.Bench.DataPath;

/// <summary>The goals, one line each: faster than every peer that does as much, at less CPU, within the memory of the Job and of the Pod.</summary>
internal static class Verdict
{
    private static readonly Dictionary<string, double> MostMebibytes = new() { ["runner"] = 256, ["agent"] = 100 };

    internal static void Print(Dictionary<Contestant, List<Sample>> samples)
    {
        foreach (var (ours, runs) in samples.Where(entry => entry.Key.IsOurs))
        {
            foreach (var (peer, others) in samples.Where(entry => ours.IsLikePeers && !entry.Key.IsOurs && entry.Key.Compresses == ours.Compresses))
            {
                Compare($"{ours.Name} faster than {peer.Name}", Seconds(runs), Seconds(others), "s");
                Compare($"{ours.Name} at less CPU than {peer.Name}", Cpu(runs), Cpu(others), "CPU s");
            }

            foreach (var (part, most) in MostMebibytes.Where(bound => runs[0].Parts.ContainsKey(bound.Key)))
                Say($"{ours.Name}: peak of the {part} at most {most} MiB", runs.Max(run => run.Parts[part].PeakMebibytes) is var peak && peak <= most, string.Create(CultureInfo.InvariantCulture, $"{peak:F0}"));
        }

        Console.WriteLine();
    }

    private static double Seconds(List<Sample> runs) => Order.Median(runs.Select(run => run.Seconds));

    private static double Cpu(List<Sample> runs) => Order.Median(runs.Select(run => run.CpuSeconds));

    private static void Compare(string goal, double ours, double theirs, string unit) =>
        Say(goal, ours < theirs, string.Create(CultureInfo.InvariantCulture, $"{ours:F1} against {theirs:F1} {unit}"));

    private static void Say(string goal, bool met, string measured) => Console.WriteLine($"- goal {(met ? "met" : "MISSED")}: {goal} ({measured})");
}

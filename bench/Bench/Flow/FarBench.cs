using System.Globalization;
using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.Flow;

/// <summary>What is left of the throughput when the store is far away and fails now and then. Both ways lead through the same proxy, which costs both alike.</summary>
internal static class FarBench
{
    private const int Port = 36190;
    private const int LatencyMilliseconds = 50;
    private const int ErrorsInThousand = 10;
    private const double LeastShare = 0.8;

    internal static async Task<int> RunAsync()
    {
        var mebibytes = Workplace.Number("BENCH_MIB", 4096);
        var rounds = Workplace.Number("BENCH_ROUNDS", 3);
        Console.WriteLine($"far: {mebibytes} MiB, {rounds} rounds; {Machine.Facts()}");
        var table = new Table("into the sink, through a proxy", "s", "MiB/s", "share of the clean", "at its end");
        var ways = new[] { (Name: "clean", Latency: 0, Errors: 0), (Name: $"{LatencyMilliseconds} ms for each request, {ErrorsInThousand / 10} % of them answered 503", Latency: LatencyMilliseconds, Errors: ErrorsInThousand) };
        var samples = ways.ToDictionary(way => way.Name, _ => new List<Sample>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var way in ways)
                samples[way.Name].Add(await OnceAsync(way.Latency, way.Errors, mebibytes));
        }

        var clean = Rate(samples[ways[0].Name], mebibytes);
        foreach (var (name, runs) in samples)
        {
            var rate = Rate(runs, mebibytes);
            table.Add(name, Text("F1", Order.Median(runs.Select(run => run.Seconds))), Text("F0", rate), Text("P0", rate / clean), runs[^1].Remark);
        }

        table.Print();
        var share = Rate(samples[ways[1].Name], mebibytes) / clean;
        Console.WriteLine($"- goal {(share >= LeastShare ? "met" : "MISSED")}: at least {Text("P0", LeastShare)} of the clean throughput ({Text("P0", share)})");
        return 0;
    }

    private static async Task<Sample> OnceAsync(int latency, int errors, int mebibytes)
    {
        await using var proxy = Child.Start("slow-way", [Workplace.Bench, "slow-way", $"{Port}", $"{Target.Sink.Endpoint}", $"{latency}", $"{errors}"]);
        await SlowWay.UntilUpAsync(Port);
        return await new OursFromPipe(Target.Sink with { Endpoint = new Uri($"http://127.0.0.1:{Port}") }, Codec.None).RunAsync(mebibytes);
    }

    private static double Rate(List<Sample> runs, int mebibytes) => mebibytes / Order.Median(runs.Select(run => run.Seconds));

    private static string Text(string form, double value) => value.ToString(form, CultureInfo.InvariantCulture);
}

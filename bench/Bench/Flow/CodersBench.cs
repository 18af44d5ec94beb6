using System.Globalization;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;
using ControlPlane.Bench.Stream;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;

namespace ControlPlane.Bench.Flow;

/// <summary>How compression scales with the cores of the Job: the runner's own path into a store that keeps nothing, with one coder and with more.</summary>
internal static class CodersBench
{
    private const long PartBytes = 128L << 20;

    internal static async Task<int> RunAsync()
    {
        var mebibytes = Workplace.Number("BENCH_MIB", 2048);
        var rounds = Workplace.Number("BENCH_ROUNDS", 3);
        Console.WriteLine($"coders: {mebibytes} MiB, {rounds} rounds; {Machine.Facts()}");
        var table = new Table("zstd-1, coders", "s", "MiB/s", "times one coder");
        var one = 0.0;
        for (var coders = 1; coders <= Environment.ProcessorCount; coders *= 2)
        {
            var seconds = new List<double>();
            for (var round = 0; round < rounds; round++)
                seconds.Add(await OnceAsync(coders, (long)mebibytes << 20));
            var rate = mebibytes / Order.Median(seconds);
            one = coders == 1 ? rate : one;
            table.Add($"{coders}", Text("F1", Order.Median(seconds)), Text("F0", rate), Text("F2", rate / one));
        }

        table.Print();
        return 0;
    }

    private static async Task<double> OnceAsync(int coders, long bytes)
    {
        // The stream is made beforehand, so that only what is measured takes the cores.
        var source = new RepeatedStream(PagesOnce(), bytes);
        var target = new StreamTarget(new NoStore(), "bench/", 1, SegmentPlan.Standard, new TransferMeter());
        var start = TimeProvider.System.GetTimestamp();
        await new StreamStorer(target, new CompressionRequest(), new FlowPlan(coders, PartBytes), TimeProvider.System).StoreAsync(source, CancellationToken.None);
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static byte[] PagesOnce()
    {
        var made = new MemoryStream();
        new PageStream(PagePool.Make(), made).Write(256L << 20, "coders");
        return made.ToArray();
    }

    private static string Text(string form, double value) => value.ToString(form, CultureInfo.InvariantCulture);
}

using System.Globalization;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.DataPath;

/// <summary>All contestants side by side: round by round, each once, so that what else the machine does meets all alike.</summary>
internal static class DataPathBench
{
    internal static async Task<int> RunAsync()
    {
        var mebibytes = Workplace.Number("BENCH_MIB", 4096);
        var rounds = Workplace.Number("BENCH_ROUNDS", 3);
        Console.WriteLine($"datapath: {mebibytes} MiB, {rounds} rounds; {Machine.Facts()}");
        using var credentials = new Credentials();
        await using var source = await Source.StartAsync(credentials);
        foreach (var target in Targets())
        {
            Contestant[] contestants = [.. Mine(source, credentials, target), .. Peer.Of(target)];
            contestants = [.. contestants.Where(contestant => Workplace.Wants(contestant.Name))];
            var samples = contestants.ToDictionary(contestant => contestant, _ => new List<Sample>());
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var contestant in contestants)
                    samples[contestant].Add(await OnceAsync(contestant, mebibytes, round));
            }

            Print(target, samples, mebibytes);
            Verdict.Print(samples);
        }

        return 0;
    }

    private static IEnumerable<Target> Targets() => Workplace.Word("BENCH_TARGETS", "sink sink-tls gateway gateway-tls").Split(' ').Select(Target.Of);

    private static IEnumerable<Contestant> Mine(Source source, Credentials credentials, Target target)
    {
        foreach (var codec in new[] { Codec.None, Codec.Zstd })
        {
            yield return new Ours(source, credentials, target, codec);
            yield return new OursFromPipe(target, codec);
            if (target.Keeps)
                yield return new Ours(source, credentials, target, codec, wholeRoad: true);
        }

        // What sealing costs is the difference to the second.
        yield return new OursFromPipe(target, Codec.None, seals: true);
    }

    private static async Task<Sample> OnceAsync(Contestant contestant, int mebibytes, int round)
    {
        if (contestant.Target.Keeps)
            await GatewayStore.ClearAsync(1.1 * mebibytes / 1024);
        var sample = await contestant.RunAsync(mebibytes);
        if (contestant.Target.Keeps)
            await GatewayStore.ClearAsync(0);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {contestant.Target.Name} round {round}: {contestant.Name} {sample.Seconds:F1} s, CPU {sample.CpuSeconds:F1} s, {Machine.Load()}"));
        return sample;
    }

    private static void Print(Target target, Dictionary<Contestant, List<Sample>> samples, int mebibytes)
    {
        var table = new Table($"into the {target.Name}", "s", "MiB/s", "CPU s/GiB", "of which", "peak MiB");
        foreach (var (contestant, runs) in samples)
        {
            var seconds = Order.Median(runs.Select(run => run.Seconds));
            var parts = runs[0].Parts.Keys.ToList();
            table.Add(
                contestant.Name,
                runs[0].UploadSeconds is null ? Text("F1", seconds) : $"{Text("F1", Order.Median(runs.Select(run => run.UploadSeconds!.Value)))} of {Text("F1", seconds)}",
                Text("F0", mebibytes / seconds),
                Text("F2", Order.Median(runs.Select(run => run.CpuSeconds)) * 1024 / mebibytes),
                string.Join(" + ", parts.Select(part => $"{part} {Text("F2", Order.Median(runs.Select(run => run.Parts[part].CpuSeconds)) * 1024 / mebibytes)}")),
                string.Join(" + ", parts.Select(part => Text("F0", runs.Max(run => run.Parts[part].PeakMebibytes)))));
        }

        table.Print();
    }

    private static string Text(string form, double value) => value.ToString(form, CultureInfo.InvariantCulture);
}

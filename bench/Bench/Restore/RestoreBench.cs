using System.Globalization;
using ControlPlane.Bench.Download;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.Restore;

/// <summary>A real backup from a store to a prepared data directory: ours beside public programs in a pipeline, round by round.</summary>
internal static class RestoreBench
{
    private const double WantedRatio = 1.5;
    private const double MostMebibytes = 256;

    internal static async Task<int> RunAsync()
    {
        var stream = Workplace.Setting("BENCH_BACKUP");
        var rounds = Workplace.Number("BENCH_ROUNDS", 3);
        var mebibytes = new FileInfo(stream).Length / (double)(1 << 20);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"restore: a backup of {mebibytes:F0} MiB, {rounds} rounds; {Machine.Facts()}"));
        var (target, store) = DownloadBench.Open("shelf");
        var shelf = new Shelf(store, () => File.OpenRead(stream));
        await shelf.ClearAsync();
        try
        {
            foreach (var (codec, seals) in new[] { (Codec.Zstd, false), (Codec.Zstd, true), (Codec.None, false) })
                await shelf.StoreAsync(codec, seals);
            await File.WriteAllTextAsync(Path.Combine(Workplace.Setting("SHELF_FOLDER"), "list.xml"), await shelf.ListAsync());
            Restorer[] all =
            [
                Restorer.Ours(target, Codec.Zstd, seals: false), Restorer.Pipeline(target, Codec.Zstd), Restorer.Ours(target, Codec.Zstd, seals: true),
                Restorer.Ours(target, Codec.None, seals: false), Restorer.Pipeline(target, Codec.None),
            ];
            var runs = await MeasureAsync([.. all.Where(one => Workplace.Wants(one.Name))], rounds);
            Print(runs, mebibytes);
            if (Workplace.Wants("drill"))
                await DrillBench.RunAsync(target, rounds);
        }
        finally
        {
            await shelf.ClearAsync();
        }

        return 0;
    }

    /// <summary>An empty volume, with nothing left to be written from before.</summary>
    internal static async Task<string> FreshVolumeAsync()
    {
        var volume = Directory.CreateDirectory(Path.Combine(Workplace.Folder, "volume")).FullName;
        await using var syncing = Child.Start("sync", ["sync"]);
        await syncing.SucceedAsync();
        return volume;
    }

    private static async Task<Dictionary<Restorer, List<Restoration>>> MeasureAsync(IReadOnlyList<Restorer> all, int rounds)
    {
        var runs = all.ToDictionary(one => one, _ => new List<Restoration>());
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var one in all)
            {
                var volume = await FreshVolumeAsync();
                var run = await one.RunAsync(volume);
                runs[one].Add(run);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  round {round}: {one.Name} {run.Download:F1} + {run.Prepare:F1} s, {Machine.Load()}"));
                Directory.Delete(volume, recursive: true);
            }
        }

        return runs;
    }

    private static void Print(Dictionary<Restorer, List<Restoration>> runs, double mebibytes)
    {
        var table = new Table("from the store to prepared data", "s", "MiB/s", "of it download s", "prepare s", "then until lasting s", "CPU s/GiB", "peak MiB");
        foreach (var (one, samples) in runs)
        {
            table.Add(
                one.Name,
                Text("F1", Median(samples, run => run.Seconds)),
                Text("F0", mebibytes / Median(samples, run => run.Seconds)),
                Text("F1", Median(samples, run => run.Download)),
                Text("F1", Median(samples, run => run.Prepare)),
                Text("F1", Median(samples, run => run.Rest)),
                Text("F2", Median(samples, run => run.CpuSeconds) * 1024 / mebibytes),
                Text("F0", samples.Max(run => run.PeakMebibytes)));
        }

        table.Print();
        foreach (var (ours, samples) in runs.Where(entry => entry.Key.IsOurs))
        {
            var peak = samples.Max(run => run.PeakMebibytes);
            Say($"{ours.Name}: peak at most {MostMebibytes} MiB beside the tool's own", peak <= MostMebibytes, Text("F0", peak));
            foreach (var (peer, others) in runs.Where(entry => !entry.Key.IsOurs && ours.Name.Contains(nameof(Codec.Zstd), StringComparison.Ordinal) == entry.Key.Name.Contains("zstd", StringComparison.Ordinal)))
            {
                var ratio = Median(others, run => run.Seconds) / Median(samples, run => run.Seconds);
                Say($"{ours.Name}: at least {Text("F1", WantedRatio)} times {peer.Name}", ratio >= WantedRatio, $"{Text("F2", ratio)} times; the download alone {Text("F2", Median(others, run => run.Download) / Median(samples, run => run.Download))}");
            }
        }
    }

    private static double Median(List<Restoration> samples, Func<Restoration, double> figure) => Order.Median(samples.Select(figure));

    private static void Say(string goal, bool met, string measured) => Console.WriteLine($"- goal {(met ? "met" : "MISSED")}: {goal} ({measured})");

    private static string Text(string form, double value) => value.ToString(form, CultureInfo.InvariantCulture);
}

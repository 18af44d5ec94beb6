using System.Globalization;
using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Bench.Download;

/// <summary>The stream out of a store: ours beside what others have, round by round, from a server that only reads files, and from a real one.</summary>
internal static class DownloadBench
{
    // The gateway's store is small, and holds each stream twice.
    private const int MostInGateway = 1536;

    internal static async Task<int> RunAsync()
    {
        var mebibytes = Workplace.Number("BENCH_MIB", 4096);
        var rounds = Workplace.Number("BENCH_ROUNDS", 3);
        Console.WriteLine($"download: {mebibytes} MiB, {rounds} rounds; {Machine.Facts()}");
        foreach (var name in Workplace.Word("BENCH_TARGETS", "shelf shelf-tls gateway").Split(' '))
        {
            var (target, store) = Open(name);
            var length = target.Keeps ? Math.Min(mebibytes, MostInGateway) : mebibytes;
            var shelf = new Shelf(store, length);
            await shelf.ClearAsync();
            try
            {
                await RunAsync(target, shelf, length, rounds);
            }
            finally
            {
                await shelf.ClearAsync();
            }
        }

        return 0;
    }

    /// <summary>A target, and the store behind it.</summary>
    internal static (Target Target, IObjectStore Store) Open(string name)
    {
        if (name == "gateway")
        {
            var gateway = Target.Gateway;
            return (gateway, ObjectStores.OpenS3(new S3StoreSettings
            {
                Bucket = gateway.Bucket,
                Prefix = Target.Prefix.TrimEnd('/'),
                Region = gateway.Region,
                Endpoint = gateway.Endpoint,
                Credentials = new S3Credentials(gateway.AccessKey, new Secret(gateway.SecretKey)),
            }, TimeProvider.System).WithRetries(new RetrySettings(), TimeProvider.System));
        }

        var endpoint = name switch
        {
            "shelf" => "SHELF_ENDPOINT",
            "shelf-tls" => "SHELF_TLS_ENDPOINT",
            _ => throw new InvalidOperationException($"BENCH_TARGETS: \"{name}\" is none of shelf, shelf-tls and gateway."),
        };
        return (
            new Target(name == "shelf" ? "shelf" : "shelf over TLS", new Uri(Workplace.Setting(endpoint)), "shelf", "us-east-1", "bench", "bench"),
            ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = Workplace.Setting("SHELF_FOLDER"), Path = $"shelf/{Target.Prefix.TrimEnd('/')}" }));
    }

    private static async Task RunAsync(Target target, Shelf shelf, int mebibytes, int rounds)
    {
        await shelf.StoreAsync(Codec.None, seals: false);
        await shelf.StoreAsync(Codec.Zstd, seals: false);
        await shelf.StoreAsync(Codec.None, seals: true);
        if (!target.Keeps)
            await File.WriteAllTextAsync(Path.Combine(Workplace.Setting("SHELF_FOLDER"), "list.xml"), await shelf.ListAsync());
        Downloader[] all = [.. Downloader.Of(target).Where(downloader => Workplace.Wants(downloader.Name))];
        var samples = all.ToDictionary(downloader => downloader, _ => new List<Sample>());
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var downloader in all)
            {
                var sample = await downloader.RunAsync(mebibytes);
                samples[downloader].Add(sample);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {target.Name} round {round}: {downloader.Name} {sample.Seconds:F1} s, CPU {sample.CpuSeconds:F1} s, {Machine.Load()}"));
            }
        }

        Print(target, samples, mebibytes);
        Compare(samples);
    }

    private static void Print(Target target, Dictionary<Downloader, List<Sample>> samples, int mebibytes)
    {
        var table = new Table(string.Create(CultureInfo.InvariantCulture, $"out of the {target.Name}, {mebibytes} MiB"), "s", "MiB/s", "CPU s/GiB", "of which", "peak MiB");
        foreach (var (downloader, runs) in samples)
        {
            var parts = runs[0].Parts.Keys.ToList();
            table.Add(
                downloader.Name,
                Text("F1", Seconds(runs)),
                Text("F0", mebibytes / Seconds(runs)),
                Text("F2", Cpu(runs) * 1024 / mebibytes),
                string.Join(" + ", parts.Select(part => $"{part} {Text("F2", Order.Median(runs.Select(run => run.Parts[part].CpuSeconds)) * 1024 / mebibytes)}")),
                string.Join(" + ", parts.Select(part => Text("F0", runs.Max(run => run.Parts[part].PeakMebibytes)))));
        }

        table.Print();
    }

    private static void Compare(Dictionary<Downloader, List<Sample>> samples)
    {
        foreach (var (ours, runs) in samples.Where(entry => entry.Key.IsOurs))
        {
            foreach (var (peer, others) in samples.Where(entry => !ours.Seals && !entry.Key.IsOurs && entry.Key.Codec == ours.Codec))
            {
                Say($"{ours.Name} faster than {peer.Name}", Seconds(runs) < Seconds(others), $"{Text("F1", Seconds(runs))} against {Text("F1", Seconds(others))} s");
                Say($"{ours.Name} at less CPU than {peer.Name}", Cpu(runs) < Cpu(others), $"{Text("F1", Cpu(runs))} against {Text("F1", Cpu(others))} CPU s");
            }

            var peak = runs.Max(run => run.Parts["fetch"].PeakMebibytes);
            Say($"{ours.Name}: peak at most 256 MiB", peak <= 256, Text("F0", peak));
        }

        Console.WriteLine();
    }

    private static double Seconds(List<Sample> runs) => Order.Median(runs.Select(run => run.Seconds));

    private static double Cpu(List<Sample> runs) => Order.Median(runs.Select(run => run.CpuSeconds));

    private static void Say(string goal, bool met, string measured) => Console.WriteLine($"- goal {(met ? "met" : "MISSED")}: {goal} ({measured})");

    private static string Text(string form, double value) => value.ToString(form, CultureInfo.InvariantCulture);
}

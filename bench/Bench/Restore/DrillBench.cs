using System.Globalization;
using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.Restore;

/// <summary>A whole drill: the backup from the store, prepared, a real server on it, every table checked and its rows counted.</summary>
internal static class DrillBench
{
    internal static async Task RunAsync(Target target, int rounds)
    {
        var job = RunnerJob.Prepare(target, "drill", storage => RestoreOnly.Request(storage, Codec.Zstd, seals: false, new DrillRequest()));
        var runs = new List<(DrillSummary Summary, Cost Cost, double Seconds)>();
        for (var round = 1; round <= rounds; round++)
        {
            var volume = await RestoreBench.FreshVolumeAsync();
            var (report, cost, seconds) = await job.RunAsync(volume);
            runs.Add((report.Drill!, cost, seconds));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  round {round}: drill {seconds:F1} s, {Machine.Load()}"));
            Directory.Delete(volume, recursive: true);
        }

        var data = runs[0].Summary.BytesOfData / (double)(1 << 30);
        var table = new Table(string.Create(CultureInfo.InvariantCulture, $"a drill of {data:F2} GiB of data, {runs[0].Summary.Rows} rows"), "s", "s/GiB", "download s", "prepare s", "start s", "checks s", "runner CPU s/GiB", "runner peak MiB");
        table.Add(
            "all tables checked, rows counted",
            Median(run => run.Seconds),
            Median(run => run.Seconds / data, "F2"),
            Median(run => run.Summary.DownloadSeconds),
            Median(run => run.Summary.PrepareSeconds),
            Median(run => run.Summary.StartSeconds),
            Median(run => run.Summary.CheckSeconds),
            Median(run => run.Cost.CpuSeconds / data, "F2"),
            runs.Max(run => run.Cost.PeakMebibytes).ToString("F0", CultureInfo.InvariantCulture));
        table.Print();

        string Median(Func<(DrillSummary Summary, Cost Cost, double Seconds), double> figure, string form = "F1") => Order.Median(runs.Select(figure)).ToString(form, CultureInfo.InvariantCulture);
    }
}

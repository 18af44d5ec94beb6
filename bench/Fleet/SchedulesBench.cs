using System.Globalization;
using ControlPlane.Bench.Reporting;

namespace ControlPlane.Fleet;

/// <summary>
/// A fleet of clusters with three schedules each: what it costs to take in, to keep, and to begin anew with; and how late backups are asked for when many are due in the
/// same minute.
/// </summary>
internal static class SchedulesBench
{
    private const double GoalMebibytes = 1536;
    private const double GoalArmedSeconds = 60;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static async Task<int> RunAsync()
    {
        var clusters = Setting("FLEET_CLUSTERS", 100_000);
        Console.WriteLine($"schedules: {clusters} clusters with three schedules each; {Machine.Facts()}");
        var folder = Environment.GetEnvironmentVariable("BENCH_FOLDER") ?? throw new InvalidOperationException("Started by bench/run.sh.");
        await KeepAsync(folder, clusters);
        await BurstAsync(folder, Setting("FLEET_DUE", 10_000), silos: 1);
        await BurstAsync(folder, 1000, silos: 1);
        Console.WriteLine(Machine.Load());
        return 0;
    }

    private static async Task KeepAsync(string folder, int clusters)
    {
        var table = new Table($"{clusters} clusters, SQLite", "measured", "goal", "met");
        var place = Directory.CreateDirectory(Path.Combine(folder, "keep")).FullName;
        var soon = Math.Max(1, clusters / 100);
        await using (var first = await SiloProcess.StartAsync(0, place, []))
        {
            var empty = await first.NumbersAsync("collect");
            var seconds = (await first.NumbersAsync($"apply 0 {clusters}"))[0];
            await SettleAsync(first);
            table.Add("registered a second", Text(clusters / seconds), "", "");
            var full = await first.NumbersAsync("collect");
            table.Add("heap for a cluster that is active, KiB", Text((full[0] - empty[0]) * 1024 / clusters), "", "");
            table.Add("resident with all of them active, MiB", Text(first.ResidentMebibytes), Goal(GoalMebibytes), Met(first.ResidentMebibytes <= GoalMebibytes));
            var (before, cpu) = (await first.NumbersAsync("counts"), first.CpuSeconds);
            await Task.Delay(Minute, TimeProvider.System);
            var after = await first.NumbersAsync("counts");
            table.Add("state read and written in an idle minute", Text(after[0] - before[0] + after[1] - before[1]), "0", Met(after[0] + after[1] == before[0] + before[1]));
            table.Add("calls to Kubernetes in an idle minute", Text(after[2] - before[2]), "", "");
            table.Add("CPU in an idle minute, s", Text(first.CpuSeconds - cpu), "", "");
            await first.AskAsync($"due 0 {soon} {TimeProvider.System.GetUtcNow().AddMinutes(9):O}");
            await first.KillAsync();
        }

        var start = TimeProvider.System.GetTimestamp();
        await using var second = await SiloProcess.StartAsync(0, place, []);
        table.Add("started anew, ready after, s", Text(TimeProvider.System.GetElapsedTime(start).TotalSeconds), "", "");
        var armed = await ArmedAsync(second, start, soon);
        table.Add($"all reminders read, and the {soon} of the next ten minutes armed after, s", Text(armed), Goal(GoalArmedSeconds), Met(armed <= GoalArmedSeconds));
        table.Add("resident then, MiB", Text(second.ResidentMebibytes), Goal(GoalMebibytes), Met(second.ResidentMebibytes <= GoalMebibytes));
        table.Print();
    }

    // Orleans reads all rows of its range at once, and arms those that are due within ten minutes.
    private static async Task<double> ArmedAsync(SiloProcess silo, long start, int due)
    {
        while ((await silo.NumbersAsync("counts"))[3] < due)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task BurstAsync(string folder, int due, int silos)
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"burst-{due}-{silos}"))).FullName;
        await using var silo = await SiloProcess.StartAsync(0, place, []);
        await silo.AskAsync($"apply 0 {due}");
        await SettleAsync(silo);

        // Far enough for all of them to be told, and a whole minute.
        var now = TimeProvider.System.GetUtcNow();
        var when = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, now.Minute, 0, TimeSpan.Zero) + TimeSpan.FromMinutes(2 + Math.Ceiling(due / 30_000.0));
        await silo.AskAsync($"due 0 {due} {when:O}");
        for (var waited = TimeSpan.Zero; (await silo.NumbersAsync("counts"))[4] < due && waited < TimeSpan.FromMinutes(8); waited += TimeSpan.FromSeconds(1))
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var lateness = await silo.NumbersAsync("lateness");
        var table = new Table($"{due} clusters due in the same minute, {silos} silo, SQLite", "measured");
        table.Add("asked for", Text(lateness.Length));
        table.Add("late by, p50, s", Text(Order.Quantile(lateness, 0.5)));
        table.Add("late by, p99, s", Text(Order.Quantile(lateness, 0.99)));
        table.Add("until all were, s", Text(lateness.Max()));
        table.Print();
    }

    // Until nothing has been written for a while.
    private static async Task SettleAsync(SiloProcess silo)
    {
        for (var (before, still) = (-1.0, 0); still < 3;)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            var now = (await silo.NumbersAsync("counts")) is var counts ? counts[1] + counts[2] : 0;
            (before, still) = (now, now == before ? still + 1 : 0);
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static string Goal(double value) => string.Create(CultureInfo.InvariantCulture, $"<= {value}");

    private static string Met(bool met) => met ? "yes" : "no";

    private static string Text(double value) => value.ToString(value >= 100 ? "F0" : "F2", CultureInfo.InvariantCulture);
}

using System.Globalization;
using ControlPlane.Bench.Reporting;

namespace ControlPlane.Fleet;

/// <summary>
/// A fleet of clusters with three schedules each: what it costs to take in, to keep, and to begin anew with; and how late backups are asked for when many are due in the
/// same minute.
/// </summary>
internal static class SchedulesBench
{
    // As many as are all active at a time, for what one costs. Of more, a silo puts those away that were idle longest.
    private const int Sample = 20_000;

    private const double GoalArmedSeconds = 60;

    // Its cluster and its catalogue are woken, the Job is asked for, and looked for until it is given up.
    private const double MovesOfASweep = 12;

    private static readonly double GoalMebibytes = SiloProcess.MostMebibytes;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PutAway = TimeSpan.FromMinutes(17);

    public static async Task<int> RunAsync()
    {
        var clusters = Settings.Number("FLEET_CLUSTERS", 100_000);
        Console.WriteLine($"schedules: {clusters} clusters with three schedules each; {Machine.Facts()}");
        var folder = Environment.GetEnvironmentVariable("BENCH_FOLDER") ?? throw new InvalidOperationException("Started by bench/run.sh.");
        var due = Settings.Number("FLEET_DUE", 10_000);
        var databases = Environment.GetEnvironmentVariable("FLEET_DATABASES") ?? "SQLite PostgreSQL";
        if (databases.Contains("SQLite", StringComparison.OrdinalIgnoreCase))
        {
            await KeepAsync(Database.File(folder), clusters);
            await BurstAsync(Database.File(folder), 1000, silos: 1);
            await BurstAsync(Database.File(folder), due, silos: 1);
        }

        if (databases.Contains("PostgreSQL", StringComparison.OrdinalIgnoreCase) && await Database.SharedAsync(folder) is { } shared)
        {
            await KeepAsync(shared, clusters);
            await BurstAsync((await Database.SharedAsync(folder))!, 1000, silos: 1);
            await BurstAsync((await Database.SharedAsync(folder))!, due, silos: 1);
            await BurstAsync((await Database.SharedAsync(folder))!, due, silos: 3);
        }

        Console.WriteLine(Machine.Load());
        return 0;
    }

    private static async Task KeepAsync(Database database, int clusters)
    {
        var table = new Table($"{clusters} clusters, {database.Name}", "measured", "goal", "met");
        var soon = Math.Max(1, clusters / 100);
        await using (var first = await SiloProcess.StartAsync(0, database.Options))
        {
            var empty = await first.NumbersAsync("collect");
            var sample = Math.Min(Sample, clusters);
            var seconds = (await first.NumbersAsync($"apply 0 {sample}"))[0];
            await SettleAsync(first, sample);
            var active = await first.NumbersAsync("collect");
            seconds += (await first.NumbersAsync($"apply {sample} {clusters}"))[0];
            await SettleAsync(first, clusters);
            table.Add("registered a second", Text(clusters / seconds), "", "");
            table.Add("heap for a cluster that is active, KiB", Text((active[0] - empty[0]) * 1024 / sample), "", "");
            table.Add("resident once all were taken in, MiB", Text(first.ResidentMebibytes), Goal(GoalMebibytes), Met(first.ResidentMebibytes <= GoalMebibytes));

            // A cluster that was taken in is looked at once more within ten minutes, and put away after five idle ones.
            await Task.Delay(PutAway, TimeProvider.System);
            var idle = await first.NumbersAsync("collect");
            table.Add("heap for a cluster that is idle, KiB", Text((idle[0] - empty[0]) * 1024 / clusters), "", "");
            table.Add("resident with all of them idle, MiB", Text(first.ResidentMebibytes), Goal(GoalMebibytes), Met(first.ResidentMebibytes <= GoalMebibytes));
            table.Add("its peak until then, MiB", Text(first.PeakMebibytes), Goal(GoalMebibytes), Met(first.PeakMebibytes <= GoalMebibytes));
            var (before, cpu) = (await first.NumbersAsync("counts"), first.CpuSeconds);
            await Task.Delay(Minute, TimeProvider.System);
            var after = await first.NumbersAsync("counts");
            var (moved, sweeps) = (after[0] - before[0] + after[1] - before[1], after[5] - before[5]);
            table.Add("daily sweeps that began in an idle minute", Text(sweeps), "", "");
            table.Add("state read and written in it", Text(moved), "0 but for them", Met(moved <= MovesOfASweep * sweeps));
            table.Add("calls to Kubernetes in an idle minute", Text(after[2] - before[2]), "", "");
            table.Add("CPU in an idle minute, s", Text(first.CpuSeconds - cpu), "", "");
            await first.AskAsync($"due 0 {soon} {TimeProvider.System.GetUtcNow().AddMinutes(9):O}");
            await first.KillAsync();
        }

        var start = TimeProvider.System.GetTimestamp();
        await using var second = await SiloProcess.StartAsync(0, database.Options);
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

    private static async Task BurstAsync(Database database, int due, int silos)
    {
        var running = new List<SiloProcess>();
        try
        {
            for (var number = 0; number < silos; number++)
                running.Add(await SiloProcess.StartAsync(number, database.Options));
            await EachAsync(running, due, (silo, from, to) => silo.AskAsync($"apply {from} {to}"));
            foreach (var silo in running)
                await SettleAsync(silo, due);

            // A whole minute, far enough for all of them to be told.
            var now = TimeProvider.System.GetUtcNow();
            var when = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, now.Minute, 0, TimeSpan.Zero) + TimeSpan.FromMinutes(2 + Math.Ceiling(due / 30_000.0));
            await EachAsync(running, due, (silo, from, to) => silo.AskAsync($"due {from} {to} {when:O}"));
            var lateness = new List<double>();
            for (var waited = 0; lateness.Count < due && waited < 480; waited++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
                var asked = await Task.WhenAll(running.Select(silo => silo.NumbersAsync("lateness")));
                lateness = [.. asked.SelectMany(numbers => numbers)];
            }

            Print(database, due, silos, lateness);
        }
        finally
        {
            foreach (var silo in running)
                await silo.DisposeAsync();
        }
    }

    private static void Print(Database database, int due, int silos, List<double> lateness)
    {
        var goal = due <= 1000 ? 2 : silos > 1 ? 30 : double.NaN;
        var table = new Table($"{due} clusters due in the same minute, {silos} silo{(silos > 1 ? "s" : "")}, {database.Name}", "measured", "goal", "met");
        table.Add("asked for", Text(lateness.Count), Text(due), Met(lateness.Count == due));
        table.Add("late by, p50, s", Text(Order.Quantile(lateness, 0.5)), "", "");
        var late = Order.Quantile(lateness, 0.99);
        table.Add("late by, p99, s", Text(late), double.IsNaN(goal) ? "" : Goal(goal), double.IsNaN(goal) ? "" : Met(late <= goal));
        table.Add("until all were, s", Text(lateness.Max()), "", "");
        table.Print();
    }

    // Each silo takes in a share of the fleet.
    private static Task EachAsync(List<SiloProcess> silos, int clusters, Func<SiloProcess, int, int, Task> act) =>
        Task.WhenAll(silos.Select((silo, number) => act(silo, clusters * number / silos.Count, clusters * (number + 1) / silos.Count)));

    // Until nothing has been written for a while, but for the sweeps: each cluster has one a day, so that a large fleet is never quite still.
    internal static async Task SettleAsync(SiloProcess silo, int clusters)
    {
        var still = 2 + (MovesOfASweep * clusters / TimeSpan.FromDays(1).TotalSeconds);
        for (var (before, quiet) = (double.NegativeInfinity, 0); quiet < 3;)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            var now = (await silo.NumbersAsync("counts")) is var counts ? counts[1] + counts[2] : 0;
            (before, quiet) = (now, now - before <= still ? quiet + 1 : 0);
        }
    }

    private static string Goal(double value) => string.Create(CultureInfo.InvariantCulture, $"<= {value}");

    private static string Met(bool met) => met ? "yes" : "no";

    private static string Text(double value) => value.ToString(value >= 100 ? "F0" : "F2", CultureInfo.InvariantCulture);
}

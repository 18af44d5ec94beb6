using System.Globalization;
using ControlPlane.Bench.Reporting;

namespace ControlPlane.Fleet;

/// <summary>
/// What a budget costs: the same clusters due in the same minute on one silo, without a budget, with one that is never full, and with one of a few places. Counted to each
/// backup's Job, with what was written and how long the processor was at work until all had ended.
/// </summary>
internal static class BudgetsBench
{
    private const int Few = 8;
    private const int Plenty = 100_000;
    private const int MostSeconds = 600;

    public static async Task<int> RunAsync()
    {
        var due = Settings.Number("FLEET_DUE", 1000);
        Console.WriteLine($"budgets: {due} clusters due in the same minute, one silo, PostgreSQL; {Machine.Facts()}");
        var folder = Environment.GetEnvironmentVariable("BENCH_FOLDER") ?? throw new InvalidOperationException("Started by bench/run.sh.");
        var table = new Table($"{due} clusters due in the same minute", "asked for, p99, s", "its Job, p50, s", "its Job, p99, s", "all ended after, s", "writes each", "CPU each, ms");
        foreach (var (name, places) in new[] { ("no budget", 0), ("a budget that is never full", Plenty), ($"a budget of {Few} places", Few) })
        {
            var database = await Database.SharedAsync(folder) ?? throw new InvalidOperationException("It needs PostgreSQL.");
            table.Add([name, .. await RoundAsync(database, due, places)]);
        }

        table.Print();
        Console.WriteLine(Machine.Load());
        return 0;
    }

    private static async Task<IEnumerable<string>> RoundAsync(Database database, int due, int places)
    {
        await using var silo = await SiloProcess.StartAsync(0, database.Options);
        await silo.AskAsync(string.Create(CultureInfo.InvariantCulture, $"run {places}"));
        await silo.AskAsync($"apply 0 {due}");
        await SchedulesBench.SettleAsync(silo, due);
        var now = TimeProvider.System.GetUtcNow();
        var when = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, now.Minute, 0, TimeSpan.Zero) + TimeSpan.FromMinutes(3);
        await silo.AskAsync($"due 0 {due} {when:O}");
        await Task.Delay(when - TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(2), TimeProvider.System);
        var (counts, cpu) = (await silo.NumbersAsync("counts"), silo.CpuSeconds);
        var jobs = Array.Empty<double>();
        for (var waited = 0; jobs.Length < due && waited < MostSeconds; waited++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            jobs = await silo.NumbersAsync("jobs");
        }

        await SchedulesBench.SettleAsync(silo, due);
        if (jobs.Length < due)
            throw new InvalidOperationException($"{jobs.Length} of {due} had a Job.");
        var (after, asked) = (await silo.NumbersAsync("counts"), await silo.NumbersAsync("lateness"));
        return
        [
            Text(Order.Quantile(asked, 0.99)), Text(Order.Quantile(jobs, 0.5)), Text(Order.Quantile(jobs, 0.99)), Text(jobs.Max()),
            Text((after[1] - counts[1]) / due), Text((silo.CpuSeconds - cpu) * 1000 / due),
        ];
    }

    private static string Text(double value) => value.ToString(value >= 100 ? "F0" : "F2", CultureInfo.InvariantCulture);
}

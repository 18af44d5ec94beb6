using System.Globalization;
using ControlPlane.Bench.Reporting;

namespace ControlPlane.Fleet;

/// <summary>A million backups that have ended: what they take while nobody asks for them, and how long it takes to read the newest of a cluster and to plan.</summary>
internal static class CatalogueBench
{
    private const int Backups = 5000;
    private const int Samples = 40;
    private const double GoalMilliseconds = 50;

    public static async Task<int> RunAsync()
    {
        var clusters = int.TryParse(Environment.GetEnvironmentVariable("FLEET_CATALOGUES"), CultureInfo.InvariantCulture, out var wanted) ? wanted : 200;
        Console.WriteLine($"catalogue: {clusters} clusters with {Backups} backups each; {Machine.Facts()}");
        var folder = Environment.GetEnvironmentVariable("BENCH_FOLDER") ?? throw new InvalidOperationException("Started by bench/run.sh.");
        await OnAsync(Database.File(folder), clusters);
        if (await Database.SharedAsync(folder) is { } shared)
            await OnAsync(shared, clusters);
        Console.WriteLine(Machine.Load());
        return 0;
    }

    private static async Task OnAsync(Database database, int clusters)
    {
        var table = new Table($"{clusters * Backups} backups in the catalogue, {database.Name}", "measured", "goal", "met");
        double empty;
        await using (var first = await SiloProcess.StartAsync(0, database.Options))
        {
            empty = (await first.NumbersAsync("collect"))[0];
            await first.AskAsync($"fill 0 {clusters} {Backups}");
        }

        await using var second = await SiloProcess.StartAsync(0, database.Options);
        var full = (await second.NumbersAsync("collect"))[0];
        table.Add("heap of a silo that was started on them, more than on none, MiB", Text(full - empty), "0", Met(full - empty < 1));
        var newest = await SampledAsync(second, clusters, "newest {0} 50", answer => answer[1] == 50);
        table.Add("the newest 50 of a cluster, read from the database, median, ms", Text(newest.Median), Goal, Met(newest.Median <= GoalMilliseconds));
        table.Add("the same, worst, ms", Text(newest.Worst), "", "");
        var plan = await SampledAsync(second, clusters, "plan {0}", answer => answer[1] is > 0 and < Backups);
        table.Add($"a retention plan of {Backups}, median, ms", Text(plan.Median), Goal, Met(plan.Median <= GoalMilliseconds));
        table.Add("the same, worst, ms", Text(plan.Worst), "", "");
        table.Print();
    }

    // The first ones compile; each is another cluster's, so that nothing has been read before.
    private static async Task<(double Median, double Worst)> SampledAsync(SiloProcess silo, int clusters, string line, Func<double[], bool> isRight)
    {
        var milliseconds = new List<double>();
        for (var sample = 0; sample < Samples; sample++)
        {
            var answer = await silo.NumbersAsync(string.Format(CultureInfo.InvariantCulture, line, sample * clusters / Samples));
            if (!isRight(answer))
                throw new InvalidOperationException($"'{line}' was answered by {string.Join(' ', answer)}.");
            if (sample >= Samples / 4)
                milliseconds.Add(answer[0] * 1000);
        }

        milliseconds.Sort();
        return (milliseconds[milliseconds.Count / 2], milliseconds[^1]);
    }

    private static string Goal => string.Create(CultureInfo.InvariantCulture, $"<= {GoalMilliseconds}");

    private static string Met(bool met) => met ? "yes" : "no";

    private static string Text(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
}

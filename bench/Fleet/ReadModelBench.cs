using System.Globalization;
using System.Text.Json;
using ControlPlane.Bench.Reporting;

namespace ControlPlane.Fleet;

/// <summary>The read model of a fleet: how fast it is written, what it takes, and how long lists, filters and totals take over HTTP while no grain is woken.</summary>
internal static class ReadModelBench
{
    private const int Samples = 200;
    private const int Port = 37101;

    private static readonly int Clusters = Settings.Number("FLEET_CLUSTERS", 100_000);
    private static readonly int Backups = Settings.Number("FLEET_BACKUPS", 100);

    private static readonly (string What, string Path, bool Walks)[] Questions =
    [
        ("clusters, pages of 100, one after another", "clusters?limit=100", true),
        ("clusters that miss an objective, the oldest recovery point first", "clusters?missed=any&sort=recoveryPoint&limit=100", true),
        ("clusters with a text in their name", "clusters?text=77&limit=100", true),
        ("backups, pages of 100, newest first", "backups?limit=100", true),
        ("backups that failed", "backups?phase=Failed&limit=100", true),
        ("backups of a cluster", "backups?cluster=c{0}&limit=100", false),
        ("backups of a storage that failed, older than 30 days", "backups?storage=s3-3&phase=Failed&olderThan=30d&limit=100", true),
        ("backups with a text that none has", "backups?text=needle&limit=100", true),
        ("the unprotected", "unprotected?limit=100", true),
        ("totals", "totals", false),
        ("totals of a member", "totals?member=m{0}", false),
    ];

    public static async Task<int> RunAsync()
    {
        Console.WriteLine($"readmodel: {Clusters} clusters with {Backups} backups each in 20 members; {Machine.Facts()}");
        var folder = Environment.GetEnvironmentVariable("BENCH_FOLDER") ?? throw new InvalidOperationException("Started by bench/run.sh.");
        var databases = (Environment.GetEnvironmentVariable("FLEET_DATABASES") ?? "SQLite PostgreSQL").Split(' ');
        var met = true;
        if (databases.Contains("SQLite"))
            met &= await OnAsync(Database.File(folder));
        if (databases.Contains("PostgreSQL") && await Database.SharedAsync(folder) is { } shared)
            met &= await OnAsync(shared);
        Console.WriteLine(Machine.Load());
        return met ? 0 : 1;
    }

    private static async Task<bool> OnAsync(Database database)
    {
        var table = new Table($"read model, {database.Name}", "median", "p99", "worst");
        await using var silo = await SiloProcess.StartAsync(0, database.Options);
        var clusters = (await silo.NumbersAsync($"view-clusters {Clusters}"))[0];
        double backups = 0;
        for (var from = 0; from < Clusters; from += 5000)
            backups += (await silo.NumbersAsync($"view-backups {from} {Math.Min(Clusters, from + 5000)} {Backups}"))[0];
        table.Add($"written: {Clusters} clusters, rows a second", Text(Clusters / clusters, 0), "", "");
        table.Add($"written: {(long)Clusters * Backups} backups, rows a second", Text((double)Clusters * Backups / backups, 0), "", "");
        table.Add("database, MiB", Text((await silo.NumbersAsync("view-size"))[0] / (1 << 20), 0), "", "");
        var again = (await silo.NumbersAsync($"view-backups 0 {Math.Min(Clusters, 1000)} {Backups}"))[0];
        table.Add("written again, rows a second", Text((double)Math.Min(Clusters, 1000) * Backups / again, 0), "", "");
        var before = await silo.NumbersAsync("woken");
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{Port}/fleet/"), Timeout = TimeSpan.FromMinutes(2) };
        foreach (var (what, path, walks) in Questions)
            await MeasureAsync(client, table, what, path, walks);
        var woken = (await silo.NumbersAsync("woken")).Zip(before, (after, earlier) => after - earlier).ToArray();
        table.Add("grains that were woken meanwhile", Text(woken[0], 0), "", "");
        table.Add("grain states that were read meanwhile", Text(woken[1], 0), "", "");
        table.Add("resident memory of the silo, MiB", Text(silo.ResidentMebibytes, 0), "", "");
        table.Print();
        return woken.All(count => count == 0);
    }

    private static async Task MeasureAsync(HttpClient client, Table table, string what, string path, bool walks)
    {
        var (milliseconds, next) = (new List<double>(), "");
        for (var sample = -5; sample < Samples; sample++)
        {
            var start = TimeProvider.System.GetTimestamp();
            var asked = string.Format(CultureInfo.InvariantCulture, path, Math.Abs(sample) * 7919 % (path.StartsWith("totals", StringComparison.Ordinal) ? 20 : Clusters));
            using var answer = await client.GetAsync(new Uri(asked + next, UriKind.Relative));
            var body = await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            if (sample >= 0)
                milliseconds.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            if (!walks)
                continue;
            using var page = JsonDocument.Parse(body);
            next = page.RootElement.TryGetProperty("next", out var token) ? $"&after={token.GetString()}" : "";
        }

        table.Add($"{what}, ms", Text(Order.Median(milliseconds), 1), Text(Order.Quantile(milliseconds, 0.99), 1), Text(milliseconds.Max(), 1));
    }

    private static string Text(double value, int digits) => value.ToString(FormattableString.Invariant($"F{digits}"), CultureInfo.InvariantCulture);
}

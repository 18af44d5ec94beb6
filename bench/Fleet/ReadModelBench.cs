using System.Globalization;
using System.Text.Json;
using ControlPlane.Bench.Reporting;

namespace ControlPlane.Fleet;

/// <summary>The read model of a fleet: how fast it is written and written anew, what it takes, and how long lists, filters and totals take over HTTP while no grain is woken.</summary>
internal static class ReadModelBench
{
    private const int Samples = 60;
    private const int Port = 37101;
    private const double GoalMilliseconds = 100;

    private static readonly int Clusters = Settings.Number("FLEET_CLUSTERS", 100_000);
    private static readonly int Backups = Settings.Number("FLEET_BACKUPS", 10);

    // Ten million backups take their time by the writer.
    private static readonly bool Loaded = Settings.Number("FLEET_LOADED", 0) > 0;

    // {0} is a cluster's number, {1} a member's, {2} a namespace's. Where there is a page after it, that is asked for next.
    private static readonly string[] Questions =
    [
        "clusters", "clusters?sort=recoveryPoint", "clusters?missed=any&sort=recoveryPoint", "clusters?missed=any", "clusters?phase=NotReady", "clusters?storage=s3-3", "clusters?policy=gold",
        "clusters?covered=false", "clusters?olderThan=24h", "clusters?member=m{1}", "clusters?namespace=team-{2}", "clusters?text=77", "clusters?text=needle",
        "backups", "backups?phase=Failed", "backups?phase=Succeeded", "backups?cluster=c{0}", "backups?namespace=team-{2}", "backups?member=m{1}", "backups?storage=s3-3",
        "backups?storage=s3-3&phase=Failed&olderThan=5d", "backups?newerThan=24h", "backups?schedule=nightly", "backups?verified=Passed", "backups?unusual=true", "backups?text=77", "backups?text=needle",
        "unprotected", "unprotected?reason=NoSchedule", "unprotected?text=needle", "restores", "drills?phase=Failed", "drills?cluster=c{0}", "totals", "totals?member=m{1}",
    ];

    public static async Task<int> RunAsync()
    {
        Console.WriteLine($"readmodel: {Clusters} clusters with {Backups} backups each in {FleetRows.Members} members; {Machine.Facts()}");
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
        await using var silo = await SiloProcess.StartAsync(0, database.Options);
        await WriteAsync(silo, database.Name);
        var table = new Table($"a page of 100, {database.Name}", "median, ms", "worst, ms", "goal, median", "met");
        var before = await silo.NumbersAsync("woken");
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{Port}/fleet/"), Timeout = TimeSpan.FromMinutes(2) };
        var met = true;
        foreach (var question in Questions)
            met &= await MeasureAsync(client, table, question);
        table.Print();
        var woken = (await silo.NumbersAsync("woken")).Zip(before, (after, earlier) => after - earlier).ToArray();
        var rest = new Table($"meanwhile, {database.Name}", "measured", "goal", "met");
        rest.Add("grains that were woken", Text(woken[0], 0), "0", Met(woken[0] == 0));
        rest.Add("grain states that were read", Text(woken[1], 0), "0", Met(woken[1] == 0));
        rest.Add("members whose age the totals say", Text(await AgesAsync(client), 0), Text(FleetRows.Members, 0), "");
        rest.Add("resident memory of the silo, MiB", Text(silo.ResidentMebibytes, 0), "", "");
        rest.Add("its peak, the writing included, MiB", Text(silo.PeakMebibytes, 0), $"<= {SiloProcess.MostMebibytes}", Met(silo.PeakMebibytes <= SiloProcess.MostMebibytes));
        rest.Print();
        return met && woken.All(count => count == 0);
    }

    // First into an empty read model, as after the loss of it; then the same again, as a silo does that takes over all members.
    private static async Task WriteAsync(SiloProcess silo, string database)
    {
        var table = new Table($"written, {database}", "rows", "s", "rows a second");
        var backups = $"view-backups {{0}} {Clusters} {Backups}";
        await ListsAsync("clusters, into an empty read model", $"view-clusters {{0}} {Clusters}", FleetRows.Members);
        await ListsAsync("drills, likewise", $"view-tasks {{0}} {Clusters}", FleetRows.Members);
        if (Loaded)
        {
            var rows = (long)Clusters * Backups * (FleetRows.Members - 1) / FleetRows.Members;
            Add("backups of all members but one, past the writer, indexes made afterwards", rows, (await silo.NumbersAsync($"load-backups {Clusters} {Backups}"))[0]);
            await ListsAsync("backups of that one, beside them", backups, 1);
        }
        else
        {
            await ListsAsync("backups, likewise", backups, FleetRows.Members);
        }

        await ListsAsync("all backups again, as after a takeover", backups, FleetRows.Members);
        table.Add("database, MiB", Text((await silo.NumbersAsync("view-size"))[0] / (1 << 20), 0), "", "");
        table.Print();

        async Task ListsAsync(string what, string order, int members)
        {
            var (seconds, rows) = (0.0, 0.0);
            for (var member = 0; member < members; member++)
            {
                var written = await silo.NumbersAsync(string.Format(CultureInfo.InvariantCulture, order, member));
                (seconds, rows) = (seconds + written[0], rows + written[1]);
            }

            Add(what, rows, seconds);
        }

        void Add(string what, double rows, double seconds) => table.Add(what, Text(rows, 0), Text(seconds, 1), Text(rows / seconds, 0));
    }

    private static async Task<bool> MeasureAsync(HttpClient client, Table table, string question)
    {
        var (milliseconds, next) = (new List<double>(), "");
        for (var sample = -5; sample < Samples; sample++)
        {
            var number = Math.Abs(sample) * 7919 % Clusters;
            var asked = string.Format(CultureInfo.InvariantCulture, question, number, number % FleetRows.Members, number % 997);
            var start = TimeProvider.System.GetTimestamp();
            using var answer = await client.GetAsync(new Uri(asked + next, UriKind.Relative));
            var body = await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            if (sample >= 0)
                milliseconds.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            if (question.Contains('{', StringComparison.Ordinal))
                continue;
            using var page = JsonDocument.Parse(body);
            next = page.RootElement.TryGetProperty("next", out var token) ? $"{(question.Contains('?', StringComparison.Ordinal) ? '&' : '?')}after={token.GetString()}" : "";
        }

        var median = Order.Median(milliseconds);
        table.Add(question, Text(median, 1), Text(milliseconds.Max(), 1), $"<= {GoalMilliseconds:F0}", Met(median <= GoalMilliseconds));
        return median <= GoalMilliseconds;
    }

    private static async Task<int> AgesAsync(HttpClient client)
    {
        using var totals = JsonDocument.Parse(await client.GetByteArrayAsync(new Uri("totals", UriKind.Relative)));
        return totals.RootElement.GetProperty("asOf").EnumerateArray().Count(age => age.TryGetProperty("ageSeconds", out _));
    }

    private static string Met(bool met) => met ? "yes" : "no";

    private static string Text(double value, int digits) => value.ToString(FormattableString.Invariant($"F{digits}"), CultureInfo.InvariantCulture);
}

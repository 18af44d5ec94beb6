using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;

namespace ControlPlane.Bench.Plane;

/// <summary>
/// From the request that makes a MySQLBackup to the moment that a watch shows its Job, one after another, on a cluster with the plane
/// installed. Each backup is cancelled once its Job was seen, and the next one is made when that has ended: a cluster takes one at a time, and
/// the wait for another is not what is measured here.
/// </summary>
internal static class LatencyBench
{
    private const double GoalMedian = 300;
    private const double GoalWorst = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Namespace = Workplace.Word("BENCH_NAMESPACE", "shop");
    private static readonly string Backups = $"/apis/backup.controlplane/v1/namespaces/{Namespace}/mysqlbackups";
    private static readonly string Jobs = $"/apis/batch/v1/namespaces/{Namespace}/jobs";

    // The moment a Job of each name was first seen.
    private static readonly ConcurrentDictionary<string, long> Seen = new();

    internal static async Task<int> RunAsync()
    {
        var count = Workplace.Number("BENCH_SAMPLES", 60);
        Console.WriteLine($"latency: {count} samples; {Machine.Facts()}");
        using var server = new ApiServer(Workplace.Setting("KUBECONFIG"));
        var list = await server.ListAsync(Jobs);
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(server, (string)list["metadata"]!["resourceVersion"]!, stop.Token);
        var milliseconds = new List<double>();
        for (var sample = 0; sample <= count; sample++)
        {
            var taken = await SampleAsync(server, string.Create(CultureInfo.InvariantCulture, $"bench-{Environment.ProcessId}-{sample}"));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {sample}: {taken:F1} ms, {Machine.Load()}"));

            // The first one also opens this program's connection and compiles its code.
            if (sample > 0)
                milliseconds.Add(taken);
        }

        await stop.CancelAsync();
        await watching;
        Print(milliseconds);
        return 0;
    }

    private static async Task<double> SampleAsync(ApiServer server, string name)
    {
        var start = TimeProvider.System.GetTimestamp();
        await server.CreateAsync(Backups, new JsonObject
        {
            ["apiVersion"] = "backup.controlplane/v1",
            ["kind"] = "MySQLBackup",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["clusterName"] = Workplace.Word("BENCH_CLUSTER", "orders"),
                ["storageName"] = Workplace.Word("BENCH_STORAGE", "s3-main"),
                ["type"] = "full",
            },
        });
        try
        {
            await UntilAsync(() => Task.FromResult(JobsOf(name).Any()), "its Job");
            return TimeProvider.System.GetElapsedTime(start, JobsOf(name).Min(job => Seen[job])).TotalMilliseconds;
        }
        finally
        {
            await server.MergeAsync($"{Backups}/{name}", new JsonObject { ["spec"] = new JsonObject { ["cancelled"] = true } });
            await UntilAsync(async () => (string?)(await server.FindAsync($"{Backups}/{name}"))?["status"]?["phase"] is "Cancelled" or "Succeeded" or "Failed", "its end");
            await server.DeleteAsync($"{Backups}/{name}");
            await UntilAsync(async () => await server.FindAsync($"{Backups}/{name}") is null, "its deletion");
        }
    }

    private static async Task WatchAsync(ApiServer server, string version, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (at, job) in server.WatchAsync(Jobs, version, cancellationToken))
            {
                Seen.TryAdd((string)job["metadata"]!["name"]!, at);
            }
        }
        catch (OperationCanceledException)
        {
            // All samples were taken.
        }
    }

    private static IEnumerable<string> JobsOf(string backup) => Seen.Keys.Where(job => job.Contains($"-{backup}-", StringComparison.Ordinal));

    private static async Task UntilAsync(Func<Task<bool>> done, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await done())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                throw new InvalidOperationException($"Waited {Patience} in vain for {what}; kubectl -n {Namespace} describe mysqlbackups tells why.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    private static void Print(List<double> samples)
    {
        var (median, worst) = (Order.Median(samples), Order.Quantile(samples, 0.99));
        var table = new Table("from the backup's creation to its Job's, ms", "measured", "goal", "met");
        table.Add("median", Text(median), $"<= {GoalMedian}", median <= GoalMedian ? "yes" : "no");
        table.Add("p99", Text(worst), $"<= {GoalWorst}", worst <= GoalWorst ? "yes" : "no");
        table.Add("fastest, slowest", $"{Text(samples.Min())}, {Text(samples.Max())}", "", "");
        table.Print();
        Console.WriteLine(Machine.Load());
    }

    private static string Text(double value) => value.ToString("F0", CultureInfo.InvariantCulture);
}

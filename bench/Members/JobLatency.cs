using System.Collections.Concurrent;
using System.Globalization;
using ControlPlane.Bench.Plane;

namespace ControlPlane.Members;

/// <summary>
/// From the request that makes a MySQLBackup to the moment that a watch shows its Job, each of another cluster, since a cluster takes one at a time and
/// nothing runs the Jobs here.
/// </summary>
internal sealed class JobLatency(ApiServer server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // The moment a Job of each backup was first seen, by its name.
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> seen = new();

    /// <summary>Milliseconds of so many backups, begun one after another with pauses between; the first three are not counted, for they warm up.</summary>
    public async Task<List<double>> SampleAsync(int count, int clusters)
    {
        const string jobs = "/apis/batch/v1/jobs";
        if (count + 3 > clusters)
            throw new InvalidOperationException($"{count} samples need {count + 3} clusters in the real member, and there are {clusters}.");
        var version = (string)(await server.ListAsync(jobs))["metadata"]!["resourceVersion"]!;
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(jobs, version, stop.Token);
        var milliseconds = new List<double>();
        for (var sample = -3; sample < count; sample++)
        {
            var (space, cluster) = StandInMember.Place(sample + 3);
            var name = string.Create(CultureInfo.InvariantCulture, $"sample-{sample + 3}");
            var taken = await TakeAsync(space, cluster, name);
            if (sample >= 0)
                milliseconds.Add(taken);
            await Task.Delay(TimeSpan.FromMilliseconds(100 + Random.Shared.Next(200)), TimeProvider.System);
        }
        await stop.CancelAsync();
        await watching;
        return milliseconds;
    }

    private async Task<double> TakeAsync(string space, string cluster, string name)
    {
        var start = TimeProvider.System.GetTimestamp();
        await server.CreateAsync($"/apis/backup.controlplane/v1/namespaces/{space}/mysqlbackups", ClusterDocuments.Backup(space, cluster, name));
        var at = await Of(name).Task.WaitAsync(Patience, TimeProvider.System);
        return TimeProvider.System.GetElapsedTime(start, at).TotalMilliseconds;
    }

    private async Task WatchAsync(string jobs, string version, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (at, job) in server.WatchAsync(jobs, version, cancellationToken))
            {
                if ((string?)job["metadata"]!["labels"]?["backup.controlplane/backup"] is { } backup)
                    Of(backup).TrySetResult(at);
            }
        }
        catch (OperationCanceledException)
        {
            // All samples were taken.
        }
    }

    private TaskCompletionSource<long> Of(string backup) => seen.GetOrAdd(backup, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}

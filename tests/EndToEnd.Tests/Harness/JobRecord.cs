using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// An API server's own record of the Jobs of backups and their Pods: a watch from before the first. The members of this machine share one etcd, whose revisions order
/// whatever happened in any of them.
/// </summary>
internal sealed class JobRecord : IAsyncDisposable
{
    private const string Selector = "labelSelector=backup.controlplane/operation%3Dbackup";

    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, JobRun> runs = [];
    private readonly string member;
    private readonly Cluster cluster;
    private Task following = Task.CompletedTask;

    private JobRecord(string member, Cluster cluster) => (this.member, this.cluster) = (member, cluster);

    /// <summary>Every Job that ever was since the record began.</summary>
    internal IReadOnlyList<JobRun> Runs => [.. runs.Values];

    internal static async Task<JobRecord> BeginAsync(string member, Cluster cluster)
    {
        var record = new JobRecord(member, cluster);
        var (jobs, pods) = ($"apis/batch/v1/jobs?{Selector}", $"api/v1/pods?{Selector}");
        var (since, sincePods) = (await VersionAsync(cluster, jobs), await VersionAsync(cluster, pods));
        record.following = Task.WhenAll(record.FollowAsync(jobs, since, record.TakeJob), record.FollowAsync(pods, sincePods, record.TakePod));
        return record;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await following;
        stop.Dispose();
    }

    private static async Task<string> VersionAsync(Cluster cluster, string path) => (string)(await cluster.GetAsync(path))!["metadata"]!["resourceVersion"]!;

    private async Task FollowAsync(string path, string version, Action<JsonNode, long, bool> take)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in cluster.WatchAsync($"{path}&watch=1&allowWatchBookmarks=true&resourceVersion={version}", stop.Token))
                {
                    version = (string)change["object"]!["metadata"]!["resourceVersion"]!;
                    if ((string?)change["type"] != "BOOKMARK")
                        take(change["object"]!, long.Parse(version, CultureInfo.InvariantCulture), (string?)change["type"] == "DELETED");
                }
            }
            catch (Exception ended) when (ended is IOException or HttpRequestException or OperationCanceledException)
            {
                // It goes on from where it was; what the server has forgotten since fails the reading above.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }

    private void TakeJob(JsonNode job, long version, bool deleted)
    {
        var metadata = job["metadata"]!;
        var run = Of(metadata);
        if (run.Created == 0)
            (run.Created, run.CreatedAt) = (version, Time(metadata["creationTimestamp"]));
        if (deleted || job["status"]?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] is "Complete" or "Failed" && (string?)condition["status"] == "True") == true)
            End(run, version);
    }

    // The Job follows its Pod: nothing runs any more once the Pod has ended.
    private void TakePod(JsonNode pod, long version, bool deleted)
    {
        if (deleted || (string?)pod["status"]?["phase"] is "Succeeded" or "Failed"
            || pod["status"]?["containerStatuses"]?.AsArray().Any(container => (string?)container!["name"] == "runner" && container["state"]?["terminated"] is not null) == true)
            End(Of(pod["metadata"]!), version);
    }

    private static void End(JobRun run, long version)
    {
        lock (run)
        {
            if (run.Ended < version)
                return;
            (run.Ended, run.EndedAt) = (version, TimeProvider.System.GetUtcNow());
        }
    }

    private JobRun Of(JsonNode metadata)
    {
        var labels = metadata["labels"]!;
        var (uid, attempt) = ((string)labels["backup.controlplane/uid"]!, (string)labels["backup.controlplane/attempt"]!);
        return runs.GetOrAdd($"{uid}/{attempt}", _ => new() { Member = member, Backup = uid, Attempt = attempt });
    }

    private static DateTimeOffset Time(JsonNode? text) => DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}

/// <summary>One Job, from its creation until it or its Pod has ended, whichever comes first; in revisions of etcd.</summary>
internal sealed class JobRun
{
    internal required string Member { get; init; }

    /// <summary>The UID of its backup.</summary>
    internal required string Backup { get; init; }

    internal required string Attempt { get; init; }

    internal long Created { get; set; }

    internal DateTimeOffset CreatedAt { get; set; }

    internal long Ended { get; set; } = long.MaxValue;

    internal DateTimeOffset EndedAt { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>The most of them that were there at once.</summary>
    internal static int MostAtOnce(IEnumerable<JobRun> runs)
    {
        var (now, most) = (0, 0);
        foreach (var step in runs.SelectMany(run => new[] { (At: run.Created, Step: 1), (At: run.Ended, Step: -1) }).OrderBy(step => step.At).Select(step => step.Step))
            most = Math.Max(most, now += step);
        return most;
    }
}

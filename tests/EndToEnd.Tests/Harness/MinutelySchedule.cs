using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A schedule of every minute, and all that came of it.</summary>
internal sealed class MinutelySchedule
{
    private const string Jobs = "backup.controlplane/operation=backup";

    private readonly Shop shop;
    private readonly string name;
    private readonly int? keep;
    private readonly Dictionary<string, string> seen = [];
    private readonly Dictionary<string, TimeSpan> lateness = [];

    private MinutelySchedule(Shop shop, string name, int? keep) => (this.shop, this.name, this.keep) = (shop, name, keep);

    /// <summary>When it was due for the first time.</summary>
    internal DateTimeOffset First { get; private set; }

    /// <summary>The backups that were ever seen, with the phase that each was last seen in.</summary>
    internal IReadOnlyDictionary<string, string> Seen => seen;

    /// <summary>By how much the one was late that was latest to be asked for.</summary>
    internal TimeSpan Latest => lateness.Values.Max();

    internal static async Task<MinutelySchedule> BeginAsync(Shop shop, string name, int? keep = null)
    {
        var schedule = new MinutelySchedule(shop, name, keep);
        await schedule.ApplyAsync(suspended: false);
        schedule.First = Time((await Wait.UntilAsync("the first due time", TimeSpan.FromSeconds(20), schedule.StatusAsync, status => status?["nextDue"] is not null))!["nextDue"]);
        return schedule;
    }

    /// <summary>The backups that there are now; of which at most one may run.</summary>
    internal async Task<IReadOnlyList<JsonNode>> LookAsync()
    {
        var running = await shop.Cluster.ListAsync($"apis/batch/v1/namespaces/{shop.Namespace}/jobs?labelSelector={Jobs}");
        Assert.InRange(running.Count(job => (int?)job["status"]?["active"] > 0), 0, 1);
        var backups = await shop.Cluster.ListAsync($"apis/backup.controlplane/v1/namespaces/{shop.Namespace}/mysqlbackups?labelSelector=backup.controlplane/schedule={name}");
        foreach (var backup in backups)
        {
            var metadata = backup["metadata"]!;
            seen[(string)metadata["name"]!] = (string?)backup["status"]?["phase"] ?? "";
            lateness[(string)metadata["name"]!] = Time(metadata["creationTimestamp"]) - Time(metadata["annotations"]!["backup.controlplane/due"]);
        }

        return backups;
    }

    /// <summary>Until a due time at or after this one was judged; no other follows then.</summary>
    internal async Task SuspendAfterAsync(DateTimeOffset time)
    {
        if (time - TimeProvider.System.GetUtcNow() is var left && left > TimeSpan.Zero)
            await Wait.ForAsync(left);
        await Wait.UntilAsync($"a due time after {time:T}", TimeSpan.FromMinutes(3), StatusAsync, status => status is not null && Time(status["lastDue"]) >= time);
        await ApplyAsync(suspended: true);
        await Wait.UntilAsync("the end of the schedule", TimeSpan.FromMinutes(1), StatusAsync, status => status is not null && status["nextDue"] is null);
    }

    /// <summary>Each due time so far had its backup or was counted as missed; how many were missed.</summary>
    internal async Task<(int Due, int Missed)> AccountAsync()
    {
        var status = (await StatusAsync())!;
        var due = (int)((Time(status["lastDue"]) - First) / TimeSpan.FromMinutes(1)) + 1;
        var missed = (int?)status["missed"] ?? 0;
        Assert.True(due == seen.Count + missed, $"{due} due times, {seen.Count} backups ({string.Join(", ", seen.Keys)}), {missed} missed: {status}");
        return (due, missed);
    }

    /// <summary>Until all that was asked for has ended well, each by one Job and one attempt.</summary>
    internal async Task EndWellAsync()
    {
        await Wait.UntilAsync(
            "the end of all backups", TimeSpan.FromMinutes(2), LookAsync, backups => backups.All(backup => new BackupView(backup).IsFinal),
            async _ => await Story.OfAsync(shop.Cluster, shop.Namespace, ""));
        foreach (var backup in (await LookAsync()).Select(backup => new BackupView(backup)))
        {
            Assert.True(backup.Phase == "Succeeded" && backup.Attempts.Count == 1, $"{backup.Name}: {backup}");
            Assert.Single(await shop.JobsAsync(backup.Uid), job => (string?)job["metadata"]!["labels"]!["backup.controlplane/operation"] == "backup");
        }
    }

    /// <summary>Takes the schedule away, and its backups with their data.</summary>
    internal async Task RemoveAsync()
    {
        await shop.ChangeAsync(new { backup = new { schedule = Array.Empty<object>() } });
        await shop.Cluster.TryKubectlAsync("--namespace", shop.Namespace, "delete", "mysqlbackups", "--selector", $"backup.controlplane/schedule={name}", "--timeout=120s");
    }

    internal async Task<JsonNode?> StatusAsync() => (await shop.ResourceAsync())["status"]?["schedules"]?[0];

    private Task ApplyAsync(bool suspended) =>
        shop.ChangeAsync(new { backup = new { schedule = new[] { new { name, schedule = "* * * * *", storageName = "s3-main", keep, suspended } } } });

    private static DateTimeOffset Time(JsonNode? text) => text is null ? default : DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}

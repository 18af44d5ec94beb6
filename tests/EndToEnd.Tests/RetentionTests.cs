using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Rules that let backups go: the plan that an owner sees, the hold that keeps one of them, and the Job that removes. The plane lets an hour go by between
/// plan and act, so the Job is one by hand here; that it comes by itself is seen with a clock that a test moves (<c>Grains.Tests</c>).
/// </summary>
public sealed class RetentionTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private const string Request = "backup.controlplane/request";
    private const string Job = "prune-by-hand";

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Keep_OfASchedule_ShowsWhatIsToGoAndAHoldKeepsIt()
    {
        await ScheduleAsync(new { name = "yearly", schedule = "@yearly", storageName = "s3-main", keep = 1 });
        await using var older = await OfScheduleAsync("older");
        await using var newer = await OfScheduleAsync("newer");
        await using var own = await Shop.BackUpAsync(new("own") { DeletesData = true });
        await own.EndAsync("Succeeded");

        var planned = await PlannedAsync(retention => (int?)retention["expiring"] == 1);
        var next = planned["next"]![0]!;
        Assert.Equal(older.Name, (string?)next["name"]);
        Assert.Equal("no rule of schedule 'yearly' keeps it (count 1)", (string?)next["message"]);
        Assert.True(DateTimeOffset.Parse((string)next["notBefore"]!, System.Globalization.CultureInfo.InvariantCulture) > TimeProvider.System.GetUtcNow().AddMinutes(8));

        // By reason, since other scenarios' backups in this shop are kept too, each for its own.
        Assert.Equal((1, 0), (KeptBy(planned, "Rule"), KeptBy(planned, "Held")));
        Assert.Equal((int?)planned["kept"], planned["keptBy"]!.AsArray().Sum(kept => (int)kept!["count"]!));

        await plane.Cluster.KubectlAsync("--namespace", Shop.Namespace, "annotate", "mysqlbackup", older.Name, "backup.controlplane/hold=ticket 4711");
        var held = await PlannedAsync(retention => (int?)retention["expiring"] == 0);
        Assert.Equal((1, 1), (KeptBy(held, "Rule"), KeptBy(held, "Held")));

        await plane.Cluster.KubectlAsync("--namespace", Shop.Namespace, "annotate", "mysqlbackup", older.Name, "backup.controlplane/hold-");
        await PlannedAsync(retention => (int?)retention["expiring"] == 1);
        await ScheduleAsync(new { name = "yearly", schedule = "@yearly", storageName = "s3-main", keep = 0 });
        await PlannedAsync(retention => (int?)retention["expiring"] == 0);
        Assert.Equal("Succeeded", (await older.SeeAsync()).Phase);
        await ScheduleAsync();
    }

    [Fact]
    public async Task Keep_BesideACountThatSaysOtherwise_IsRefused()
    {
        var said = await plane.Cluster.TryKubectlAsync(
            "--namespace", Shop.Namespace, "patch", "mysqlcluster", Shop.ClusterName, "--type", "merge", "--patch",
            """{"spec":{"backup":{"schedule":[{"name":"odd","schedule":"@yearly","storageName":"s3-main","keep":2,"retention":{"count":3}}]}}}""");

        // An API server of 1.20 knows no such rules and takes it: then the plane says so.
        if (said.ExitCode == 0)
        {
            var accepted = await Wait.UntilAsync(
                "condition Accepted", Soon, async () => Shop.Condition(await Shop.ResourceAsync(), "Accepted"), condition => (string?)condition?["status"] == "False");
            Assert.Contains("spec.backup.schedule[0].keep: says the same as retention.count", (string?)accepted!["message"], StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("keep says the same as retention.count", said.Error, StringComparison.Ordinal);
        }

        await ScheduleAsync();
    }

    [Fact]
    public async Task Prune_OfTwoOfThreeBackups_RemovesThemAndLeavesTheThird()
    {
        await using var first = await Shop.BackUpAsync(new("pruned-one"));
        var one = await first.EndAsync("Succeeded");
        await using var second = await Shop.BackUpAsync(new("pruned-two"));
        var two = await second.EndAsync("Succeeded");
        await using var third = await Shop.BackUpAsync(new("stays"));
        var stays = await third.EndAsync("Succeeded");
        var kept = (await Shop.Bucket.ListAsync(stays.Prefix)).Count;

        var report = await PruneAsync((first.Name, one.Uid), (second.Name, two.Uid), ("never-was", "0d1f7f4e-8a55-4f0b-9c0a-000000000001"));

        Assert.Null(report["fault"]);
        Assert.Empty(report["prune"]!["failures"]!.AsArray());
        Assert.StartsWith("Removed 3 of 3 backups", (string?)report["message"], StringComparison.Ordinal);
        Assert.Empty(await Shop.Bucket.RemainsAsync(one.Prefix));
        Assert.Empty(await Shop.Bucket.RemainsAsync(two.Prefix));
        Assert.Equal(kept, (await Shop.Bucket.ListAsync(stays.Prefix)).Count);
    }

    private static int KeptBy(JsonNode retention, string why) =>
        retention["keptBy"]!.AsArray().Where(kept => (string?)kept!["why"] == why).Sum(kept => (int)kept!["count"]!);

    // As a schedule's backup is labelled; nobody waits a year for one.
    private async Task<RunningBackup> OfScheduleAsync(string name)
    {
        var backup = await Shop.BackUpAsync(new(name) { DeletesData = true });
        await plane.Cluster.KubectlAsync("--namespace", Shop.Namespace, "label", "mysqlbackup", backup.Name, "backup.controlplane/schedule=yearly");
        await backup.EndAsync("Succeeded");
        return backup;
    }

    private Task ScheduleAsync(params object[] schedules) => Shop.ChangeAsync(new { backup = new { schedule = schedules } });

    private async Task<JsonNode> PlannedAsync(Func<JsonNode, bool> enough) => (await Wait.UntilAsync(
        "the plan", Soon, async () => (await Shop.ResourceAsync())["status"]?["retention"], retention => retention is not null && enough(retention), async _ => await Story.OfAsync(plane.Cluster, Shop.Namespace, "")))!;

    // The Job of a backup, with another request: credentials and all are the owner's.
    private async Task<JsonNode> PruneAsync(params (string Name, string Uid)[] backups)
    {
        var jobs = await plane.Cluster.ListAsync($"apis/batch/v1/namespaces/{Shop.Namespace}/jobs?labelSelector=backup.controlplane/operation=backup");
        var spec = jobs[0]["spec"]!.DeepClone().AsObject();
        spec.Remove("selector");
        var pod = spec["template"]!;
        var request = JsonNode.Parse((string)pod["metadata"]!["annotations"]![Request]!)!.AsObject();
        request.Remove("source");
        request.Remove("deadline");
        request["version"] = 5;
        request["operation"] = "Prune";
        request["backup"]!["name"] = Shop.ClusterName;
        request["backup"]!["uid"] = (string)(await Shop.ResourceAsync())["metadata"]!["uid"]!;
        request["prune"] = new JsonObject { ["backups"] = new JsonArray([.. backups.Select(backup => new JsonObject { ["name"] = backup.Name, ["uid"] = backup.Uid })]) };
        pod["metadata"]!["annotations"]![Request] = request.ToJsonString();
        pod["metadata"]!["labels"] = new JsonObject();
        LeaveTicket(pod["spec"]!);
        await plane.Cluster.ApplyAsync(Shop.Namespace, new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject { ["name"] = Job },
            ["spec"] = spec,
        }.ToJsonString());
        var message = await Wait.UntilAsync(
            "the report of the prune", Soon,
            async () => (await plane.Cluster.ListAsync($"api/v1/namespaces/{Shop.Namespace}/pods?labelSelector=job-name={Job}")).Select(Message).FirstOrDefault(said => said is not null),
            said => said is not null,
            async _ => await Story.OfAsync(plane.Cluster, Shop.Namespace, ""));
        return JsonSerializer.Deserialize<JsonNode>(message!)!;
    }

    private static string? Message(JsonNode pod) => (string?)pod["status"]?["containerStatuses"]?[0]?["state"]?["terminated"]?["message"];

    // The Secret with the ticket went with the Job that it was for.
    private static void LeaveTicket(JsonNode pod)
    {
        var volumes = pod["volumes"]!.AsArray();
        volumes.Remove(volumes.First(volume => (string?)volume!["name"] == "ticket"));
        var mounts = pod["containers"]![0]!["volumeMounts"]!.AsArray();
        mounts.Remove(mounts.First(mount => (string?)mount!["name"] == "ticket"));
    }
}

using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Backups by the clock, as an owner writes them down and sees them come.</summary>
public sealed class ScheduleTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private const string Finalizer = "backup.controlplane/delete-data";

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Schedule_OfEveryMinute_TakesABackupThatOutlivesIt()
    {
        await ScheduleAsync(new { name = "minutely", schedule = "* * * * *", storageName = "s3-main", timeZone = "Europe/Prague" });
        var told = await Wait.UntilAsync("the next due time", TimeSpan.FromSeconds(20), StatusAsync, status => status?["nextDue"] is not null);
        var due = Time(told!["nextDue"]);

        var backup = new RunningBackup(Shop, $"orders-minutely-{due.UtcDateTime:yyyyMMddHHmm}", deletesData: true);
        await Wait.UntilAsync($"the backup {backup.Name}", TimeSpan.FromSeconds(75), async () => await Shop.FindAsync(backup.Name) is not null, async () => await Story.OfAsync(plane.Cluster, Shop.Namespace, ""));
        await ScheduleAsync();
        await using (backup)
        {
            var ended = await backup.EndAsync("Succeeded");

            var resource = (await plane.Cluster.GetAsync($"apis/backup.controlplane/v1/namespaces/{Shop.Namespace}/mysqlbackups/{backup.Name}"))!;
            Assert.Equal(("orders", "minutely", "full"), (Label(resource, "cluster"), Label(resource, "schedule"), Label(resource, "type")));
            Assert.Equal(due, Time(resource["metadata"]!["annotations"]!["backup.controlplane/due"]));
            Assert.Contains(Finalizer, resource["metadata"]!["finalizers"]!.AsArray().Select(finalizer => (string)finalizer!));
            Assert.InRange(Time(resource["metadata"]!["creationTimestamp"]) - due, TimeSpan.Zero, TimeSpan.FromSeconds(10));

            // Without its schedule it stays, and nobody asks for another.
            await Wait.UntilAsync("the end of the schedule", TimeSpan.FromSeconds(20), async () => await StatusAsync() is null);
            Assert.NotEmpty(await Shop.Bucket.ListAsync(ended.Prefix));
            Assert.NotNull(await Shop.FindAsync(backup.Name));
        }
    }

    [Fact]
    public async Task Schedule_ThatCannotBeRead_IsRefusedWithAllItsFaults()
    {
        await ScheduleAsync(new { name = "often", schedule = "@daily", storageName = "s3-main", timeZone = "Mars/Olympus" }, new { name = "other", schedule = "61 * * * *", storageName = "s3-main" });
        try
        {
            var accepted = await Wait.UntilAsync(
                "condition Accepted", TimeSpan.FromSeconds(20), async () => Shop.Condition(await Shop.ResourceAsync(), "Accepted"), condition => (string?)condition?["status"] == "False");

            var message = (string)accepted!["message"]!;
            Assert.Contains("spec.backup.schedule[0].timeZone: \"Mars/Olympus\" is no time zone", message, StringComparison.Ordinal);
            Assert.Contains("spec.backup.schedule[1].schedule: \"61 * * * *\" is no schedule", message, StringComparison.Ordinal);
            Assert.Null(await StatusAsync());
        }
        finally
        {
            await ScheduleAsync();
        }
    }

    [Fact]
    public async Task Schedule_InTheTable_ShowsWhenItIsDueNext()
    {
        await ScheduleAsync(new { name = "yearly", schedule = "@yearly", storageName = "s3-main" });
        await Wait.UntilAsync("the next due time", TimeSpan.FromSeconds(20), StatusAsync, status => status?["nextDue"] is not null);

        var table = (await plane.Cluster.KubectlAsync("--namespace", Shop.Namespace, "get", "mysqlclusters")).Split('\n');

        Assert.Contains("SCHEDULES", table[0], StringComparison.Ordinal);
        Assert.Matches(@"\byearly\b.*\b\d{4}-01-01T00:00:00Z\b", table[1]);
        await ScheduleAsync();
    }

    [Fact]
    public async Task Objective_OfAMinute_IsMissedAndRegainedByABackupThatSaysWhatItLost()
    {
        // Eight that are alike are a series.
        await Shop.Database.AskAsync(Shop.Primary, "set max_statement_time = 0; create table shop.ballast engine = InnoDB select seq as id, repeat(sha2(seq, 512), 8) as note from shop.seq_1_to_200000");
        var backups = new List<RunningBackup>();
        try
        {
            for (var number = 0; number < 8; number++)
            {
                backups.Add(await Shop.BackUpAsync(new($"alike-{number}") { DeletesData = true, SourcePod = Shop.Primary }));
                await backups[^1].EndAsync("Succeeded");
            }

            await Shop.ChangeAsync(new { backup = new { objectives = new { rpo = "1m" } } });
            var missed = await Wait.UntilAsync("a recovery point that is missed", TimeSpan.FromSeconds(90), RecoveryPointMetAsync, condition => (string?)condition?["status"] == "False");
            Assert.Equal("ObjectiveMissed", (string?)missed!["reason"]);
            Assert.Equal(["rpo"], (await Shop.ResourceAsync())["status"]!["objectives"]!["missed"]!.AsArray().Select(name => (string)name!));
            await EventAsync(Shop.ClusterName, "Warning", "ObjectiveMissed");
            Assert.True(await CountedAsync("controlplane_objectives_missed_total") >= 1);

            // What is left after an accident is backed up, and says how small it is.
            await Shop.Database.AskAsync(Shop.Primary, "drop table shop.ballast");
            backups.Add(await Shop.BackUpAsync(new("small") { DeletesData = true, SourcePod = Shop.Primary }));
            await backups[^1].EndAsync("Succeeded");
            await Wait.UntilAsync("a recovery point that is met", TimeSpan.FromSeconds(30), RecoveryPointMetAsync, condition => (string?)condition?["status"] == "True");
            await EventAsync(Shop.ClusterName, "Normal", "ObjectiveMet");
            Assert.True(await CountedAsync("controlplane_objectives_regained_total") >= 1);
            var small = await Wait.UntilAsync("an unusual backup", TimeSpan.FromSeconds(30), backups[^1].SeeAsync, seen => Shop.Condition(seen.Resource, "Unusual") is not null);
            Assert.Equal(("Succeeded", "SizeCollapsed"), (small.Phase, (string?)Shop.Condition(small.Resource, "Unusual")!["reason"]));
            Assert.Equal(8, (int?)small.Status!["unusual"]![0]!["backups"]);
            await EventAsync(small.Name, "Warning", "SizeCollapsed");
        }
        finally
        {
            await Shop.ChangeAsync(new { backup = new { objectives = (object?)null } });
            await Shop.Database.AskAsync(Shop.Primary, "drop table if exists shop.ballast");
            foreach (var backup in backups)
                await backup.DisposeAsync();
        }
    }

    private async Task<JsonNode?> RecoveryPointMetAsync() => Shop.Condition(await Shop.ResourceAsync(), "RecoveryPointMet");

    private Task EventAsync(string about, string type, string reason) => Wait.UntilAsync(
        $"an event {reason} of {about}", TimeSpan.FromSeconds(20), () => Shop.EventsAsync(about), events => events.Any(happened => ((string?)happened["type"], (string?)happened["reason"]) == (type, reason)));

    // Of all silos: whichever has the grain counts.
    private async Task<double> CountedAsync(string metric)
    {
        var sum = 0.0;
        foreach (var pod in await plane.SiloPodsAsync())
        {
            var lines = (await plane.Cluster.KubectlAsync("get", "--raw", $"/api/v1/namespaces/{Plane.Namespace}/pods/{pod}:8081/proxy/metrics")).Split('\n');
            sum += lines.Where(line => line.StartsWith(metric, StringComparison.Ordinal)).Sum(line => double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
        }

        return sum;
    }

    private Task ScheduleAsync(params object[] schedules) => Shop.ChangeAsync(new { backup = new { schedule = schedules } });

    private async Task<JsonNode?> StatusAsync() => (await Shop.ResourceAsync())["status"]?["schedules"]?[0];

    private static string? Label(JsonNode resource, string name) => (string?)resource["metadata"]!["labels"]!["backup.controlplane/" + name];

    private static DateTimeOffset Time(JsonNode? text) => DateTimeOffset.Parse((string)text!, System.Globalization.CultureInfo.InvariantCulture);
}

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

    private Task ScheduleAsync(params object[] schedules) => Shop.ChangeAsync(new { backup = new { schedule = schedules } });

    private async Task<JsonNode?> StatusAsync() => (await Shop.ResourceAsync())["status"]?["schedules"]?[0];

    private static string? Label(JsonNode resource, string name) => (string?)resource["metadata"]!["labels"]!["backup.controlplane/" + name];

    private static DateTimeOffset Time(JsonNode? text) => DateTimeOffset.Parse((string)text!, System.Globalization.CultureInfo.InvariantCulture);
}

using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>The control plane and the API server die at bad moments: a backup goes on or is settled, and is never taken twice.</summary>
[Collection(Alone.Name)]
public sealed class SiloTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private static readonly string[] Phases = ["Pending", "Starting", "Running", "Checking", "Succeeded"];

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Silo_KilledInEveryPhaseOfABackup_GoesOnAndDoublesNothing()
    {
        // Slow enough to be running still when the third silo has come.
        await using var backup = await Shop.BackUpAsync(new("silo-killed") { Throttle = 10 });
        var killedIn = new List<string>();
        foreach (var phase in Phases)
        {
            var seen = await Wait.UntilAsync($"phase {phase}", TimeSpan.FromMinutes(2), backup.SeeAsync, seen => Array.IndexOf(Phases, seen.Phase) >= Array.IndexOf(Phases, phase), async _ => await backup.StoryAsync());
            killedIn.Add(seen.Phase);
            await plane.KillSiloAsync();
        }

        await TakenOnceAsync(backup, await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3)));
        Assert.Contains("Running", killedIn);
    }

    [Fact]
    public async Task Silo_KilledWhileABackupIsDeleted_StillRemovesItsData()
    {
        await using var backup = await Shop.BackUpAsync(new("silo-deleting") { DeletesData = true });
        var ended = await backup.EndAsync("Succeeded");

        await backup.DeleteAsync();
        await plane.KillSiloAsync();
        await backup.GoneAsync(TimeSpan.FromMinutes(2));

        Assert.Empty(await Shop.Bucket.RemainsAsync(ended.Prefix));
    }

    [Fact]
    public async Task Silo_DownWhileAJobEnds_ReadsItsReportLater()
    {
        await using var backup = await Shop.BackUpAsync(new("silo-away") { Throttle = 40 });
        await backup.FlowAsync();
        await plane.ScaleAsync(0);
        try
        {
            await Wait.UntilAsync("the end of the Job", TimeSpan.FromMinutes(1), async () => (await backup.JobsAsync()).All(job => (int?)job["status"]?["succeeded"] == 1));
            Assert.NotEqual("Succeeded", (await backup.SeeAsync()).Phase);
        }
        finally
        {
            await plane.ScaleAsync(Plane.Silos);
        }

        await TakenOnceAsync(backup, await backup.EndAsync("Succeeded"));
    }

    [Fact]
    public async Task ApiServer_DownForAMinute_DoesNotDisturbARunningBackup()
    {
        await using var backup = await Shop.BackUpAsync(new("api-down") { Throttle = 5 });
        await backup.FlowAsync();

        await Outage.OfTheApiServerAsync(plane.Cluster, TimeSpan.FromMinutes(1));
        await TakenOnceAsync(backup, await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(2)));
    }

    // One for each step and each part that may die: RestoreUnderFireTests.
    [Fact]
    public async Task Restore_WhoseRunnerAndSiloAreKilledWhileTheDatabaseIsStopped_Succeeds()
    {
        await using var backup = await Shop.BackUpAsync(new("silo-restores"));
        await backup.EndAsync("Succeeded");
        const string Rows = "select count(*), sum(id) from shop.orders";
        var before = await Shop.Database.AskAsync(Shop.Primary, Rows);
        await Shop.Database.AskAsync(Shop.Primary, "delete from shop.orders where id % 3 = 0");

        await using var restore = await RunningRestore.BeginAsync(Shop, "silo-killed", $"backupName: {backup.Name}", "keepPrevious: Never");
        await restore.UntilAsync("restoring", seen => RunningRestore.Phase(seen) == "Restoring");
        await Containers.KillPodAsync((string)(await restore.JobPodAsync())["metadata"]!["uid"]!);
        await plane.KillSiloAsync();
        await restore.EndAsync("Succeeded");

        Assert.Equal([before, before], [await Shop.Database.AskAsync(Shop.Primary, Rows), await Shop.Database.AskAsync(Shop.Replica, Rows)]);
        await Shop.Database.ReplicaFollowsAsync();
        await restore.ConfirmedAsync();
    }

    private async Task TakenOnceAsync(RunningBackup backup, BackupView ended)
    {
        Assert.Single(ended.Attempts);
        Assert.Single(await backup.JobsAsync());
        var objects = await Shop.Bucket.ListAsync(ended.Prefix);
        Assert.Single(objects, item => item.Key.EndsWith("manifest.json", StringComparison.Ordinal));
        Assert.All(objects, item => Assert.True(item.Key.EndsWith("manifest.json", StringComparison.Ordinal) || item.Key.StartsWith(ended.Prefix + "data/01/", StringComparison.Ordinal), item.Key));
        Assert.Empty(await Shop.Bucket.UploadsAsync(ended.Prefix));
    }
}

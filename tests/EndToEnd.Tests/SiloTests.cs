using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>The control plane and the API server die at bad moments: a backup goes on or is settled, and is never taken twice.</summary>
[Collection(Alone.Name)]
public sealed class SiloTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    [Theory]
    [InlineData("Pending")]
    [InlineData("Starting")]
    [InlineData("Running")]
    [InlineData("Checking")]
    [InlineData("Succeeded")]
    public async Task Silo_KilledInAPhase_GoesOnAndDoublesNothing(string phase)
    {
        await using var backup = await Shop.BackUpAsync(new("silo-" + phase.ToLowerInvariant()) { Throttle = 40 });
        await Wait.UntilAsync($"phase {phase}", TimeSpan.FromMinutes(1), backup.SeeAsync, seen => seen.Phase == phase || IsLater(seen.Phase, phase), async _ => await backup.StoryAsync());

        await KillSiloAsync();
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        await TakenOnceAsync(backup, ended);
    }

    [Fact]
    public async Task Silo_KilledWhileABackupIsDeleted_StillRemovesItsData()
    {
        await using var backup = await Shop.BackUpAsync(new("silo-deleting") { DeletesData = true });
        var ended = await backup.EndAsync("Succeeded");

        await backup.DeleteAsync();
        await KillSiloAsync();
        await backup.GoneAsync(TimeSpan.FromMinutes(2));

        Assert.Empty(await Shop.Bucket.RemainsAsync(ended.Prefix));
    }

    [Fact]
    public async Task Silo_DownWhileAJobEnds_ReadsItsReportLater()
    {
        await using var backup = await Shop.BackUpAsync(new("silo-away") { Throttle = 40 });
        await backup.FlowAsync();
        await plane.Cluster.KubectlAsync("--namespace", Plane.Namespace, "scale", "deployment/silo", "--replicas=0");
        try
        {
            await Wait.UntilAsync("the end of the Job", TimeSpan.FromMinutes(1), async () => (await backup.JobsAsync()).All(job => (int?)job["status"]?["succeeded"] == 1));
            Assert.NotEqual("Succeeded", (await backup.SeeAsync()).Phase);
        }
        finally
        {
            await plane.Cluster.KubectlAsync("--namespace", Plane.Namespace, "scale", "deployment/silo", "--replicas=1");
        }

        await TakenOnceAsync(backup, await backup.EndAsync("Succeeded"));
    }

    [Fact]
    public async Task ApiServer_DownForAMinute_DoesNotDisturbARunningBackup()
    {
        await using var backup = await Shop.BackUpAsync(new("api-down") { Throttle = 5 });
        await backup.FlowAsync();

        await ProcessAsync("stop");
        try
        {
            await Wait.ForAsync(TimeSpan.FromMinutes(1));
        }
        finally
        {
            await ProcessAsync("start");
        }

        await Wait.UntilAsync("the API server", TimeSpan.FromMinutes(1), async () => (await plane.Cluster.TryKubectlAsync("get", "--raw", "/readyz")).ExitCode == 0);
        await TakenOnceAsync(backup, await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(2)));
    }

    private static bool IsLater(string seen, string wanted)
    {
        string[] order = ["", "Pending", "Starting", "Running", "Checking", "Succeeded", "Failed"];
        return Array.IndexOf(order, seen) > Array.IndexOf(order, wanted);
    }

    // SIGKILL, and a new Pod at once: the kubelet would make the same container wait longer after each kill.
    private async Task KillSiloAsync()
    {
        var pod = await plane.SiloPodAsync();
        await new Containers(plane.Cluster).KillAsync(Plane.Namespace, pod, "silo");
        await plane.Cluster.KubectlAsync("--namespace", Plane.Namespace, "delete", "pod", pod, "--grace-period=0", "--force");
        await plane.SiloReadyAsync();
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

    private static Task<string> ProcessAsync(string verb) =>
        Command.RunAsync(Path.Combine(DevEnvironment.Checkout, "devcluster", "process.sh"), [verb, "kube-apiserver"]);
}

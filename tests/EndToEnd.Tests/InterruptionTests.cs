using ControlPlane.EndToEnd.Tests.Faults;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What breaks while bytes flow: each is told by its name, and what may pass is tried again.</summary>
public sealed class InterruptionTests(OpenShop open) : IClassFixture<OpenShop>
{
    // Ten seconds for the database: long enough to be met at work on a machine that has much to do.
    private const int Slow = 8;

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Backup_WhoseSourcePodIsKilled_SucceedsFromAnotherPod()
    {
        await using var backup = await Shop.BackUpAsync(new("source-killed") { Throttle = Slow });
        var flowing = await backup.FlowAsync();

        await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "pod", flowing.Source, "--grace-period=0", "--force", "--wait=false");
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        await FailedOnceAsync(backup, ended, "StreamBroken", "SourceUnavailable");
        Assert.NotEqual(flowing.Source, ended.Source);
        await Shop.ReadyAsync();
    }

    [Fact]
    public async Task Backup_WhoseAgentIsKilled_SucceedsAtTheNextAttempt()
    {
        await using var backup = await Shop.BackUpAsync(new("agent-killed") { Throttle = Slow });
        var flowing = await backup.FlowAsync();

        await Shop.Containers.KillAsync(Shop.Namespace, flowing.Source, "xtrabackup");
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        await FailedOnceAsync(backup, ended, "StreamBroken", "SourceUnavailable");
    }

    [Fact]
    public async Task Backup_WhoseJobPodIsKilled_SucceedsAtTheNextAttempt()
    {
        await using var backup = await Shop.BackUpAsync(new("job-killed") { Throttle = Slow });
        await backup.FlowAsync();

        await Shop.Containers.KillAsync(Shop.Namespace, await backup.JobPodAsync(), "runner");
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        await FailedOnceAsync(backup, ended, "JobLost");
    }

    [Fact]
    public async Task Backup_WhoseJobPodIsDeleted_SucceedsAtTheNextAttempt()
    {
        await using var backup = await Shop.BackUpAsync(new("job-deleted") { Throttle = Slow });
        await backup.FlowAsync();

        await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "pod", await backup.JobPodAsync(), "--wait=false");
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        // Until the deleted Pod has failed, the Job controller may make another one of the same attempt, whom the agent turns away.
        if ((string?)ended.Attempts[0]!["reason"] == "SourceUnavailable")
            Assert.Matches("already been run here|is busy with", (string?)ended.Attempts[0]!["message"]);
        await FailedOnceAsync(backup, ended, "JobLost", "Cancelled", "SourceUnavailable");
    }

    [Fact]
    public async Task Backup_WhoseToolExitsNonZero_FailsWithItsLastWords()
    {
        await using var first = await StandInTool.FailingAsync(Shop, Shop.Primary, "InnoDB: the pages are not to my liking");
        await using var second = await StandInTool.FailingAsync(Shop, Shop.Replica, "InnoDB: the pages are not to my liking");
        await using var backup = await Shop.BackUpAsync(new("tool-fails"));

        var ended = await backup.EndAsync("Failed");

        Assert.Equal("ToolFailed", ended.Reason);
        Assert.Contains("the pages are not to my liking", ended.Message, StringComparison.Ordinal);
        Assert.Equal([Shop.Replica, Shop.Primary], ended.Attempts.Select(attempt => (string?)attempt!["source"]));
        await backup.NothingRemainsAsync(ended.Prefix);
    }

    [Fact]
    public async Task Backup_WhoseToolCutsItsStreamShort_IsNeverShownAsSucceeded()
    {
        await using var first = await StandInTool.CuttingShortAsync(Shop, Shop.Primary, bytes: 4_000_000);
        await using var second = await StandInTool.CuttingShortAsync(Shop, Shop.Replica, bytes: 4_000_000);
        await using var backup = await Shop.BackUpAsync(new("cut-short"));

        var ended = await backup.EndAsync("Failed");

        Assert.Equal("ToolFailed", ended.Reason);
        Assert.Contains("middle of a file", ended.Message, StringComparison.Ordinal);
        await backup.NothingRemainsAsync(ended.Prefix);
    }

    [Fact]
    public async Task Backup_WithTheAgentsDiskFull_SaysSo()
    {
        await using var first = await FullDisk.AtAsync(Shop, Shop.Primary);
        await using var second = await FullDisk.AtAsync(Shop, Shop.Replica);
        await using var backup = await Shop.BackUpAsync(new("disk-full"));

        var ended = await backup.EndAsync("Failed");

        Assert.Contains(ended.Reason, new[] { "ToolFailed", "SourceUnavailable" });
        Assert.Contains("space", ended.Message, StringComparison.OrdinalIgnoreCase);
        await backup.NothingRemainsAsync(ended.Prefix);
    }

    [Fact]
    public async Task Backup_PastItsDeadline_FailsAndLeavesNothing()
    {
        await using var backup = await Shop.BackUpAsync(new("deadline") { Throttle = 1, ActiveDeadlineSeconds = 60 });

        var ended = await backup.EndAsync("Failed");

        Assert.Equal("DeadlineExceeded", ended.Reason);
        await backup.NothingRemainsAsync(ended.Prefix);
        await Shop.ToolIsGoneAsync();
    }

    private static async Task FailedOnceAsync(RunningBackup backup, BackupView ended, params string[] reasons)
    {
        var story = await backup.StoryAsync();
        Assert.True(ended.Attempts.Count == 2, $"{ended}\n{story}");
        Assert.True(reasons.Contains((string?)ended.Attempts[0]!["reason"]), $"{ended}: the first attempt failed with {ended.Attempts[0]}\n{story}");
        Assert.Equal("Succeeded", (string?)ended.Attempts[1]!["outcome"]);
    }
}

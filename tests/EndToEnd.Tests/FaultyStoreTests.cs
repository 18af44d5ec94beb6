using ControlPlane.EndToEnd.Tests.Faults;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>A store that falters in mid-upload: a short trouble passes unseen, a long one is told by its name, and nothing is half done.</summary>
public sealed class FaultyStoreTests(Plane plane)
{
    private Shop Shop => plane.Shop;

    [Theory]
    [InlineData("SlowDown", 4)]
    [InlineData("Reset", 3)]
    [InlineData("Stall", 4)]
    public async Task Backup_WhileItsStoreFaltersForAWhile_SucceedsAtTheFirstAttempt(string trouble, int seconds)
    {
        await using var proxy = await BeforeTheStoreAsync("falters-" + trouble.ToLowerInvariant());
        await using var backup = await Shop.BackUpAsync(new("falters-" + trouble.ToLowerInvariant()) { Storage = "falters-" + trouble.ToLowerInvariant(), Throttle = 25 });
        await backup.FlowAsync();

        proxy.Trouble = Enum.Parse<Trouble>(trouble);
        await Wait.UntilAsync("a connection in trouble", TimeSpan.FromSeconds(30), () => Task.FromResult(proxy.Troubled > 0), backup.StoryAsync);
        await Wait.ForAsync(TimeSpan.FromSeconds(seconds));
        proxy.Trouble = Trouble.None;
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        Assert.Single(ended.Attempts);
        Assert.Empty(await Shop.Bucket.UploadsAsync(ended.Prefix));
    }

    [Fact]
    public async Task Backup_WhoseStoreRefusesForGood_FailsAsUnavailableAndIsSweptWhenTheStoreIsBack()
    {
        await using var proxy = await BeforeTheStoreAsync("refuses");
        await using var backup = await Shop.BackUpAsync(new("refuses") { Storage = "refuses", Throttle = 25 });
        await backup.FlowAsync();

        proxy.Trouble = Trouble.SlowDown;
        var ended = await backup.EndAsync("Failed", TimeSpan.FromMinutes(4));
        proxy.Trouble = Trouble.None;

        Assert.Equal("StorageUnavailable", ended.Reason);
        Assert.Equal(2, ended.Attempts.Count);
        await backup.NothingRemainsAsync(ended.Prefix, TimeSpan.FromMinutes(2));
    }

    private async Task<StandInFaultyProxy> BeforeTheStoreAsync(string storage)
    {
        var proxy = StandInFaultyProxy.Before(plane.Cluster.Environment["S3_LOCAL_ENDPOINT"], plane.Cluster.Environment.BridgeAddress);
        await Shop.AddStorageAsync(storage, new { s3 = new { endpointUrl = proxy.Endpoint } });
        return proxy;
    }
}

using System.Net;
using ControlPlane.EndToEnd.Tests.Harness;
using ControlPlane.Testing;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>A store that falters in mid-upload: a short trouble passes unseen, a long one is told by its name, and nothing is half done.</summary>
public sealed class FaultyStoreTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    [Fact]
    public Task Backup_WhoseStoreIsOverloadedForAWhile_SucceedsAtTheFirstAttempt() =>
        SucceedsAsync("overloaded", proxy => proxy.Break(StandInFault.SlowDown, Writes, times: 5));

    [Fact]
    public Task Backup_WhoseConnectionsAreResetInMidUpload_SucceedsAtTheFirstAttempt() =>
        SucceedsAsync("reset", proxy => proxy.Break(StandInFault.ResetInRequest, Writes, times: 3));

    [Fact]
    public Task Backup_WhoseStoreStallsInMidUpload_SucceedsAtTheFirstAttempt() =>
        SucceedsAsync("stalls", proxy => proxy.Break(StandInFault.Stall, Writes, times: 1));

    [Fact]
    public Task Backup_WhoseBytesAreTurnedOnTheirWay_SucceedsAtTheFirstAttempt() =>
        SucceedsAsync("turned", proxy => proxy.Break(StandInFault.Corrupt, Writes, times: 1));

    [Fact]
    public Task Backup_WhoseLastAnswersAreLost_SucceedsAndIsNotTakenTwice() =>
        SucceedsAsync("answers-lost", proxy =>
        {
            proxy.Break(StandInFault.LoseReply, request => request.IsComplete, times: 1);
            proxy.Break(StandInFault.LoseReply, request => request.IsPut && request.Target.Contains("manifest.json", StringComparison.Ordinal), times: 1);
        });

    [Fact]
    public async Task Backup_WhoseStoreRefusesForGood_FailsAsUnavailableAndIsSweptWhenTheStoreIsBack()
    {
        await using var proxy = await BeforeTheStoreAsync("refuses");
        await using var backup = await Shop.BackUpAsync(new("refuses") { Storage = "refuses", Throttle = 25 });
        await backup.FlowAsync();

        proxy.Break(StandInFault.SlowDown, times: int.MaxValue);
        var ended = await backup.EndAsync("Failed", TimeSpan.FromMinutes(4));
        proxy.Heal();

        Assert.Equal("StorageUnavailable", ended.Reason);
        Assert.Equal(2, ended.Attempts.Count);
        await backup.NothingRemainsAsync(ended.Prefix, TimeSpan.FromMinutes(2));
    }

    private static bool Writes(StandInRequest request) => request.IsPart || request.IsPut;

    private async Task SucceedsAsync(string name, Action<StandInFaultyProxy> trouble)
    {
        await using var proxy = await BeforeTheStoreAsync(name);
        await using var backup = await Shop.BackUpAsync(new(name) { Storage = name, Throttle = 60 });
        await backup.FlowAsync();

        trouble(proxy);
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(3));

        Assert.Single(ended.Attempts);
        Assert.Contains(proxy.Requests, Writes);
        Assert.Single(await Shop.Bucket.ListAsync(ended.Prefix), item => item.Key.EndsWith("manifest.json", StringComparison.Ordinal));
        Assert.Empty(await Shop.Bucket.UploadsAsync(ended.Prefix));
    }

    private async Task<StandInFaultyProxy> BeforeTheStoreAsync(string storage)
    {
        var environment = plane.Cluster.Environment;
        var proxy = await StandInFaultyProxy.StartAsync(new Uri(environment["S3_LOCAL_ENDPOINT"]), IPAddress.Parse(environment.BridgeAddress));
        await Shop.AddStorageAsync(storage, new { s3 = new { endpointUrl = proxy.Endpoint.GetLeftPart(UriPartial.Authority) } });
        return proxy;
    }
}

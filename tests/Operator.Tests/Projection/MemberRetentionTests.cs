using System.Text.Json.Nodes;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Tests.OnCluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests.Projection;

public sealed class MemberRetentionTests : IAsyncLifetime
{
    private readonly StandInFleet fleet = new();
    private readonly StandInFleetView view = new();
    private readonly MemberRetention retention;

    public MemberRetentionTests() => retention = new(
        fleet.Clusters, new FleetMembers(fleet.Clusters), view, Options.Create(new ProjectionOptions { LongestPause = TimeSpan.FromMilliseconds(20) }), TimeProvider.System, NullLogger<MemberRetention>.Instance);

    public async ValueTask InitializeAsync() => await retention.StartAsync(default);

    public async ValueTask DisposeAsync()
    {
        await retention.StopAsync(default);
        retention.Dispose();
        fleet.Dispose();
    }

    [Fact]
    public async Task Follow_MembersComeAndGo_KeepsThoseThatAreDescribed()
    {
        await fleet.MemberAsync("east", "https://east");
        await fleet.MemberAsync("west", "https://west");
        Assert.Empty(view.Retained);

        fleet.Synced();
        await Eventually.TrueAsync(() => Task.FromResult(view.Retained is ["east local west"]));
        await fleet.MemberAsync("west", "https://west", new JsonObject { ["suspended"] = true });
        await fleet.RemoveMemberAsync("east");

        await Eventually.TrueAsync(() => Task.FromResult(view.Retained is ["east local west", "local west"]));
    }

    [Fact]
    public async Task Follow_TheDatabaseIsAway_IsTriedAgain()
    {
        var tries = 0;
        view.First = () => Interlocked.Increment(ref tries) < 3 ? Task.FromException(new TimeoutException()) : Task.CompletedTask;

        fleet.Synced();

        await Eventually.TrueAsync(() => Task.FromResult(view.Retained is ["local"]));
        Assert.Equal(3, tries);
    }
}

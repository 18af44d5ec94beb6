using System.Text.Json.Nodes;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Tests.OnCluster;

namespace ControlPlane.Operator.Tests.Members;

public sealed class MemberConnectionsTests : IAsyncDisposable
{
    private static readonly MemberKey Berlin = new("berlin");

    private readonly StandInMember server = new();
    private readonly StandInFleet fleet = new();

    public async ValueTask DisposeAsync()
    {
        fleet.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task ReadyAsync_OfAMemberAsItIsDescribed_AsksOnceWhoItIs()
    {
        await DescribeAsync();

        var connection = await fleet.Connections.ReadyAsync(Berlin, default);

        Assert.Same(connection, await fleet.Connections.ReadyAsync(Berlin, default));
        Assert.Equal(server.Uid, connection.ClusterId);
        Assert.Equal([("one", "/api/v1/namespaces/kube-system")], server.Requests);
    }

    [Fact]
    public async Task ReadyAsync_AfterARotation_GoesOnWithTheNewTokenAndEndsWhatIsLong()
    {
        await DescribeAsync();
        var before = await fleet.Connections.ReadyAsync(Berlin, default);

        server.Token = "two";
        await fleet.SecretAsync("berlin", "two");
        fleet.Connections.Refresh();
        await Eventually.TrueAsync(() => Task.FromResult(before.Replaced.IsCancellationRequested));

        var after = await fleet.Connections.ReadyAsync(Berlin, default);
        Assert.NotSame(before, after);
        Assert.Equal("two", server.Requests.Last().Token);
    }

    // The status of a member and the labels of a Secret change now and then.
    [Fact]
    public async Task For_WhatChangesNothing_IsTheSame()
    {
        await DescribeAsync();
        var before = fleet.Connections.For(Berlin);

        await DescribeAsync();
        fleet.Connections.Refresh();

        Assert.Same(before, fleet.Connections.For(Berlin));
        Assert.False(before.Replaced.IsCancellationRequested);
    }

    [Fact]
    public async Task For_OfWhatIsNotToBeHad_SaysWhy()
    {
        Assert.Equal(Reasons.NotKnownYet, Reason());
        fleet.Synced();
        Assert.Equal(Reasons.MemberUnknown, Reason());
        await fleet.MemberAsync("berlin", server.Address);
        Assert.Equal(Reasons.SecretNotFound, Reason());
        await fleet.SecretAsync("berlin", "");
        Assert.Equal(Reasons.CredentialsInvalid, Reason());
        await fleet.SecretAsync("berlin", "one");
        fleet.Connections.For(Berlin);
        await fleet.MemberAsync("berlin", server.Address, new() { ["suspended"] = true });
        Assert.Equal(Reasons.Suspended, Reason());
        await fleet.MemberAsync("berlin", "ftp://h");
        Assert.Equal(Reasons.Invalid, Reason());

        string Reason() => Assert.Throws<MemberAwayException>(() => fleet.Connections.For(Berlin)).Reason;
    }

    [Fact]
    public async Task For_AfterTheSecretIsTakenAway_EndsTheOldConnection()
    {
        await DescribeAsync();
        var before = fleet.Connections.For(Berlin);

        await fleet.RemoveSecretAsync("berlin");
        fleet.Connections.Refresh();

        await Eventually.TrueAsync(() => Task.FromResult(before.Replaced.IsCancellationRequested));
    }

    [Theory]
    [InlineData("token", Reasons.CredentialsRefused)]
    [InlineData("gone", Reasons.Unreachable)]
    public async Task ReadyAsync_OfAServerThatDoesNotTakeIt_SaysWhich(string trouble, string reason)
    {
        await DescribeAsync();
        if (trouble == "token")
            server.Token = "other";
        else
            await server.StopAsync();

        var away = await Assert.ThrowsAsync<MemberAwayException>(() => fleet.Connections.ReadyAsync(Berlin, default));

        Assert.Equal(reason, away.Reason);
        if (trouble == "gone")
            server.Start();
    }

    [Fact]
    public async Task ReadyAsync_OfAnotherClusterThanBefore_IsRefused()
    {
        await DescribeAsync(status: new() { ["clusterId"] = "the-one-before" });

        var away = await Assert.ThrowsAsync<MemberAwayException>(() => fleet.Connections.ReadyAsync(Berlin, default));

        Assert.Equal(Reasons.AnotherCluster, away.Reason);
        Assert.Contains("the-one-before", away.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadyAsync_OfAClusterThatIsAMemberAlready_IsRefusedForTheYounger()
    {
        await DescribeAsync(status: new() { ["clusterId"] = server.Uid });
        await fleet.MemberAsync("bis", server.Address);
        await fleet.SecretAsync("bis", "one");

        var away = await Assert.ThrowsAsync<MemberAwayException>(() => fleet.Connections.ReadyAsync(new("bis"), default));

        Assert.Contains("'berlin'", away.Why, StringComparison.Ordinal);
        await fleet.Connections.ReadyAsync(Berlin, default);

        // Also where both were recorded at once.
        await fleet.MemberAsync("bis", server.Address, status: new() { ["clusterId"] = server.Uid });
        await Assert.ThrowsAsync<MemberAwayException>(() => fleet.Connections.ReadyAsync(new("bis"), default));
        await fleet.Connections.ReadyAsync(Berlin, default);
    }

    [Fact]
    public async Task StandingOf_EachMember_IsAsItIsDescribed()
    {
        var members = new FleetMembers(fleet.Clusters);
        Assert.Equal((MemberStanding.Present, MemberStanding.Away), (members.StandingOf(new(MemberKey.Local)), members.StandingOf(Berlin)));
        fleet.Synced();
        Assert.Equal(MemberStanding.Left, members.StandingOf(Berlin));
        await fleet.MemberAsync("berlin", server.Address);
        Assert.Equal(MemberStanding.Present, members.StandingOf(Berlin));
        await fleet.MemberAsync("berlin", server.Address, status: (JsonObject)JsonNode.Parse("""{"conditions":[{"type":"Connected","status":"False"}]}""")!);
        Assert.Equal(MemberStanding.Away, members.StandingOf(Berlin));
        await fleet.MemberAsync("berlin", server.Address, new() { ["suspended"] = true });
        Assert.Equal(MemberStanding.Left, members.StandingOf(Berlin));
        Assert.Equal(["berlin", "local"], members.All.Select(member => member.Name).Order());
    }

    private async Task DescribeAsync(JsonObject? status = null)
    {
        fleet.Synced();
        await fleet.MemberAsync("berlin", server.Address, status: status);
        await fleet.SecretAsync("berlin", "one");
    }
}

using System.Net;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Tests.Fixtures;
using k8s;
using k8s.Autorest;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests;

public sealed class ApiCallsTests : IDisposable
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("calls-");
    private readonly string file;

    public ApiCallsTests() => file = Connections.Write("http://127.0.0.1:1/", folder);

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, 4)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 4)]
    [InlineData(HttpStatusCode.Forbidden, 1)]
    [InlineData(HttpStatusCode.Conflict, 1)]
    [InlineData(HttpStatusCode.UnprocessableEntity, 1)]
    public async Task RunAsync_WhatIsRefused_IsTriedAgainOnlyWhereItMayPass(HttpStatusCode status, int expected)
    {
        using var api = new ApiCalls(Connections.Of(file), Options.Create(new OperatorOptions()), TimeProvider.System);
        var calls = 0;

        await Assert.ThrowsAsync<HttpOperationException>(() => api.RunAsync<string>(Local, (_, _) =>
        {
            calls++;
            using var response = new HttpResponseMessage(status);
            throw new HttpOperationException { Response = new(response, "") };
        }, default));

        Assert.Equal(expected, calls);
    }

    [Fact]
    public async Task RunAsync_WhatHangs_IsGivenUpAndTriedAgain()
    {
        using var api = new ApiCalls(Connections.Of(file), Options.Create(new OperatorOptions { ApiTimeLimit = TimeSpan.FromMilliseconds(50) }), TimeProvider.System);
        var calls = 0;

        var answer = await api.RunAsync(Local, async (_, token) =>
        {
            if (++calls == 1)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return "came";
        }, default);

        Assert.Equal(("came", 2), (answer, calls));
    }

    [Fact]
    public async Task RunAsync_ManyAtOnce_AreBounded()
    {
        using var api = new ApiCalls(Connections.Of(file), Options.Create(new OperatorOptions { MaximumApiCalls = 3 }), TimeProvider.System);
        var (active, most) = (0, 0);
        var gate = new Lock();

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => api.RunAsync(Local, async (_, token) =>
        {
            lock (gate)
                most = Math.Max(most, ++active);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, token);
            lock (gate)
                active--;
            return "";
        }, default)));

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task RunAsync_OneMemberHangs_TheOthersNoticeNothingAndItIsSoonLeftInPeace()
    {
        await using var slow = new StandInMember { Hangs = true };
        await using var quick = new StandInMember();
        using var fleet = new StandInFleet().Synced();
        foreach (var (name, server) in new[] { ("slow", slow), ("quick", quick) })
        {
            await fleet.MemberAsync(name, server.Address);
            await fleet.SecretAsync(name, "one");
        }
        using var api = new ApiCalls(fleet.Connections, Options.Create(new OperatorOptions { MaximumApiCalls = 2, ApiTimeLimit = TimeSpan.FromMilliseconds(200) }), TimeProvider.System);

        var hanging = Enumerable.Range(0, 40).Select(_ => Record.ExceptionAsync(() => VersionAsync("slow")).AsTask()).ToList();
        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 20; i++)
            Assert.Equal("v1.31.2", await VersionAsync("quick"));
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(5));

        // Forty times four tries of 200 ms, two at a time, would be 16 s.
        var ends = await Task.WhenAll(hanging);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(10));
        Assert.Contains(ends, end => end is MemberAwayException { Reason: Reasons.Unreachable });
        Assert.InRange(slow.Requests.Count, 1, 40);

        Task<string> VersionAsync(string member) => api.RunAsync(new(member), async (client, token) => (await client.Version.GetCodeAsync(token)).GitVersion, default);
    }

    [Fact]
    public async Task RunAsync_OfAMemberThatIsNotThere_FailsAtOnce()
    {
        using var fleet = new StandInFleet().Synced();
        using var api = new ApiCalls(fleet.Connections, Options.Create(new OperatorOptions()), TimeProvider.System);

        var away = await Assert.ThrowsAsync<MemberAwayException>(() => api.RunAsync(new("nowhere"), (_, _) => Task.FromResult(""), default));

        Assert.Equal("Member 'nowhere' is away: there is no MemberCluster of that name.", away.Message);
    }
}

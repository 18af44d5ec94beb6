using System.Net;
using k8s.Autorest;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests;

public sealed class ApiCallsTests
{
    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, 4)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 4)]
    [InlineData(HttpStatusCode.Forbidden, 1)]
    [InlineData(HttpStatusCode.Conflict, 1)]
    [InlineData(HttpStatusCode.UnprocessableEntity, 1)]
    public async Task RunAsync_WhatIsRefused_IsTriedAgainOnlyWhereItMayPass(HttpStatusCode status, int expected)
    {
        using var api = new ApiCalls(Options.Create(new OperatorOptions()), TimeProvider.System);
        var calls = 0;

        await Assert.ThrowsAsync<HttpOperationException>(() => api.RunAsync<string>(_ =>
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
        using var api = new ApiCalls(Options.Create(new OperatorOptions { ApiTimeLimit = TimeSpan.FromMilliseconds(50) }), TimeProvider.System);
        var calls = 0;

        var answer = await api.RunAsync(async token =>
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
        using var api = new ApiCalls(Options.Create(new OperatorOptions { MaximumApiCalls = 3 }), TimeProvider.System);
        var (active, most) = (0, 0);
        var gate = new Lock();

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => api.RunAsync(async token =>
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
}

using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class SourceWatchTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider time = new();
    private readonly TransferMeter meter = new();
    private int asked;

    [Fact]
    public async Task DuringAsync_OfASilentSourceThatAnswers_GoesOn()
    {
        var work = new TaskCompletionSource<int>();
        var whole = Watch(answers: true).DuringAsync(token => work.Task.WaitAsync(token), Token);

        for (var minute = 0; minute < 60; minute++)
            time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(whole.IsCompleted);
        Assert.True(asked > 10);
        work.SetResult(7);

        Assert.Equal(7, await whole);
    }

    [Fact]
    public async Task DuringAsync_OfASourceThatHangs_EndsTheWorkAndSaysSo()
    {
        var whole = Watch(answers: false).DuringAsync(NeverAsync, Token);

        time.Advance(SourceWatch.Silence);

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => whole);
        Assert.Equal(JobFault.StreamBroken, trouble.Fault);
        Assert.Contains("orders-mysql-1 sent nothing for 2 minutes", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DuringAsync_WhileBytesCome_AsksNobody()
    {
        using var stop = new CancellationTokenSource();
        var whole = Watch(answers: false).DuringAsync(NeverAsync, stop.Token);

        for (var minute = 0; minute < 60; minute++)
        {
            meter.CountRead(1);
            time.Advance(SourceWatch.Silence);
        }

        Assert.Equal(0, asked);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => whole);
    }

    [Fact]
    public async Task DuringAsync_OfWorkThatFails_TellsItsOwnFault()
    {
        var trouble = await Assert.ThrowsAsync<JobFaultException>(
            () => Watch(answers: true).DuringAsync<int>(_ => throw new JobFaultException(JobFault.StorageDenied, "No."), Token));

        Assert.Equal(JobFault.StorageDenied, trouble.Fault);
    }

    private static async Task<int> NeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        return 0;
    }

    private SourceWatch Watch(bool answers) => new(
        _ =>
        {
            asked++;
            return Task.FromResult(answers);
        },
        meter,
        "orders-mysql-1",
        time);
}

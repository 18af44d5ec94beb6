using ControlPlane.Sidecar.Runner.Flow;

namespace ControlPlane.Sidecar.Tests.Runner.Flow;

public sealed class PartPoolTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task RentAsync_WhenAllAreOut_WaitsForOneThatComesBack()
    {
        var pool = new PartPool(20);
        var first = await pool.RentAsync(10, Token);
        await pool.RentAsync(10, Token);

        var third = pool.RentAsync(10, Token);
        Assert.False(third.IsCompleted);
        pool.Return(first);

        Assert.Same(first, await third);
    }

    [Fact]
    public async Task RentAsync_OfLongerParts_LetsTheShortOnesGoAndKeepsTheBound()
    {
        var pool = new PartPool(40);
        var shorts = new List<byte[]>();
        for (var count = 0; count < 4; count++)
            shorts.Add(await pool.RentAsync(10, Token));

        var first = pool.RentAsync(20, Token);
        pool.Return(shorts[0]);
        Assert.False(first.IsCompleted);
        pool.Return(shorts[1]);
        Assert.Equal(20, (await first).Length);
        var second = pool.RentAsync(20, Token);
        pool.Return(shorts[2]);
        Assert.False(second.IsCompleted);
        pool.Return(shorts[3]);

        Assert.Equal(20, (await second).Length);
    }

    [Fact]
    public async Task RentAsync_OfOneLongerThanTheBound_IsMadeAllTheSame() =>
        Assert.Equal(50, (await new PartPool(40).RentAsync(50, Token)).Length);

    [Fact]
    public async Task RentAsync_ThatIsGivenUp_LosesNoBuffer()
    {
        var pool = new PartPool(10);
        var only = await pool.RentAsync(10, Token);
        using var stop = new CancellationTokenSource();
        var given = pool.RentAsync(10, stop.Token);
        var next = pool.RentAsync(10, Token);

        await stop.CancelAsync();
        pool.Return(only);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Same(only, await next);
    }
}

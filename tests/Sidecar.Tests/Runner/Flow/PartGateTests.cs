using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Sidecar.Tests.Runner.Flow;

public sealed class PartGateTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task EnterAsync_WhenAllPlacesAreTaken_WaitsForOne()
    {
        var gate = new PartGate(new ParallelismPlanner(2), new TransferMeter(), time);
        await gate.EnterAsync(Token);
        await gate.EnterAsync(Token);

        var third = gate.EnterAsync(Token);
        Assert.False(third.IsCompleted);
        gate.Leave(1);

        await third;
    }

    [Fact]
    public async Task EnterAsync_ThatIsGivenUp_TakesNoPlace()
    {
        var gate = new PartGate(new ParallelismPlanner(1), new TransferMeter(), time);
        await gate.EnterAsync(Token);
        using var stop = new CancellationTokenSource();
        var given = gate.EnterAsync(stop.Token);
        var next = gate.EnterAsync(Token);

        await stop.CancelAsync();
        gate.Leave(0);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        await next;
    }

    [Fact]
    public async Task Leave_OfPartsThatHadToWait_LetsMoreOnTheirWay()
    {
        var gate = new PartGate(new ParallelismPlanner(8), new TransferMeter(), time);
        var before = gate.Limit;

        await PassAsync(gate, parts: 40, wait: true);

        Assert.True(gate.Limit > before);
    }

    [Fact]
    public async Task Leave_OfPartsThatNeverHadToWait_ChangesNothing()
    {
        var gate = new PartGate(new ParallelismPlanner(8), new TransferMeter(), time);
        var before = gate.Limit;

        await PassAsync(gate, parts: 40, wait: false);

        Assert.Equal(before, gate.Limit);
    }

    // Each place is left half a second after it was taken, whoever else is on the way.
    private async Task PassAsync(PartGate gate, int parts, bool wait)
    {
        var onTheirWay = new Queue<Task>();
        for (var part = 0; part < parts; part++)
        {
            while (!wait && onTheirWay.Count >= gate.Limit)
                await LeaveAsync();
            onTheirWay.Enqueue(gate.EnterAsync(Token));
            while (onTheirWay.Count > gate.Limit)
                await LeaveAsync();
        }

        async Task LeaveAsync()
        {
            await onTheirWay.Dequeue();
            time.Advance(TimeSpan.FromSeconds(0.5 / gate.Limit));
            gate.Leave(16 << 20);
        }
    }
}

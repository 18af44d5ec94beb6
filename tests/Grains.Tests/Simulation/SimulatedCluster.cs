using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>The cluster grain of the simulated world: the real queue over a memory that is never lost.</summary>
internal sealed class SimulatedCluster
{
    private readonly ClusterQueue queue;

    public SimulatedCluster(World world, int backoffLimit)
    {
        State = ClusterMachine.Apply(new(), Samples.ClusterSpec().With(Samples.SealedStorage()) with { BackoffLimit = backoffLimit });
        queue = new("orders", () => State, next =>
        {
            State = next;
            return Task.CompletedTask;
        }, backup => world.Backups[Abstractions.Backups.BackupKey.Parse(backup)], restore => throw new NotSupportedException($"No restore is simulated here: {restore}."),
            drill => throw new NotSupportedException($"No drill is simulated here: {drill}."), choice => throw new NotSupportedException($"No drill chooses here: {choice}."), waiter => Task.FromResult(world.OwnerOf(waiter)),
            new(Samples.Cluster, new StandInEdge(), () => throw new NotSupportedException("A fleet without a budget asks nobody."), TimeProvider.System));
    }

    public ClusterState State { get; private set; }

    public async Task BackupWaits(BackupWish wish)
    {
        State = ClusterMachine.Hear(State, wish);
        await queue.AskWhoRunsAsync();
        await queue.JudgeAsync(wish.Uid);
    }

    public async Task BackupEnded(BackupEnd end)
    {
        State = ClusterMachine.Record(State, end);
        if (State.Running?.Uid == end.Uid || State.Importing?.Uid == end.Uid)
            await queue.AskWhoRunsAsync();
        await queue.JudgeAsync(asker: null);
    }

    /// <summary>The owner sets another limit.</summary>
    public async Task Limit(long? bytesPerSecond)
    {
        State = ClusterMachine.Apply(State, State.Spec!.With(Samples.SealedStorage() with { UploadBytesPerSecond = bytesPerSecond }) with { Generation = State.Generation + 1 });
        await Tick();
    }

    public async Task Tick()
    {
        await queue.AskWhoRunsAsync();
        await queue.TellWhoRunsAsync();
        await queue.JudgeAsync(asker: null, tellsAll: true);
    }
}

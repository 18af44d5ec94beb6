using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Restores;

/// <summary>What is done once it is remembered.</summary>
internal sealed partial class RestoreGrain
{
    protected override RestoreState Decide(RestoreState state, RestoreEvent seen) => RestoreMachine.Next(key, state, seen, Now);

    protected override IReadOnlyList<RestoreAction> Work(bool looksNow) => RestoreAgenda.Work(State, looksNow);

    protected override DateTimeOffset? NextWake() => RestoreAgenda.NextWake(State, Now);

    protected override async Task ActAsync(RestoreAction action, CancellationToken cancellationToken)
    {
        switch (action.Deed)
        {
            case RestoreDeed.AskCluster:
                await Cluster.RestoreWaitsAsync(RestoreOrders.Wish(key, State) with { Place = await PlaceAsync(cancellationToken) });
                break;
            case RestoreDeed.FindBackup:
                await HearAsync(new RestoreEvent.BackupSeen(State.Spec!.BackupName is null ? null : await Backup.LendAsync(key.ToString(), cancellationToken)));
                break;
            case RestoreDeed.LookAtWorkload:
                await ports.Scaler.LookAsync(RestoreOrders.Look(key, State), cancellationToken);
                break;
            case RestoreDeed.Stop:
                await ports.Scaler.ScaleAsync(RestoreOrders.Look(key, State), 0, cancellationToken);
                break;
            case RestoreDeed.Start:
                await ports.Scaler.ScaleAsync(RestoreOrders.Look(key, State), State.Workload!.Replicas, cancellationToken);
                break;
            case RestoreDeed.EnsureJob:
                await EnsureJobAsync(
                    RestoreOrders.Job(key, State, State.Volumes.First(volume => volume.Job?.Name == action.Job)), message => new RestoreEvent.JobRefused(action.Job, message), cancellationToken);
                break;
            case RestoreDeed.RemoveJob:
                await Dispatcher.RemoveJobAsync(Subject, action.Job, cancellationToken);
                break;
            case RestoreDeed.LookAtJob:
                await HearAsync(new RestoreEvent.JobSeen(await Dispatcher.LookAtJobAsync(Subject, action.Job, cancellationToken)));
                break;
            case RestoreDeed.Part:
                await HearAsync(new RestoreEvent.Parted());
                break;
        }
    }

    protected override async Task TellAsync(CancellationToken cancellationToken)
    {
        if (State is { NewsOwed: true, Spec: not null })
            await Cluster.RestoreEndedAsync(new() { Restore = key, Uid = State.Uid, Over = State.Errand != RestoreErrand.Asking, Pace = State.Took });
        Settle(State with { NewsOwed = false });
        if (State is { ReturnOwed: true, Spec.BackupName: not null })
            await Backup.ReturnAsync(key.ToString(), cancellationToken);
        Settle(State with { ReturnOwed = false });
    }

    protected override async Task WriteStatusAsync(CancellationToken cancellationToken)
    {
        if (RestoreStatusBuilder.Build(State) is { } status)
            await Writer.WriteAsync(key, status, cancellationToken);
    }

    // Only who is counted has to say where he reads.
    private async Task<BucketPlace?> PlaceAsync(CancellationToken cancellationToken)
    {
        if (ports.Fleet.Current is not { Count: > 0 })
            return null;
        var storage = State.Origin?.Storage ?? State.Spec!.Source?.Storage ?? (await Backup.GetStatusAsync(cancellationToken))?.Storage;
        return storage is null ? null : BucketPlace.Of(storage.Request, key.Member.Name, key.Namespace);
    }

    private IClusterGrain Cluster => GrainFactory.GetGrain<IClusterGrain>(new ClusterKey(key.Member, key.Namespace, State.Spec!.ClusterName).ToString());

    private IBackupGrain Backup => GrainFactory.GetGrain<IBackupGrain>(new BackupKey(key.Member, key.Namespace, State.Spec!.BackupName!).ToString());
}

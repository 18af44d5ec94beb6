using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Backups;

/// <summary>What is done once it is remembered.</summary>
internal sealed partial class BackupGrain
{
    protected override BackupState Decide(BackupState state, BackupEvent seen) => BackupMachine.Next(key, state, seen, Now);

    protected override IReadOnlyList<BackupAction> Work(bool looksNow) => BackupAgenda.Work(State, Now, looksNow);

    protected override DateTimeOffset? NextWake() => BackupAgenda.NextWake(State, Now);

    protected override async Task ActAsync(BackupAction action, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case BackupAction.AskCluster:
                await Cluster.BackupWaitsAsync(Wish());
                break;
            case BackupAction.Survey:
                await ports.Surveyor.SurveyAsync(BackupOrders.Survey(key, State), cancellationToken);
                break;
            case BackupAction.EnsureJob:
                var wanted = State.Job!.Name;
                await EnsureJobAsync(BackupOrders.Job(key, State), message => new BackupEvent.JobRefused(wanted, message), cancellationToken);
                break;
            case BackupAction.RemoveJob when State.Job is { } job:
                await Dispatcher.RemoveJobAsync(Subject, job.Name, cancellationToken);
                await HearAsync(new BackupEvent.JobTold(job.Name));
                break;
            case BackupAction.LookAtJob when State.Job is { } job:
                await HearAsync(new BackupEvent.JobSeen(await Dispatcher.LookAtJobAsync(Subject, job.Name, cancellationToken)));
                break;
            case BackupAction.Release:
                await Writer.ReleaseAsync(key, State.Uid, cancellationToken);
                await HearAsync(new BackupEvent.Released());
                break;
            case BackupAction.Part:
                await HearAsync(new BackupEvent.Parted());
                break;
        }
    }

    protected override async Task TellAsync(CancellationToken cancellationToken)
    {
        if (State is { NewsOwed: true, Spec: not null })
            await TellClusterAsync();
        Settle(State with { NewsOwed = false });
    }

    protected override async Task WriteStatusAsync(CancellationToken cancellationToken)
    {
        if (BackupStatusBuilder.Build(State) is { } status)
            await Writer.WriteAsync(key, status, cancellationToken);
    }

    private Task TellClusterAsync() => Cluster.BackupEndedAsync(BackupMachine.Describe(key, State, Now));

    private IClusterGrain Cluster => GrainFactory.GetGrain<IClusterGrain>(new ClusterKey(key.Member, key.Namespace, State.Spec!.ClusterName).ToString());

    private BackupWish Wish() => new()
    {
        Backup = key,
        Uid = State.Uid,
        StorageName = State.Spec!.StorageName,
        Created = State.Spec.Created,
        Runs = State.Phase.HasJob(),
        ImportFrom = State.Spec.ImportFrom,
        Scheduled = State.Spec.Schedule is not null,
        Node = State.WishedNode,
    };
}

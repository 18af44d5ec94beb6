using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Restores;

/// <summary>What is done once it is remembered. A failure changes nothing but the time of the next try.</summary>
internal sealed partial class RestoreGrain
{
    private static readonly TimeSpan ActionLimit = TimeSpan.FromSeconds(15);

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        RestoreDeed? current = null;
        try
        {
            var looksNow = looks;
            looks = false;
            var before = State;
            if (looksNow)
                await HearAsync(new RestoreEvent.Ticked());
            foreach (var action in ReferenceEquals(before, State) ? RestoreAgenda.Work(State, looksNow) : [])
            {
                current = action.Deed;
                await ActAsync(action, cancellationToken);

                // The act moved the state: what is to be done now stands on the new agenda, whose turn is on its way.
                if (!ReferenceEquals(before, State))
                    return;
            }

            workTrouble.Clear();
            if (ReferenceEquals(before, State))
                SleepUntil(RestoreAgenda.NextWake(State, Now));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var pause = workTrouble.Next();
            LogActionFailed(exception, key, current, pause);
            SleepUntil(Now + pause);
        }
    }

    private void SleepUntil(DateTimeOffset? wake)
    {
        if (wake is not { } instant || State.IsSettled)
            return;
        looks = true;

        // Beyond this the reminder is soon enough.
        if (instant - Now <= TimeSpan.FromMinutes(10))
            work.Change(instant > Now ? instant - Now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task ActAsync(RestoreAction action, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ActionLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        switch (action.Deed)
        {
            case RestoreDeed.AskCluster:
                await Cluster.RestoreWaitsAsync(RestoreOrders.Wish(key, State));
                break;
            case RestoreDeed.FindBackup:
                await HearAsync(new RestoreEvent.BackupSeen(State.Spec!.BackupName is null ? null : await Backup.LendAsync(key.ToString(), both.Token)));
                break;
            case RestoreDeed.LookAtWorkload:
                await ports.Scaler.LookAsync(RestoreOrders.Look(key, State), both.Token);
                break;
            case RestoreDeed.Stop:
                await ports.Scaler.ScaleAsync(RestoreOrders.Look(key, State), 0, both.Token);
                break;
            case RestoreDeed.Start:
                await ports.Scaler.ScaleAsync(RestoreOrders.Look(key, State), State.Workload!.Replicas, both.Token);
                break;
            case RestoreDeed.EnsureJob:
                await EnsureJobAsync(action.Job, both.Token);
                break;
            case RestoreDeed.RemoveJob:
                await ports.Dispatcher.RemoveJobAsync(JobSubject.Of(key), action.Job, both.Token);
                break;
            case RestoreDeed.LookAtJob:
                await HearAsync(new RestoreEvent.JobSeen(await ports.Dispatcher.LookAtJobAsync(JobSubject.Of(key), action.Job, both.Token)));
                break;
            case RestoreDeed.Part:
                await HearAsync(new RestoreEvent.Parted());
                break;
        }
    }

    private async Task EnsureJobAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            await ports.Dispatcher.EnsureJobAsync(RestoreOrders.Job(key, State, State.Volumes.First(volume => volume.Job?.Name == job)), cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The owner is to read why nothing happens; the try itself is repeated.
            await HearAsync(new RestoreEvent.JobRefused(job, exception.Message));
            looks = true;
            throw;
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = new CancellationTokenSource(ActionLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await TellAsync(both.Token);
            await ShowAsync(both.Token);
            while (State.JobsToRemove is [var done, ..])
            {
                await ports.Dispatcher.RemoveJobAsync(JobSubject.Of(key), done, both.Token);
                memory.State = State with { JobsToRemove = [.. State.JobsToRemove.Skip(1)] };
            }

            reportTrouble.Clear();
            await SettleAsync();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var pause = reportTrouble.Next();
            LogReportFailed(exception, key, pause);
            reports.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        if (State is { NewsOwed: true, Spec: not null })
            await Cluster.RestoreEndedAsync(new() { Restore = key, Uid = State.Uid, Over = State.Errand != RestoreErrand.Asking });
        memory.State = State with { NewsOwed = false };
        if (State is { ReturnOwed: true, Spec.BackupName: not null })
            await Backup.ReturnAsync(key.ToString(), cancellationToken);
        memory.State = State with { ReturnOwed = false };
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        if (State.StatusOwed && RestoreStatusBuilder.Build(State) is { } status)
            await ports.Writer.WriteAsync(key, status, cancellationToken);
        memory.State = State with { StatusOwed = false };
        while (State.EventsOwed is [var first, ..])
        {
            await ports.Writer.RecordAsync(first, cancellationToken);
            memory.State = State with { EventsOwed = [.. State.EventsOwed.Skip(1)] };
        }
    }

    private async Task SettleAsync()
    {
        if (State.Errand == RestoreErrand.Forgetting)
        {
            WakeNow(looksToo: false);
        }
        else if (State.IsSettled)
        {
            // Written once more, so that a later activation does not tell the old story again.
            if (State.Uid.Length > 0)
                await RememberAsync(State);
            await DisarmAsync();
        }
    }

    private IClusterGrain Cluster => GrainFactory.GetGrain<IClusterGrain>(new ClusterKey(key.Member, key.Namespace, State.Spec!.ClusterName).ToString());

    private IBackupGrain Backup => GrainFactory.GetGrain<IBackupGrain>(new BackupKey(key.Member, key.Namespace, State.Spec!.BackupName!).ToString());
}

using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Backups;

/// <summary>What is done once it is remembered. A failure changes nothing but the time of the next try.</summary>
internal sealed partial class BackupGrain
{
    private static readonly TimeSpan ActionLimit = TimeSpan.FromSeconds(15);

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        BackupAction? current = null;
        try
        {
            if (State.NewsOwed)
                await TellClusterAsync();
            var looksNow = looks;
            looks = false;
            var before = State;
            if (looksNow)
                await HearAsync(new BackupEvent.Ticked());
            foreach (var action in ReferenceEquals(before, State) ? BackupAgenda.Work(State, Now, looksNow) : [])
            {
                current = action;
                await ActAsync(action, cancellationToken);

                // The act moved the state: what is to be done now stands on the new agenda, whose turn is on its way.
                if (!ReferenceEquals(before, State))
                    return;
            }

            workTrouble.Clear();
            if (ReferenceEquals(before, State))
                SleepUntil(BackupAgenda.NextWake(State, Now));
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

    private async Task ActAsync(BackupAction action, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ActionLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        switch (action)
        {
            case BackupAction.AskCluster:
                await Cluster.BackupWaitsAsync(Wish());
                break;
            case BackupAction.Survey:
                await ports.Surveyor.SurveyAsync(BackupOrders.Survey(key, State), both.Token);
                break;
            case BackupAction.EnsureJob:
                await EnsureJobAsync(both.Token);
                break;
            case BackupAction.RemoveJob when State.Job is { } job:
                await ports.Dispatcher.RemoveJobAsync(JobSubject.Of(key), job.Name, both.Token);
                await HearAsync(new BackupEvent.JobTold(job.Name));
                break;
            case BackupAction.LookAtJob when State.Job is { } job:
                await HearAsync(new BackupEvent.JobSeen(await ports.Dispatcher.LookAtJobAsync(JobSubject.Of(key), job.Name, both.Token)));
                break;
            case BackupAction.Release:
                await ports.Writer.ReleaseAsync(key, State.Uid, both.Token);
                await HearAsync(new BackupEvent.Released());
                break;
            case BackupAction.Part:
                await HearAsync(new BackupEvent.Parted());
                break;
        }
    }

    private async Task EnsureJobAsync(CancellationToken cancellationToken)
    {
        var job = State.Job!.Name;
        try
        {
            await ports.Dispatcher.EnsureJobAsync(BackupOrders.Job(key, State), cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The owner is to read why nothing happens; the try itself is repeated.
            await HearAsync(new BackupEvent.JobRefused(job, exception.Message));
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
            if (State.NewsOwed)
                await TellClusterAsync();
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

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        if (State.StatusOwed && BackupStatusBuilder.Build(State) is { } status)
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
        if (State.Errand == BackupErrand.Forgetting)
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

    private async Task TellClusterAsync()
    {
        if (State.Spec is not null)
            await Cluster.BackupEndedAsync(BackupMachine.Describe(key, State, Now));
        memory.State = State with { NewsOwed = false };
    }

    private IClusterGrain Cluster => GrainFactory.GetGrain<IClusterGrain>(new ClusterKey(key.Member, key.Namespace, State.Spec!.ClusterName).ToString());

    private BackupWish Wish() => new()
    {
        Backup = key,
        Uid = State.Uid,
        StorageName = State.Spec!.StorageName,
        Created = State.Spec.Created,
        Runs = State.Phase.HasJob(),
        ImportFrom = State.Spec.ImportFrom,
    };
}

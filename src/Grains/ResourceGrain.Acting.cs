using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains;

/// <summary>What is done once it is remembered. A failure changes nothing but the time of the next try.</summary>
internal abstract partial class ResourceGrain<TState, TEvent, TAction>
{
    private static readonly TimeSpan ActionLimit = TimeSpan.FromSeconds(15);

    // How soon it goes on once its member is back.
    private static readonly TimeSpan WhileAway = TimeSpan.FromSeconds(20);

    // Beyond this the reminder is soon enough.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(10);

    /// <summary>Asks for a Job. The owner is to read why nothing happens; the try itself is repeated.</summary>
    protected async Task EnsureJobAsync(Abstractions.Ports.JobOrder order, Func<string, TEvent> refused, CancellationToken cancellationToken)
    {
        try
        {
            await Dispatcher.EnsureJobAsync(order, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await HearAsync(refused(exception.Message));
            LookNext();
            throw;
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        object? current = null;
        if (Waits(work))
            return;
        try
        {
            if (State.NewsOwed)
                await TellAsync(cancellationToken);
            var (looksNow, returns) = (looks, waits);
            (looks, waits) = (returns, false);
            if ((looksNow || renewed != State.PlaceNumber) && AtWork is { } held && Fleet.Current is { Count: > 0 })
            {
                await GrainFactory.GetGrain<IBudgetGrain>(IBudgetGrain.Key).RenewAsync(held, State.PlaceNumber);
                renewed = State.PlaceNumber;
            }

            var before = State;

            // Whose member was away looks before it judges by the time: what it waits for may have come to its end there.
            if (looksNow && !returns)
                await HearAsync(Ticked);
            foreach (var action in ReferenceEquals(before, State) ? Work(looksNow) : [])
            {
                current = action;
                using var limit = new CancellationTokenSource(ActionLimit, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                await ActAsync(action, both.Token);

                // The act moved the state: what is to be done now stands on the new agenda, whose turn is on its way.
                if (!ReferenceEquals(before, State))
                    return;
            }

            workTrouble.Clear();
            if (!ReferenceEquals(before, State))
                return;
            SleepUntil(NextWake());
            if (State.IsSettled && Alarm is not null)
                await RestAsync();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var pause = workTrouble.Next();
            NoteActionFailed(exception, current, pause);
            SleepUntil(Now + pause);
        }
    }

    private void SleepUntil(DateTimeOffset? wake)
    {
        if (wake is not { } instant || State.IsSettled)
            return;
        looks = true;
        if (instant - Now <= LongestSleep)
            work.Change(instant > Now ? instant - Now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // While its member is away nothing can be done, nothing is judged, and no call is lost on it.
    private bool Waits(IGrainTimer turn)
    {
        if (Standing == MemberStanding.Present)
            return false;
        (waits, looks) = (true, true);
        if (Standing == MemberStanding.Away)
            turn.Change(WhileAway, Timeout.InfiniteTimeSpan);
        return true;
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        if (Waits(reports))
            return;
        try
        {
            using var limit = new CancellationTokenSource(ActionLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await TellAsync(both.Token);
            await ShowAsync(both.Token);
            while (State.JobsToRemove is [var done, ..])
            {
                await Dispatcher.RemoveJobAsync(Subject, done, both.Token);
                Settle(State with { JobsToRemove = [.. State.JobsToRemove.Skip(1)] });
            }

            reportTrouble.Clear();
            await SettleAsync();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var pause = reportTrouble.Next();
            NoteReportFailed(exception, pause);
            reports.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        if (State.StatusOwed)
            await WriteStatusAsync(cancellationToken);
        Settle(State with { StatusOwed = false });
        while (State.EventsOwed is [var first, ..])
        {
            await Writer.RecordAsync(first, cancellationToken);
            Settle(State with { EventsOwed = [.. State.EventsOwed.Skip(1)] });
        }
    }

    private async Task SettleAsync()
    {
        if (State.IsForgetting)
        {
            WakeNow(looksToo: false);
        }
        else if (State.IsSettled)
        {
            // Written once more, so that a later activation does not tell the old story again.
            if (State.Uid.Length > 0)
                await RememberAsync(State);
            await RestAsync();
        }
    }
}

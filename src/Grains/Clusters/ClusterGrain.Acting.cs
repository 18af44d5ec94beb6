namespace ControlPlane.Grains.Clusters;

/// <summary>What is done once it is remembered. A failure changes nothing but the time of the next try.</summary>
internal sealed partial class ClusterGrain
{
    // Whoever waits says so each minute; who has been silent for so long has gone unheard.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = new CancellationTokenSource(ActionLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            if (mustJudge)
            {
                await DropTheSilentAsync();
                await queue.AskWhoRunsAsync();
                await queue.TellWhoRunsAsync();
                await queue.JudgeAsync(asker: null, tellsAll: true);
                mustJudge = false;
            }

            await KeepWorkloadAsync(both.Token);
            await ShowAsync(both.Token);
            await SweepAsync(both.Token);
            await PartAsync();
            trouble.Clear();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var pause = trouble.Next();
            LogActionFailed(exception, key, pause);
            work.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task DropTheSilentAsync()
    {
        var limit = Now - Silence;
        if (activated < limit)
            await RememberAsync(State.Waiting.All(Speaks) ? State : State with { Waiting = [.. State.Waiting.Where(Speaks)] });
        foreach (var silent in heard.Where(word => word.Value < limit).ToList())
            heard.Remove(silent.Key);

        bool Speaks(ClusterWaiter waiter) => heard.TryGetValue(waiter.Uid, out var last) && last >= limit;
    }

    private async Task KeepWorkloadAsync(CancellationToken cancellationToken)
    {
        if (State.Releasing is { } earlier)
        {
            await ports.Keeper.ReleaseAsync(key, earlier, cancellationToken);
            await RememberAsync(State with { Releasing = null });
        }

        if (mustEnsure && State.Spec is { } spec)
            await ports.Keeper.EnsureAsync(key, spec, cancellationToken);
        mustEnsure = false;
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        if (State.StatusOwed && ClusterStatusBuilder.Build(State) is { } status)
            await ports.Writer.WriteAsync(key, status, cancellationToken);
        memory.State = State with { StatusOwed = false };
        while (State.EventsOwed is [var first, ..])
        {
            await ports.Writer.RecordAsync(first, cancellationToken);
            memory.State = State with { EventsOwed = [.. State.EventsOwed.Skip(1)] };
        }
    }

    // Remembered first, with its Job's name; asked for again by each activation, and looked at by each tick.
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        await RememberAsync(SweepMachine.Tick(key, State, Now));
        if (SweepMachine.Running(State) is not { Job: { } job } running || State.Spec is not { } spec)
            return;
        if (ensuredSweep != job)
        {
            if (SweepMachine.Order(key, State, spec, running) is { } order)
                await ports.Dispatcher.EnsureJobAsync(order, cancellationToken);
            ensuredSweep = job;
        }
        else if (mustLook)
        {
            var sighting = await ports.Dispatcher.LookAtJobAsync(new(key.Member, key.Namespace, key.Name), job, cancellationToken);
            await RememberAsync(SweepMachine.Observe(key, State, sighting, Now, looked: true));
        }

        mustLook = false;
    }

    private async Task PartAsync()
    {
        if (!State.IsEmpty)
            return;
        await memory.ClearStateAsync();
        var armed = reminder ?? await this.GetReminder(ReminderName);
        reminder = null;
        if (armed is not null)
            await this.UnregisterReminder(armed);
    }
}

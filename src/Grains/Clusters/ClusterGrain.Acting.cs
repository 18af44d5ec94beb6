using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters;

/// <summary>What is done once it is remembered. A failure changes nothing but the time of the next try.</summary>
internal sealed partial class ClusterGrain
{
    // Whoever waits says so each minute; who has been silent for so long has gone unheard.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    // A resource comes back by the watch within a second; when the watch is away, after its return.
    private static readonly TimeSpan Unseen = TimeSpan.FromMinutes(10);

    // How soon it goes on once its member is back, and how often it looks whether a member that was left is.
    private static readonly TimeSpan WhileAway = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WhileLeft = TimeSpan.FromHours(6);

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await WaitsAsync())
                return;
            using var limit = new CancellationTokenSource(ActionLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var hindrance = await FollowSchedulesAsync(both.Token);
            if (mustJudge)
            {
                await DropTheSilentAsync();
                await queue.AskWhoRunsAsync();
                await queue.TellWhoRunsAsync();
                await queue.JudgeAsync(asker: null, tellsAll: true);
                mustJudge = MustJudgeAgain();
            }

            mustKeepDrills |= mustEnsure;
            await KeepWorkloadAsync(both.Token);
            hindrance = await KeepDrillsAsync(both.Token) ?? hindrance;
            await ShowAsync(both.Token);
            await SweepAsync(both.Token);
            hindrance = await ImportAsync(both.Token) ?? hindrance;
            await RetainAsync(both.Token);
            mustLook = false;
            await PartAsync();
            if (rang && !State.IsEmpty)
                await ArmAsync(State);
            rang = false;
            if (hindrance is null)
                trouble.Clear();
            else
                TryAgain(hindrance);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            TryAgain(exception);
        }
    }

    // While its member is away, nothing falls due and nothing is asked there. What fell due meanwhile is judged when it is back, as if the plane itself
    // had been away.
    private async Task<bool> WaitsAsync()
    {
        var standing = ports.Members.StandingOf(key.Member);
        if (standing == MemberStanding.Present || State.IsEmpty)
            return false;
        await RememberAsync(ScheduleMachine.LoseMember(State, Now));
        hasEnsured = false;
        if (standing == MemberStanding.Away)
            work.Change(WhileAway, Timeout.InfiniteTimeSpan);
        else if (rang)
            await this.RegisterOrUpdateReminder(ReminderName, WhileLeft, Period);
        if (standing == MemberStanding.Left)
            (armed, rang) = (null, false);
        return true;
    }

    private void TryAgain(Exception exception)
    {
        var pause = trouble.Next();
        LogActionFailed(exception, key, pause);
        work.Change(pause, Timeout.InfiniteTimeSpan);
    }

    // Remembered first: what fell due once is never judged again. The names of the backups follow from their due times, so that asking twice is
    // harmless. What an API server refuses keeps nothing else of the cluster waiting.
    private async Task<Exception?> FollowSchedulesAsync(CancellationToken cancellationToken)
    {
        Exception? hindrance = null;
        await FollowTimeAsync(mustLook);
        foreach (var order in ScheduleMachine.Orders(key, State).ToList())
        {
            try
            {
                await ports.Requester.RequestAsync(order, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                hindrance = exception;
                await RememberAsync(ScheduleMachine.Hindered(State, order.Backup.Name, exception.Message));
                continue;
            }

            await RememberAsync(ScheduleMachine.Made(State, order.Backup.Name));
        }

        return hindrance;
    }

    // Whether an earlier backup has ended is asked before a due time is judged by it.
    private async Task FollowTimeAsync(bool looks)
    {
        if (looks || ScheduleMachine.NextWake(key, State) <= Now)
            await SettleRunsAsync();
        await RememberAsync(ObjectivesMachine.Judge(ScheduleMachine.Tick(key, State, Now), Now));
    }

    // The news of an end may be lost; and who deletes a backup's resource before it began leaves nobody to tell of it.
    private async Task SettleRunsAsync()
    {
        foreach (var run in ScheduleMachine.Open(State).ToList())
        {
            var backup = new BackupKey(key.Member, key.Namespace, run.Backup);
            if (await GrainFactory.GetGrain<IBackupGrain>(backup.ToString()).GetEndAsync() is { } end)
                await RememberAsync(ScheduleMachine.Record(key, State, end, Now));
            else if (Now - run.Asked > Unseen && await GrainFactory.GetGrain<IBackupGrain>(backup.ToString()).GetStatusAsync() is null)
                await RememberAsync(ScheduleMachine.Lose(key, State, run.Backup, Now));
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
        {
            await ports.Keeper.EnsureAsync(key, spec, cancellationToken);
            (hasEnsured, ensured) = (true, Now);
        }

        mustEnsure = false;
    }

    // Remembered first: what was made under an earlier spec is known to be taken away. What an API server refuses is told once, and keeps nothing else waiting.
    private async Task<Exception?> KeepDrillsAsync(CancellationToken cancellationToken)
    {
        if (!mustKeepDrills || State.Spec is not { } spec || (spec.Drills.Count == 0 && State.DrillsKept.Count == 0))
            return null;
        var wanted = spec.Drills.Select(plan => plan.Name).ToList();
        await RememberAsync(ClusterMachine.KeepDrills(State, State.DrillsKept.Union(wanted)));
        try
        {
            foreach (var plan in spec.Drills)
                await ports.Drills.EnsureAsync(key, State.Uid, plan, cancellationToken);
            foreach (var former in State.DrillsKept.Except(wanted).ToList())
                await ports.Drills.RemoveAsync(key, former, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (drillTrouble != exception.Message)
                await ports.Writer.RecordAsync(ClusterStatusBuilder.DrillNotCreated(key, State.Uid, exception.Message, Now), cancellationToken);
            drillTrouble = exception.Message;
            return exception;
        }

        await RememberAsync(ClusterMachine.KeepDrills(State, wanted));
        (mustKeepDrills, drillTrouble) = (false, "");
        return null;
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
        foreach (var sweep in State.Sweeps.Where(sweep => sweep.Untold is not null).ToList())
        {
            await Retention.CompareAsync(sweep.Untold!, cancellationToken);
            await RememberAsync(SweepMachine.Told(State, sweep.Storage));
        }

        await RememberAsync(SweepMachine.Tick(key, State, Now));
        if (SweepMachine.Running(State) is not { Job: { } job } running || State.Spec is not { } spec)
            return;
        if (ensuredSweep != job)
        {
            if (SweepMachine.Inquiry(spec, running.Storage, running.After, running.Asked) is { } inquiry
                && SweepMachine.Order(key, State, spec, running, await Retention.DescribeAsync(inquiry, cancellationToken)) is { } order)
                await ports.Dispatcher.EnsureJobAsync(order, cancellationToken);
            ensuredSweep = job;
        }
        else if (mustLook)
        {
            var sighting = await ports.Dispatcher.LookAtJobAsync(JobSubject.Of(key), job, cancellationToken);
            await RememberAsync(SweepMachine.Observe(key, State, sighting, Now, looked: true));
        }
    }

    // Remembered first: a Job with its name, and a page before its resources are made, whose names follow from their folders.
    private async Task<Exception?> ImportAsync(CancellationToken cancellationToken)
    {
        var hindrance = await MakeImportsAsync(cancellationToken);
        if (mustLookAtImports && ImportMachine.Running(State) is { } asked)
        {
            foreach (var open in asked.Open)
                await SettleImportAsync(open);
        }

        await RememberAsync(ImportMachine.Tick(key, State, Now));
        if (ImportMachine.Running(State) is not { Job: { } job } running)
            return hindrance;
        if (ensuredImport != job)
        {
            if (ImportMachine.Inquiry(State, running) is { } inquiry
                && ImportMachine.Order(key, State, running, await Retention.DescribeAsync(inquiry, cancellationToken)) is { } order)
                await ports.Dispatcher.EnsureJobAsync(order, cancellationToken);
            ensuredImport = job;
        }
        else if (mustLookAtImports)
        {
            var sighting = await ports.Dispatcher.LookAtJobAsync(JobSubject.Of(key), job, cancellationToken);
            await RememberAsync(ImportMachine.Observe(State, sighting, Now, looked: true));
        }

        mustLookAtImports = false;
        return hindrance;
    }

    private async Task<Exception?> MakeImportsAsync(CancellationToken cancellationToken)
    {
        Exception? hindrance = null;
        foreach (var order in ImportMachine.Orders(key, State).ToList())
        {
            try
            {
                var name = await ports.Requester.RequestAsync(order, cancellationToken);
                await RememberAsync(ImportMachine.Made(State, order.Folder, name, Now));
            }
            catch (Exception exception) when (exception is not OperationCanceledException and not Orleans.Storage.InconsistentStateException)
            {
                hindrance = exception;
                await RememberAsync(ImportMachine.Hindered(State, $"The API server does not take the resource of '{order.Folder}'; it is tried again. {exception.Message}"));
            }
        }

        return hindrance;
    }

    // The news of an end may be lost; and who deletes the resource leaves nobody to tell of it.
    private async Task SettleImportAsync(OpenImport open)
    {
        var backup = GrainFactory.GetGrain<IBackupGrain>(new BackupKey(key.Member, key.Namespace, open.Name).ToString());
        if (await backup.GetEndAsync() is { } end)
            await RememberAsync(ImportMachine.Record(State, end));
        else if (await backup.GetStatusAsync() is null)
            await RememberAsync(ImportMachine.Lose(State, open, Now));
    }

    // Asked again at each tick until it has told how it stands: a crash may come in between.
    private async Task RetainAsync(CancellationToken cancellationToken)
    {
        if (!mustRetain || State.Spec is not { } spec)
            return;
        unheard = true;
        await Retention.FollowAsync(spec, cancellationToken);
        mustRetain = false;
    }

    private IRetentionGrain Retention => GrainFactory.GetGrain<IRetentionGrain>(key.ToString());

    private async Task PartAsync()
    {
        if (!State.IsEmpty)
            return;
        await memory.ClearStateAsync();
        armed = null;
        if (await this.GetReminder(ReminderName) is { } reminder)
            await this.UnregisterReminder(reminder);
    }
}

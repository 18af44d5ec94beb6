using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace ControlPlane.Grains.Budgets;

/// <summary>
/// The fleet's ledger. What it hears is gathered for a moment and worked in one turn: many ask, one write, and all are judged in their order. Turns follow one
/// another; between them others are heard.
/// </summary>
[GrainType("budgets")]
[Reentrant]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class BudgetGrain(
    [PersistentState(BudgetGrain.StateName)] IPersistentState<BudgetState> memory,
    BudgetPorts ports,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    ILogger<BudgetGrain> logger) : Grain, IBudgetGrain, IRemindable
{
    internal const string StateName = "budgets";
    private const string ReminderName = "budgets";

    // While the budgets are not known, no more than this is kept of what is heard; all of it is said again.
    private const int MostHeard = 10_000;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, PlaceWait> told = [];
    private List<BudgetEvent> heard = [];
    private TaskCompletionSource<BudgetTurn?>? gathering;
    private IReadOnlyList<FleetBudget>? judgedBy;
    private IReadOnlyList<FleetBudgetSpec> specs = [];
    private BudgetTurn? last;
    private IGrainTimer turns = null!;
    private IGrainTimer shows = null!;
    private IGrainTimer asks = null!;
    private bool armed;
    private bool turnIsDue;

    private BudgetState State => memory.State;

    private DateTimeOffset Now => time.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        turns = this.RegisterGrainTimer(TurnAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        shows = this.RegisterGrainTimer(ShowAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        asks = this.RegisterGrainTimer(AskTheSilentAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        storedQueue = Queue(State);
        if (State.CountsSince is not null)
            Hear(new BudgetEvent.Woken());
        LogHere(State.Leases.Count, State.Waiting.Count);
        return Task.CompletedTask;
    }

    public async Task<PlaceAnswer> AskAsync(PlaceWish wish, DateTimeOffset sent, CancellationToken cancellationToken)
    {
        if (await HearAsync(new BudgetEvent.Asked(wish, sent)) is not { } turn)
            return new() { Wait = new() { Reason = Abstractions.Reasons.WaitingForPlace, Message = "The fleet's budgets have not been read yet." } };
        if (BudgetMachine.PlaceOf(turn.State, wish.Uid, specs) is { } place)
        {
            told.Remove(wish.Uid);
            return new() { Place = place };
        }

        // Without a budget it needs no place.
        if (turn.Waits.Count == 0 && turn.State.CountsSince is null)
            return new();
        var fresh = turn.Waits.GetValueOrDefault(wish.Uid) ?? new()
        {
            Reason = Abstractions.Reasons.WaitingForPlace,
            Message = FormattableString.Invariant($"{BudgetMachine.MostWaiting} wait already; it is asked for again."),
        };
        return new() { Wait = told[wish.Uid] = BudgetWords.Next(told.GetValueOrDefault(wish.Uid), fresh, Now) };
    }

    public Task RenewAsync(PlaceWish holder, long number)
    {
        Hear(new BudgetEvent.Renewed(holder, number));
        return Task.CompletedTask;
    }

    public Task GiveBackAsync(string uid, long number)
    {
        Hear(new BudgetEvent.GivenBack(uid, number));
        return Task.CompletedTask;
    }

    public Task FollowAsync()
    {
        turns.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task<LedgerView> GetViewAsync(CancellationToken cancellationToken) => Task.FromResult(new LedgerView
    {
        Holders = [.. State.Leases.Select(lease => lease.Wish)],
        Waiting = [.. State.Waiting.Select(waiter => waiter.Wish)],
    });

    /// <summary>Brings the ledger back where its silo died, and has it look after those it has not heard.</summary>
    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        (armed, mustStoreQueue) = (true, true);
        AskSoon(BudgetMachine.Silent(State, Now));
        turns.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    private Task<BudgetTurn?> HearAsync(BudgetEvent seen)
    {
        Hear(seen);
        gathering ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        return gathering.Task;
    }

    private void Hear(BudgetEvent seen)
    {
        if (!turnIsDue)
            turns.Change(Gathering, Timeout.InfiniteTimeSpan);
        turnIsDue = true;
        if (heard.Count < MostHeard)
            heard.Add(seen);
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var asking = gathering;
        (gathering, turnIsDue) = (null, false);
        if (ports.Fleet.Current is not { } budgets)
        {
            asking?.SetResult(null);
            turns.Change(Period, Timeout.InfiniteTimeSpan);
            return;
        }

        try
        {
            var events = heard;
            heard = [];
            if (!ReferenceEquals(judgedBy, budgets))
                (judgedBy, specs, last) = (budgets, [.. budgets.Select(budget => budget.Spec).OfType<FleetBudgetSpec>()], null);
            var turn = BudgetMachine.Next(State, events, specs, Now, last);
            await ArmAsync(turn.State);
            var changed = turn.State != State;
            memory.State = turn.State;
            if (turn.MustStore || (mustStoreQueue && !storedQueue.SetEquals(Queue(turn.State))))
                await StoreAsync();
            mustStoreQueue = false;
            last = turn;
            asking?.SetResult(turn);
            await TellAsync(turn, events);
            if (changed || shown.Count != budgets.Count)
                ShowSoon();
            Rest(turn);
        }
        catch (Exception exception)
        {
            // What is stored is not known any more: the next activation reads it, and all that was heard is said again.
            LogTurnFailed(exception);
            asking?.TrySetException(exception);
            DeactivateOnIdle();
        }
    }

    // One way: whoever was given a place without asking just now asks when it hears of it, and is told then.
    private async Task TellAsync(BudgetTurn turn, List<BudgetEvent> events)
    {
        foreach (var wish in turn.Granted.Where(_ => turn.State.CountsSince is not null))
            ports.Metrics.Granted(wish, Now);
        var answered = events.OfType<BudgetEvent.Asked>().Select(asked => asked.Wish.Uid).ToHashSet();
        foreach (var cluster in turn.Granted.Where(wish => !answered.Contains(wish.Uid)).GroupBy(wish => new ClusterKey(new(wish.Member), wish.Namespace, wish.Cluster)))
            await GrainFactory.GetGrain<IClusterGrain>(cluster.Key.ToString()).PlacesFreeAsync([.. cluster.Select(wish => wish.Uid)]);
        foreach (var gone in told.Keys.Where(uid => !turn.Waits.ContainsKey(uid)).ToList())
            told.Remove(gone);
        AskSoon(turn.Suspects);
    }

    private void Rest(BudgetTurn turn)
    {
        // What came meanwhile has its turn at once.
        if (turnIsDue)
        {
            turns.Change(Gathering, Timeout.InfiniteTimeSpan);
            return;
        }

        var pause = turn.HoldsUntil - Now;
        if (turn.State.Waiting.Count > 0)
            turns.Change(pause <= TimeSpan.Zero ? Gathering : pause < LongestRest ? pause : LongestRest, Timeout.InfiniteTimeSpan);
    }

    private async Task ArmAsync(BudgetState next)
    {
        var idle = next.Leases.Count == 0 && next.Waiting.Count == 0;
        if (!idle && !armed)
        {
            await this.RegisterOrUpdateReminder(ReminderName, Period, Period);
            armed = true;
        }
        else if (idle && armed)
        {
            if (await this.GetReminder(ReminderName) is { } reminder)
                await this.UnregisterReminder(reminder);
            armed = false;
        }
    }

    [LoggerMessage(1604, LogLevel.Information, "The ledger of the fleet's budgets is here; {Places} have a place and {Waiting} wait")]
    private partial void LogHere(int places, int waiting);

    [LoggerMessage(1601, LogLevel.Warning, "The ledger of the fleet's budgets could not go on; it begins anew from what is stored")]
    private partial void LogTurnFailed(Exception exception);

    [LoggerMessage(1602, LogLevel.Warning, "The {Kind} {Member}/{Namespace}/{Name} has a place in the fleet's budgets and could not be asked for it")]
    private partial void LogHolderSilent(Exception exception, WorkKind kind, string member, string @namespace, string name);

    [LoggerMessage(1603, LogLevel.Warning, "The fleet's budgets could not be shown; it is tried again in {Pause}")]
    private partial void LogShowFailed(Exception exception, TimeSpan pause);
}

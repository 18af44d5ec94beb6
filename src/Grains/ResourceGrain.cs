using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains;

/// <summary>
/// The grain of a resource that runs through phases. It hears, lets its machine decide, remembers, and only then acts. Acting happens in turns of its own, so
/// nobody who tells it something waits for the API server.
/// </summary>
/// <typeparam name="TState">What it remembers; an object that is never changed.</typeparam>
/// <typeparam name="TEvent">What it may hear.</typeparam>
/// <typeparam name="TAction">What it may do.</typeparam>
internal abstract partial class ResourceGrain<TState, TEvent, TAction>(IPersistentState<TState> memory, TimeProvider time) : Grain, IRemindable
    where TState : ResourceState
    where TEvent : class
    where TAction : notnull
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    // Whoever is woken too early sets the alarm anew.
    private static readonly TimeSpan LongestRest = TimeSpan.FromDays(1);

    // Several states may be passed within a moment; what is shown is gathered for so long.
    private static readonly TimeSpan ReportDelay = TimeSpan.FromMilliseconds(150);

    // While the plane leaves its member alone. The watch wakes it when that ends.
    private static readonly TimeSpan Sleep = TimeSpan.FromHours(6);

    private readonly BackoffClock workTrouble = new();
    private readonly BackoffClock reportTrouble = new();
    private IGrainTimer work = null!;
    private IGrainTimer reports = null!;
    private IGrainReminder? reminder;
    private DateTimeOffset? alarm;
    private bool looks;
    private bool waits;
    private long renewed;

    protected TState State => memory.State;

    protected DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The name of the reminder, which a stored one has for ever.</summary>
    protected abstract string ReminderName { get; }

    /// <summary>Where Jobs are asked for.</summary>
    protected abstract IJobDispatcher Dispatcher { get; }

    /// <summary>Where events go.</summary>
    protected abstract IStatusWriter Writer { get; }

    /// <summary>What the fleet's budgets say.</summary>
    protected abstract IFleetBudgets Fleet { get; }

    /// <summary>What it counts as in the fleet's budgets; null while it holds no slot of its cluster.</summary>
    protected abstract PlaceWish? AtWork { get; }

    /// <summary>What the Jobs of this resource are about.</summary>
    protected abstract JobSubject Subject { get; }

    /// <summary>How its member stands.</summary>
    protected abstract MemberStanding Standing { get; }

    /// <summary>When a settled state, of which nobody owes anybody anything, is to be woken; null for never.</summary>
    protected virtual DateTimeOffset? Alarm => null;

    /// <summary>That time went by.</summary>
    protected abstract TEvent Ticked { get; }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        work = this.RegisterGrainTimer(WorkAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        reports = this.RegisterGrainTimer(ReportAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        if (!State.IsSettled)
            WakeNow(looksToo: true);
        return Task.CompletedTask;
    }

    /// <summary>Only wakes the grain: what is long is done in a turn of its own.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // It rings again in a minute, unless it is set anew.
        alarm = null;
        if (State.IsSettled && Alarm is null)
            await RestAsync();
        else if (Standing == MemberStanding.Left)
            await SleepAsync();
        else
            WakeNow(looksToo: true);
    }

    /// <summary>The state after an event; the very same object when nothing changed.</summary>
    protected abstract TState Decide(TState state, TEvent seen);

    /// <summary>What has to be done now.</summary>
    protected abstract IReadOnlyList<TAction> Work(bool looksNow);

    /// <summary>When the state wants to be woken; null when only an event can move it.</summary>
    protected abstract DateTimeOffset? NextWake();

    /// <summary>Does one thing.</summary>
    protected abstract Task ActAsync(TAction action, CancellationToken cancellationToken);

    /// <summary>Tells other grains what they are yet to hear, and takes down that they did.</summary>
    protected abstract Task TellAsync(CancellationToken cancellationToken);

    /// <summary>Shows the status, where there is one.</summary>
    protected abstract Task WriteStatusAsync(CancellationToken cancellationToken);

    /// <summary>Takes note of a change that is remembered: for logs and figures.</summary>
    protected abstract void NoteChange(TState before, TState next);

    /// <summary>Takes note of an action that failed; null when it was none of the agenda's.</summary>
    protected abstract void NoteActionFailed(Exception exception, object? action, TimeSpan pause);

    /// <summary>Takes note of a report that failed.</summary>
    protected abstract void NoteReportFailed(Exception exception, TimeSpan pause);

    /// <summary>Remembers what follows from an event, and wakes the work.</summary>
    protected async Task HearAsync(TEvent seen)
    {
        var before = State;
        var next = Decide(before, seen);
        var same = ReferenceEquals(before, next);

        // Armed before it is remembered: a reminder without a memory is harmless, a memory without a reminder waits for ever. And who slept has an alarm
        // that is hours away, of which an activation of its own may know nothing.
        if (!next.IsSettled && (reminder is null || alarm is not null))
            (reminder, alarm) = (await this.RegisterOrUpdateReminder(ReminderName, Period, Period), null);
        if (same && waits)
            WakeNow(looksToo: true);
        if (same)
            return;
        await RememberAsync(next);
        NoteChange(before, next);
        WakeNow(looksToo: false);
    }

    /// <summary>Changes in memory alone what was told or done: were it lost, it would only be told once more.</summary>
    protected void Settle(TState next) => memory.State = next;

    /// <summary>The next turn looks, in case an event was lost.</summary>
    protected void LookNext() => looks = true;

    private async Task RememberAsync(TState next)
    {
        memory.State = next;
        try
        {
            await (next.Uid.Length == 0 ? memory.ClearStateAsync() : memory.WriteStateAsync());
        }
        catch
        {
            // What is stored is not known any more: the next activation reads it.
            DeactivateOnIdle();
            throw;
        }
    }

    private void WakeNow(bool looksToo)
    {
        looks |= looksToo;
        work.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        if (State.OwesSomething)
            reports.Change(ReportDelay, Timeout.InfiniteTimeSpan);
    }

    // Nothing is to be done and nothing to be judged there: its reminder only looks now and then whether that is still so.
    private async Task SleepAsync()
    {
        waits = true;
        alarm = Now + Sleep;
        reminder = await this.RegisterOrUpdateReminder(ReminderName, Sleep, Period);
    }

    private async Task RestAsync()
    {
        if (Alarm is { } wake)
        {
            if (alarm == wake)
                return;
            alarm = wake;
            var pause = wake - Now;

            // What came while the last word was said is not put off by a minute; what cannot be done is tried again by the reminder that stands.
            if (pause <= TimeSpan.Zero)
                WakeNow(looksToo: true);
            else
                reminder = await this.RegisterOrUpdateReminder(ReminderName, ReminderTime.RoundUp(pause < LongestRest ? pause : LongestRest), Period);
            return;
        }

        alarm = null;
        var armed = reminder ?? await this.GetReminder(ReminderName);
        reminder = null;
        if (armed is not null)
            await this.UnregisterReminder(armed);
    }
}

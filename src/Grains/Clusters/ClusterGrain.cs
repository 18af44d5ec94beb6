using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Grains.Clusters;

/// <summary>
/// Keeps the spec, the queue and the catalogue of one cluster. Calls go down to its backups; what comes up is only news, and the truth is
/// asked for before anything depends on it.
/// </summary>
[GrainType("cluster")]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class ClusterGrain(
    [PersistentState(ClusterGrain.StateName)] IPersistentState<ClusterState> memory,
    ClusterPorts ports,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    ILogger<ClusterGrain> logger) : Grain, IClusterGrain, IRemindable
{
    internal const string StateName = "cluster";
    private const string ReminderName = "cluster";

    private const int MostLooks = 12;

    // How soon a tick that failed, or that nobody was there to hear, comes again. A good one sets the alarm clock anew.
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ActionLimit = TimeSpan.FromSeconds(15);

    // The fleet's budgets are read within moments of a start.
    private static readonly TimeSpan Blind = TimeSpan.FromSeconds(2);

    private readonly BackoffClock trouble = new();
    private readonly Dictionary<string, DateTimeOffset> heard = [];
    private ClusterKey key;
    private ClusterQueue queue = null!;
    private ClusterPlaces places = null!;
    private IGrainTimer work = null!;
    private IGrainTimer look = null!;
    private int looks;
    private DateTimeOffset? armed;
    private bool rang;
    private DateTimeOffset activated;
    private DateTimeOffset ensured;
    private bool hasEnsured;
    private bool mustEnsure;
    private bool mustKeepDrills;
    private string drillTrouble = "";
    private bool mustJudge = true;
    private bool mustLook;
    private bool mustRetain = true;
    private bool unheard;
    private string? ensuredSweep;
    private bool mustLookAtImports;
    private string? ensuredImport;

    private ClusterState State => memory.State;

    private DateTimeOffset Now => time.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        key = ClusterKey.Parse(this.GetPrimaryKeyString());
        activated = ensured = Now;
        queue = new(
            key.Name, () => State, RememberAsync, backup => GrainFactory.GetGrain<IBackupGrain>(backup), restore => GrainFactory.GetGrain<IRestoreGrain>(restore),
            drill => GrainFactory.GetGrain<IDrillGrain>(drill), choice => Retention.ChooseAsync(choice), OwnerAsync, places = new(key, ports.Fleet, () => GrainFactory.GetGrain<IBudgetGrain>(IBudgetGrain.Key), time));
        work = this.RegisterGrainTimer(WorkAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        look = this.RegisterGrainTimer(EnsureAgainAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public async Task ApplyAsync(ClusterSpec spec, CancellationToken cancellationToken)
    {
        // What fell due under the earlier spec is judged by that one.
        await FollowTimeAsync(looks: false);
        var next = ClusterMachine.Apply(State, spec);
        var changed = !ReferenceEquals(State, next);
        if (changed)
            await RememberAsync(ScheduleMachine.Tick(key, next, Now));
        if (!changed && hasEnsured)
            return;

        // Whose member comes back has an alarm that is hours away, of which this activation may know nothing.
        rang |= !hasEnsured;
        (mustEnsure, mustJudge, mustRetain) = (true, mustJudge || changed, true);
        WorkNow();
    }

    public async Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken)
    {
        if (await RememberAsync(ClusterMachine.Refuse(State, faults)))
            WorkNow();
    }

    public async Task ForgetAsync(string uid, CancellationToken cancellationToken)
    {
        mustJudge = true;
        if (await RememberAsync(ClusterMachine.Forget(State, uid)))
            WorkNow();
    }

    public async Task ObserveWorkloadAsync(WorkloadSighting sighting, CancellationToken cancellationToken)
    {
        LookAgain(sighting);
        if (await RememberAsync(ClusterMachine.Observe(State, sighting)))
            WorkNow();
    }

    public Task BackupWaitsAsync(BackupWish wish) => HearAsync(wish.Uid, ClusterMachine.Hear(State, wish));

    public async Task BackupEndedAsync(BackupEnd end)
    {
        var waited = Waits(end.Uid);
        await RememberAsync(ImportMachine.Record(ScheduleMachine.Record(key, ClusterMachine.Record(State, end), end, Now), end));

        // Before the next one is judged: whose the folders are is asked there.
        await Retention.RecordAsync(end);
        await GoOnAfterAsync(end.Uid, State, waited);
        mustRetain = true;
        WorkNow();
    }

    public Task RestoreWaitsAsync(RestoreWish wish) => HearAsync(wish.Uid, ClusterMachine.Hear(State, wish));

    public async Task RestoreEndedAsync(RestoreEnd end)
    {
        await GoOnAfterAsync(end.Uid, ClusterMachine.Record(State, end), Waits(end.Uid));

        // It was stopped meanwhile, and whoever looked then saw none of its Pods.
        mustEnsure = true;
        WorkNow();
    }

    public Task DrillWaitsAsync(DrillWish wish) => HearAsync(wish.Uid, ClusterMachine.Hear(State, wish));

    public Task DrillEndedAsync(DrillEnd end) => GoOnAfterAsync(end.Uid, ClusterMachine.Record(State, end), Waits(end.Uid));

    public Task PlacesFreeAsync(IReadOnlyList<string> uids) => JudgeAsync(asker: null, granted: uids);

    public async Task ObserveSweepAsync(JobSighting sighting, CancellationToken cancellationToken)
    {
        if (ImportMachine.Running(State)?.Job is { } import && import == sighting.Job)
        {
            if (await RememberAsync(ImportMachine.Observe(State, sighting, Now, looked: false)))
                WorkNow();
        }
        else if (State.Sweeps.All(sweep => sweep.Job != sighting.Job))
        {
            await Retention.ObserveAsync(sighting, cancellationToken);
            mustRetain = true;
            WorkNow();
        }
        else if (await RememberAsync(SweepMachine.Observe(key, State, sighting, Now, looked: false)))
        {
            WorkNow();
        }
    }

    public async Task AskForSweepAsync(SweepWish wish, CancellationToken cancellationToken)
    {
        if (await RememberAsync(SweepMachine.Ask(key, State, wish, Now)))
            WorkNow();
    }

    public async Task AskForImportAsync(ImportWish wish, CancellationToken cancellationToken)
    {
        if (await RememberAsync(ImportMachine.Ask(key, State, wish, Now)))
            WorkNow();
    }

    public async Task RetentionTellsAsync(RetentionNews news)
    {
        unheard &= news.Uid != State.Uid;
        if (await RememberAsync(ClusterMachine.Retain(State, news)))
            WorkNow();
    }

    public Task<ClusterView> GetViewAsync(CancellationToken cancellationToken) => Task.FromResult(new ClusterView
    {
        Spec = State.Spec,
        Running = State.Running is { IsRestore: false } running ? BackupKey.Parse(running.Backup) : null,
        Waiting = [.. State.Waiting.Where(waiter => waiter.Use is SlotUse.Backup or SlotUse.Import).Select(waiter => BackupKey.Parse(waiter.Backup))],
        Restoring = State.Running is { IsRestore: true } restoring ? RestoreKey.Parse(restoring.Backup) : null,
        Drilling = State.Drilling is { } drilling ? DrillKey.Parse(drilling.Backup) : null,
    });

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // The alarm clock rings again in a minute, unless the work sets it anew.
        (armed, rang) = (null, true);
        (mustJudge, mustLook, mustLookAtImports) = (true, true, true);

        // When many clusters fall due together, their workloads are looked at another time; but not put off for ever by a schedule of every minute.
        mustEnsure |= !(ScheduleMachine.NextWake(key, State) <= Now) || Now - ensured > ClusterAgenda.WhileIdle;

        mustRetain |= unheard || !(Now < State.RetentionDue);
        WorkNow();
        return Task.CompletedTask;
    }

    private async Task HearAsync(string uid, ClusterState next)
    {
        heard[uid] = Now;
        await RememberAsync(next);
        await queue.AskWhoRunsAsync();
        await JudgeAsync(asker: uid);
    }

    private bool Waits(string uid) => State.Waiting.Any(waiter => waiter.Uid == uid);

    private async Task GoOnAfterAsync(string uid, ClusterState next, bool waited)
    {
        await RememberAsync(next);

        // Whoever waits no longer wants no place in the fleet's budgets.
        if (waited && !Waits(uid))
            await places.GiveBackAsync(uid, 0);
        if (State.Held().Any(held => held.Slot.Uid == uid))
            await queue.AskWhoRunsAsync();
        await JudgeAsync(asker: null);
    }

    /// <summary>Sets the alarm clock, unless it rings early enough: what it finds it rings for is judged then.</summary>
    private async Task ArmAsync(ClusterState next)
    {
        var tick = ClusterAgenda.NextTick(key, next, Now);
        if (armed <= tick)
            return;
        await this.RegisterOrUpdateReminder(ReminderName, ReminderTime.RoundUp(tick - Now), Period);
        armed = tick;
    }

    private async Task<bool> RememberAsync(ClusterState next)
    {
        var before = State;
        if (next == before)
            return false;
        if (!next.IsEmpty)
            await ArmAsync(next);
        memory.State = ClusterMachine.Tell(key, before, next, Now);
        try
        {
            await memory.WriteStateAsync();
        }
        catch
        {
            // What is stored is not known any more: the next activation reads it.
            DeactivateOnIdle();
            throw;
        }

        ports.Metrics.Followed(before.Schedules, State.Schedules, JitterOf);
        ports.Metrics.Judged(before.Objectives, State.Objectives);
        if (State.StatusOwed || State.EventsOwed.Count > 0)
            WorkNow();
        return true;
    }

    private TimeSpan JitterOf(ClusterSchedule schedule) =>
        State.Spec?.Schedules.FirstOrDefault(wanted => wanted.Name == schedule.Name) is { } wanted ? ScheduleMachine.Jitter(key, wanted) : TimeSpan.Zero;

    // A rollout takes a minute or so, and its owner watches. What is not settled within a few minutes is left to the tick.
    private void LookAgain(WorkloadSighting sighting)
    {
        var settled = sighting.Trouble is null && sighting.ReadyAgents >= sighting.Replicas;
        looks = settled ? 0 : looks + 1;
        var pause = settled || looks > MostLooks ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Math.Min(30, 1 << looks));
        look.Change(pause, Timeout.InfiniteTimeSpan);
    }

    private Task EnsureAgainAsync(CancellationToken cancellationToken)
    {
        mustEnsure = true;
        WorkNow();
        return Task.CompletedTask;
    }

    private async Task JudgeAsync(string? asker, IReadOnlyList<string>? granted = null)
    {
        await queue.JudgeAsync(asker, granted: granted);
        mustJudge |= MustJudgeAgain();
    }

    private bool MustJudgeAgain()
    {
        if (!places.WasBlind)
            return false;
        places.WasBlind = false;
        work.Change(Blind, Timeout.InfiniteTimeSpan);
        return true;
    }

    private async Task<string?> OwnerAsync(ClusterWaiter waiter) => waiter.ImportFrom!.Uid == State.Running?.Uid
        ? BackupKey.Parse(State.Running.Backup).Name
        : await Retention.FindOwnerAsync(waiter.ImportFrom.Uid, waiter.Uid);

    private void WorkNow() => work.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);

    [LoggerMessage(1101, LogLevel.Warning, "Cluster {Cluster} could not act; it is tried again in {Pause}")]
    private partial void LogActionFailed(Exception exception, ClusterKey cluster, TimeSpan pause);
}

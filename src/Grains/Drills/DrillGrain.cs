using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Grains.Drills;

/// <summary>One drill: see <see cref="ResourceGrain{TState, TEvent, TAction}"/> for how it hears, remembers and acts. Between its due times it is put away.</summary>
[GrainType("drill")]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class DrillGrain(
    [PersistentState(DrillGrain.StateName)] IPersistentState<DrillState> memory,
    DrillPorts ports,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    ILogger<DrillGrain> logger) : ResourceGrain<DrillState, DrillEvent, DrillAction>(memory, time), IDrillGrain
{
    internal const string StateName = "drill";

    private DrillKey key;

    protected override string ReminderName => StateName;

    protected override IJobDispatcher Dispatcher => ports.Dispatcher;

    protected override IStatusWriter Writer => ports.Writer;

    protected override IFleetBudgets Fleet => ports.Fleet;

    protected override PlaceWish? AtWork => State.HoldsSlot ? DrillOrders.Work(key, State) : null;

    protected override MemberStanding Standing => ports.Members.StandingOf(key.Member);

    protected override JobSubject Subject => JobSubject.Of(key);

    protected override DrillEvent Ticked => new DrillEvent.Ticked();

    // Who is not due is looked for now and then: its resource may have gone while nobody watched, and what it found would stand at the cluster for ever.
    protected override DateTimeOffset? Alarm => State.Uid.Length == 0 ? null : DrillSchedule.NextWake(State) ?? Now + DrillPatience.Rest;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        key = DrillKey.Parse(this.GetPrimaryKeyString());
        return base.OnActivateAsync(cancellationToken);
    }

    public async Task ApplyAsync(DrillSpec spec, CancellationToken cancellationToken)
    {
        await HearAsync(new DrillEvent.Applied(spec));

        // News is one-way: what was lost is said again with each word, and all of it whenever a watch begins anew.
        if (State.Uid == spec.Uid && State is { Spec: not null, Gone: false, History.Count: > 0 })
            await Cluster.DrillEndedAsync(DrillOrders.End(key, State));
    }

    public Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken) => HearAsync(new DrillEvent.Refused(faults));

    public Task ForgetAsync(string uid, CancellationToken cancellationToken) => HearAsync(new DrillEvent.ResourceGone(uid));

    public Task AdmitAsync(DrillAdmission admission, CancellationToken cancellationToken) => HearAsync(new DrillEvent.Admitted(admission));

    public Task WaitAsync(BackupRefusal refusal, CancellationToken cancellationToken) => HearAsync(new DrillEvent.ToldToWait(refusal));

    public Task ObserveJobAsync(JobSighting sighting, CancellationToken cancellationToken) => HearAsync(new DrillEvent.JobSeen(sighting));

    public Task<DrillStatus?> GetStatusAsync(CancellationToken cancellationToken) => Task.FromResult(DrillStatusBuilder.Build(State));

    public Task<DrillClaim> GetClaimAsync(string uid, CancellationToken cancellationToken) => Task.FromResult(new DrillClaim
    {
        Holds = State.Uid == uid && State.HoldsSlot,
        End = State.Uid == uid && uid.Length > 0 ? DrillOrders.End(key, State) : null,
    });

    protected override DrillState Decide(DrillState state, DrillEvent seen) => DrillMachine.Next(key, state, seen, Now);

    protected override IReadOnlyList<DrillAction> Work(bool looksNow) => DrillAgenda.Work(State, looksNow);

    protected override DateTimeOffset? NextWake() => DrillAgenda.NextWake(State, Now);

    protected override async Task ActAsync(DrillAction action, CancellationToken cancellationToken)
    {
        switch (action.Deed)
        {
            case DrillDeed.AskCluster:
                await Cluster.DrillWaitsAsync(DrillOrders.Wish(key, State));
                break;
            case DrillDeed.FindBackup:
                var (name, reader) = (State.Round!.Backup!, DrillMachine.Reader(State, State.Round));
                await HearAsync(new DrillEvent.BackupSeen(name, await Backup(name).LendAsync(reader, cancellationToken)));
                break;
            case DrillDeed.EnsureJob:
                await EnsureJobAsync(DrillOrders.Job(key, State), message => new DrillEvent.JobRefused(action.Job, message), cancellationToken);
                break;
            case DrillDeed.RemoveJob:
                await Dispatcher.RemoveJobAsync(Subject, action.Job, cancellationToken);
                break;
            case DrillDeed.LookAtJob:
                await HearAsync(new DrillEvent.JobSeen(await Dispatcher.LookAtJobAsync(Subject, action.Job, cancellationToken)));
                break;
            case DrillDeed.LookAtResource:
                await HearAsync(new DrillEvent.JobSeen(await Dispatcher.LookAtJobAsync(Subject, JobNames.ForDrill(key.Name, State.Uid, State.Numbers), cancellationToken)));
                break;
            case DrillDeed.Part:
                await HearAsync(new DrillEvent.Parted());
                break;
        }
    }

    protected override async Task TellAsync(CancellationToken cancellationToken)
    {
        if (State is { NewsOwed: true, Spec: not null })
            await Cluster.DrillEndedAsync(DrillOrders.End(key, State));
        Settle(State with { NewsOwed = false });
        while (State.ProofsOwed is [var proof, ..])
        {
            await Backup(proof.Backup).ProveAsync(proof.Proof, cancellationToken);
            Settle(State with { ProofsOwed = [.. State.ProofsOwed.Skip(1)] });
        }

        while (State.ReturnsOwed is [var lent, ..])
        {
            await Backup(lent.Backup).ReturnAsync(lent.Reader, cancellationToken);
            Settle(State with { ReturnsOwed = [.. State.ReturnsOwed.Skip(1)] });
        }
    }

    protected override async Task WriteStatusAsync(CancellationToken cancellationToken)
    {
        if (DrillStatusBuilder.Build(State) is { } status)
            await Writer.WriteAsync(key, status, cancellationToken);
    }

    protected override void NoteChange(DrillState before, DrillState next)
    {
        if (before.Phase != next.Phase && next.Uid.Length > 0)
            LogPhaseChanged(key, before.Phase, next.Phase, next.Reason);

        // What a plane that lost its memory reads of earlier rounds did not end now.
        if (DrillStory.Ended(before, next) is { } ended)
            ports.Metrics.Drilled(ended);
    }

    protected override void NoteActionFailed(Exception exception, object? action, TimeSpan pause) => LogActionFailed(exception, key, (action as DrillAction)?.Deed, pause);

    protected override void NoteReportFailed(Exception exception, TimeSpan pause) => LogReportFailed(exception, key, pause);

    private IClusterGrain Cluster => GrainFactory.GetGrain<IClusterGrain>(new ClusterKey(key.Member, key.Namespace, State.Spec!.ClusterName).ToString());

    private IBackupGrain Backup(string name) => GrainFactory.GetGrain<IBackupGrain>(new BackupKey(key.Member, key.Namespace, name).ToString());

    [LoggerMessage(1401, LogLevel.Information, "Drill {Drill} went from {Before} to {After} ({Reason})")]
    private partial void LogPhaseChanged(DrillKey drill, DrillPhase before, DrillPhase after, string reason);

    [LoggerMessage(1402, LogLevel.Warning, "Drill {Drill} could not act ({Deed}); it is tried again in {Pause}")]
    private partial void LogActionFailed(Exception exception, DrillKey drill, DrillDeed? deed, TimeSpan pause);

    [LoggerMessage(1403, LogLevel.Warning, "Drill {Drill} could not report; it is tried again in {Pause}")]
    private partial void LogReportFailed(Exception exception, DrillKey drill, TimeSpan pause);
}

using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Grains.Restores;

/// <summary>One restore: see <see cref="ResourceGrain{TState, TEvent, TAction}"/> for how it hears, remembers and acts.</summary>
[GrainType("restore")]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class RestoreGrain(
    [PersistentState(RestoreGrain.StateName)] IPersistentState<RestoreState> memory,
    RestorePorts ports,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    ILogger<RestoreGrain> logger) : ResourceGrain<RestoreState, RestoreEvent, RestoreAction>(memory, time), IRestoreGrain
{
    internal const string StateName = "restore";

    private RestoreKey key;

    protected override string ReminderName => StateName;

    protected override IJobDispatcher Dispatcher => ports.Dispatcher;

    protected override IStatusWriter Writer => ports.Writer;

    protected override IFleetBudgets Fleet => ports.Fleet;

    protected override PlaceWish? AtWork => State.HoldsSlot ? RestoreOrders.Work(key, State) : null;

    protected override MemberStanding Standing => ports.Members.StandingOf(key.Member);

    protected override JobSubject Subject => JobSubject.Of(key);

    protected override RestoreEvent Ticked => new RestoreEvent.Ticked();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        key = RestoreKey.Parse(this.GetPrimaryKeyString());
        return base.OnActivateAsync(cancellationToken);
    }

    public Task ApplyAsync(RestoreSpec spec, CancellationToken cancellationToken) => HearAsync(new RestoreEvent.Applied(spec));

    public Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken) => HearAsync(new RestoreEvent.Refused(faults));

    public Task ForgetAsync(string uid, CancellationToken cancellationToken) => HearAsync(new RestoreEvent.ResourceGone(uid));

    public Task AdmitAsync(BackupAdmission admission, CancellationToken cancellationToken) => HearAsync(new RestoreEvent.Admitted(admission));

    public Task WaitAsync(BackupRefusal refusal, CancellationToken cancellationToken) => HearAsync(new RestoreEvent.ToldToWait(refusal));

    public Task ObserveWorkloadAsync(WorkloadStanding standing, CancellationToken cancellationToken) => HearAsync(new RestoreEvent.WorkloadSeen(standing));

    public Task ObserveJobAsync(JobSighting sighting, CancellationToken cancellationToken) => HearAsync(new RestoreEvent.JobSeen(sighting));

    public Task<RestoreStatus?> GetStatusAsync(CancellationToken cancellationToken) => Task.FromResult(RestoreStatusBuilder.Build(State));

    public Task<bool> HoldsSlotAsync(string uid, CancellationToken cancellationToken) => Task.FromResult(State.Uid == uid && State.HoldsSlot);

    protected override void NoteChange(RestoreState before, RestoreState next)
    {
        if (before.Phase != next.Phase && next.Uid.Length > 0)
            LogPhaseChanged(key, before.Phase, next.Phase, next.Reason);
    }

    protected override void NoteActionFailed(Exception exception, object? action, TimeSpan pause) => LogActionFailed(exception, key, (action as RestoreAction)?.Deed, pause);

    protected override void NoteReportFailed(Exception exception, TimeSpan pause) => LogReportFailed(exception, key, pause);

    [LoggerMessage(1301, LogLevel.Information, "Restore {Restore} went from {Before} to {After} ({Reason})")]
    private partial void LogPhaseChanged(RestoreKey restore, RestorePhase before, RestorePhase after, string reason);

    [LoggerMessage(1302, LogLevel.Warning, "Restore {Restore} could not act ({Deed}); it is tried again in {Pause}")]
    private partial void LogActionFailed(Exception exception, RestoreKey restore, RestoreDeed? deed, TimeSpan pause);

    [LoggerMessage(1303, LogLevel.Warning, "Restore {Restore} could not report; it is tried again in {Pause}")]
    private partial void LogReportFailed(Exception exception, RestoreKey restore, TimeSpan pause);
}

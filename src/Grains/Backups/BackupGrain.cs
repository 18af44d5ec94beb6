using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Grains.Backups;

/// <summary>One backup: see <see cref="ResourceGrain{TState, TEvent, TAction}"/> for how it hears, remembers and acts.</summary>
[GrainType("backup")]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class BackupGrain(
    [PersistentState(BackupGrain.StateName)] IPersistentState<BackupState> memory,
    BackupPorts ports,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    ILogger<BackupGrain> logger) : ResourceGrain<BackupState, BackupEvent, BackupAction>(memory, time), IBackupGrain
{
    internal const string StateName = "backup";

    private BackupKey key;

    protected override string ReminderName => StateName;

    protected override IJobDispatcher Dispatcher => ports.Dispatcher;

    protected override IStatusWriter Writer => ports.Writer;

    protected override IFleetBudgets Fleet => ports.Fleet;

    protected override PlaceWish? AtWork => State.HoldsSlot ? BackupOrders.Work(key, State) : null;

    protected override MemberStanding Standing => ports.Members.StandingOf(key.Member);

    protected override JobSubject Subject => JobSubject.Of(key);

    protected override BackupEvent Ticked => new BackupEvent.Ticked();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        key = BackupKey.Parse(this.GetPrimaryKeyString());
        return base.OnActivateAsync(cancellationToken);
    }

    public async Task ApplyAsync(BackupSpec spec, CancellationToken cancellationToken)
    {
        await HearAsync(new BackupEvent.Applied(spec));

        // The catalogue goes by what the resource says, a hold for example, and news is one-way: what was lost is said again with each word, and all of it
        // whenever a watch begins anew.
        if (State.Uid == spec.Uid && State.Spec is not null && State.Phase.IsFinal() && !State.Gone)
            await TellClusterAsync();
    }

    public Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken) => HearAsync(new BackupEvent.Refused(faults));

    public Task ForgetAsync(string uid, CancellationToken cancellationToken) => HearAsync(new BackupEvent.ResourceGone(uid));

    public Task AdmitAsync(BackupAdmission admission, CancellationToken cancellationToken) => HearAsync(new BackupEvent.Admitted(admission));

    public Task WaitAsync(BackupRefusal refusal, CancellationToken cancellationToken) => HearAsync(new BackupEvent.ToldToWait(refusal));

    public Task FollowAsync(BackupAdmission admission, CancellationToken cancellationToken) => HearAsync(new BackupEvent.Followed(admission));

    public Task ShareAsync(string uid, long? uploadBytesPerSecond) => HearAsync(new BackupEvent.Shared(uid, uploadBytesPerSecond));

    public Task ChooseSourceAsync(ClusterSurvey survey, CancellationToken cancellationToken) => HearAsync(new BackupEvent.Surveyed(survey));

    public Task ObserveJobAsync(JobSighting sighting, CancellationToken cancellationToken) => HearAsync(new BackupEvent.JobSeen(sighting));

    public async Task<bool> ExpireAsync(BackupExpiry expiry, CancellationToken cancellationToken)
    {
        await HearAsync(new BackupEvent.Expired(expiry));
        return State.Uid == expiry.Uid && State is { Expires: true, Gone: false };
    }

    public async Task<bool> PrunedAsync(string uid, CancellationToken cancellationToken)
    {
        await HearAsync(new BackupEvent.Pruned(uid));
        return State.Uid == uid && !State.Gone;
    }

    public Task ObserveDataAsync(DataSighting sighting, CancellationToken cancellationToken) => HearAsync(new BackupEvent.DataSeen(sighting));

    public async Task<BackupStatus?> LendAsync(string reader, CancellationToken cancellationToken)
    {
        await HearAsync(new BackupEvent.Lent(reader));
        return BackupStatusBuilder.Build(State);
    }

    public Task ReturnAsync(string reader, CancellationToken cancellationToken) => HearAsync(new BackupEvent.Returned(reader));

    public Task CompareAsync(BackupAnomalies anomalies, CancellationToken cancellationToken) => HearAsync(new BackupEvent.Compared(anomalies));

    public Task ProveAsync(BackupProof proof, CancellationToken cancellationToken) => HearAsync(new BackupEvent.Proven(proof));

    public Task<BackupStatus?> GetStatusAsync(CancellationToken cancellationToken) => Task.FromResult(BackupStatusBuilder.Build(State));

    public Task<BackupEnd?> GetEndAsync(CancellationToken cancellationToken) =>
        Task.FromResult(State.Uid.Length > 0 && State.Phase.IsFinal() ? BackupMachine.Describe(key, State, Now) : null);

    public Task<BackupClaim> GetClaimAsync(string uid, CancellationToken cancellationToken) => Task.FromResult(new BackupClaim
    {
        Holds = State.Uid == uid && State.HoldsSlot,
        End = State.Uid == uid && State.Phase.IsFinal() ? BackupMachine.Describe(key, State, Now) : null,
    });

    protected override void NoteChange(BackupState before, BackupState next)
    {
        if (before.Phase != next.Phase && next.Uid.Length > 0)
            LogPhaseChanged(key, before.Phase, next.Phase, next.Reason);

        // One that was found to have ended, by a plane that lost its memory or in the store, did not end now.
        if (next.Phase.IsFinal() && before.Uid == next.Uid && !before.Phase.IsFinal() && next.Spec?.ImportFrom is null)
            ports.Metrics.Ended(next.Phase, next.Reason);
    }

    protected override void NoteActionFailed(Exception exception, object? action, TimeSpan pause) => LogActionFailed(exception, key, action, pause);

    protected override void NoteReportFailed(Exception exception, TimeSpan pause) => LogReportFailed(exception, key, pause);

    [LoggerMessage(1001, LogLevel.Information, "Backup {Backup} went from {Before} to {After} ({Reason})")]
    private partial void LogPhaseChanged(BackupKey backup, BackupPhase before, BackupPhase after, string reason);

    [LoggerMessage(1002, LogLevel.Warning, "Backup {Backup} could not act ({Action}); it is tried again in {Pause}")]
    private partial void LogActionFailed(Exception exception, BackupKey backup, object? action, TimeSpan pause);

    [LoggerMessage(1003, LogLevel.Warning, "Backup {Backup} could not report; it is tried again in {Pause}")]
    private partial void LogReportFailed(Exception exception, BackupKey backup, TimeSpan pause);
}

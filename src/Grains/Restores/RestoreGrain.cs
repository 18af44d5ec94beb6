using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Grains.Restores;

/// <summary>
/// Hears, lets the machine decide, remembers, and only then acts. Acting happens in turns of its own, so nobody who tells this grain
/// something waits for the API server.
/// </summary>
[GrainType("restore")]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class RestoreGrain(
    [PersistentState(RestoreGrain.StateName)] IPersistentState<RestoreState> memory,
    RestorePorts ports,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    ILogger<RestoreGrain> logger) : Grain, IRestoreGrain, IRemindable
{
    internal const string StateName = "restore";
    private const string ReminderName = "restore";

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    // What is shown is gathered for so long: several states may be passed within a moment.
    private static readonly TimeSpan ReportDelay = TimeSpan.FromMilliseconds(150);

    private readonly BackoffClock workTrouble = new();
    private readonly BackoffClock reportTrouble = new();
    private RestoreKey key;
    private IGrainTimer work = null!;
    private IGrainTimer reports = null!;
    private IGrainReminder? reminder;
    private bool looks;

    private RestoreState State => memory.State;

    private DateTimeOffset Now => time.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        key = RestoreKey.Parse(this.GetPrimaryKeyString());
        work = this.RegisterGrainTimer(WorkAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        reports = this.RegisterGrainTimer(ReportAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        if (!State.IsSettled)
            WakeNow(looksToo: true);
        return Task.CompletedTask;
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

    /// <summary>Only wakes the grain: what is long is done in a turn of its own.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (State.IsSettled)
            await DisarmAsync();
        else
            WakeNow(looksToo: true);
    }

    private async Task HearAsync(RestoreEvent seen)
    {
        var before = State;
        var next = RestoreMachine.Next(key, before, seen, Now);
        if (ReferenceEquals(before, next))
            return;

        // Armed before it is remembered: a reminder without a memory is harmless, a memory without a reminder waits for ever.
        if (!next.IsSettled)
            reminder ??= await this.RegisterOrUpdateReminder(ReminderName, Period, Period);
        await RememberAsync(next);
        if (before.Phase != next.Phase && next.Uid.Length > 0)
            LogPhaseChanged(key, before.Phase, next.Phase, next.Reason);
        WakeNow(looksToo: false);
    }

    private async Task RememberAsync(RestoreState next)
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

    private async Task DisarmAsync()
    {
        var armed = reminder ?? await this.GetReminder(ReminderName);
        reminder = null;
        if (armed is not null)
            await this.UnregisterReminder(armed);
    }

    [LoggerMessage(1301, LogLevel.Information, "Restore {Restore} went from {Before} to {After} ({Reason})")]
    private partial void LogPhaseChanged(RestoreKey restore, RestorePhase before, RestorePhase after, string reason);

    [LoggerMessage(1302, LogLevel.Warning, "Restore {Restore} could not act ({Deed}); it is tried again in {Pause}")]
    private partial void LogActionFailed(Exception exception, RestoreKey restore, RestoreDeed? deed, TimeSpan pause);

    [LoggerMessage(1303, LogLevel.Warning, "Restore {Restore} could not report; it is tried again in {Pause}")]
    private partial void LogReportFailed(Exception exception, RestoreKey restore, TimeSpan pause);
}

using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Clusters;

namespace ControlPlane.Grains.Drills;

/// <summary>When a drill falls due: by the same road as the backups of a cluster's schedules (<see cref="ScheduleTurn"/>). Pure.</summary>
internal static class DrillSchedule
{
    /// <summary>Time went by: what fell due is to begin, is made up for later, or is missed.</summary>
    public static DrillState Tick(DrillKey key, DrillState state, DateTimeOffset now)
    {
        if (state is not { Spec: { } spec, Gone: false })
            return state;
        if (spec.Schedule is not { } wanted)
            return state.Schedule is null ? state : state with { Schedule = null };
        var events = new List<ResourceEvent>();
        var next = new ScheduleTurn(Owner(key, state, spec, now), wanted, now, events).Advance(state.Schedule);

        // Nothing has to be made out there before it counts as begun.
        var due = next.Runs.Where(run => !run.Made).Select(run => (DateTimeOffset?)run.Due).LastOrDefault() ?? state.Due;
        if (next.Runs.Any(run => !run.Made))
            next = next with { Runs = [.. next.Runs.Select(run => run with { Made = true })] };
        return next == state.Schedule && due == state.Due ? state : state with { Schedule = next, Due = due, EventsOwed = [.. state.EventsOwed, .. events] };
    }

    /// <summary>The earliest instant at which <see cref="Tick"/> has something to do; null when there is none.</summary>
    public static DateTimeOffset? NextWake(DrillState state) => state is not { Spec.Schedule: { } wanted, Schedule: { } schedule, Gone: false } ? null
        : new[] { schedule.Due + ScheduleMachine.JitterOf(state.Uid, wanted), schedule.CatchUp?.At }.Where(instant => instant is not null).Min();

    /// <summary>The round of a due time ended.</summary>
    public static DrillState Close(DrillState state, DateTimeOffset? due, bool passed) => due is null || state.Schedule is not { } schedule ? state : state with
    {
        Schedule = schedule with
        {
            Runs = [.. schedule.Runs.Where(run => run.Due != due)],
            LastOutcome = schedule.LastDue == due ? passed ? ScheduleOutcomes.Succeeded : ScheduleOutcomes.Failed : schedule.LastOutcome,
        },
    };

    /// <summary>What its owner is shown.</summary>
    public static ScheduleStatus? Status(DrillState state) => state.Schedule is not { } schedule ? null : new()
    {
        Name = schedule.Name,
        NextDue = schedule.Due,
        LastDue = schedule.LastDue,
        LastOutcome = schedule.LastOutcome,
        Missed = schedule.Missed,
        LastMissed = schedule.LastMiss?.Until,
        MissedReason = schedule.LastMiss?.Reason ?? "",
        Message = schedule.Unreadable.Length > 0 ? schedule.Unreadable : schedule.LastMiss is { } miss ? ScheduleTurn.Said(miss) : "",
    };

    private static ScheduleOwner Owner(DrillKey key, DrillState state, DrillSpec spec, DateTimeOffset now) => new()
    {
        Key = state.Uid,
        Events = new("RestoreDrill", key.Member, key.Namespace, key.Name, state.Uid, now),
        IsActive = !spec.Suspended,
        Recorded = spec.Recorded?.Schedule,
        Noun = "drill",
        Describe = _ => "the drill",
        NameFor = due => due.UtcDateTime.ToString("yyyyMMddHHmm", CultureInfo.InvariantCulture),
        DueReason = Reasons.DrillDue,
        BusyReason = Reasons.DrillRunning,
    };
}

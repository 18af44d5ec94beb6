using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters;

/// <summary>One look at one schedule: what its state becomes, and the events that tell of it.</summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="Wanted">What is asked of it.</param>
/// <param name="Now">The time.</param>
/// <param name="Events">Where events go.</param>
internal sealed record ScheduleTurn(ScheduleOwner Owner, ScheduleSpec Wanted, DateTimeOffset Now, List<ResourceEvent> Events)
{
    private TimeSpan Jitter => ScheduleMachine.JitterOf(Owner.Key, Wanted);

    private bool IsActive => Owner.IsActive && Wanted is { Suspended: false, Cron.Length: > 0 };

    /// <summary>The schedule's state after all that time alone brings about.</summary>
    public ClusterSchedule Advance(ClusterSchedule? known)
    {
        var schedule = Follow(known ?? Adopt());
        if (schedule.Due is { } due && due + Jitter <= Now)
            schedule = FallDue(schedule, due);
        if (schedule.CatchUp is { } late && late.At <= Now)
            schedule = Begin(schedule with { CatchUp = null }, late.Due);
        return GiveUp(schedule, run => Now - run.Asked > ScheduleMachine.CreationLimit(Owner.StartingDeadline));
    }

    /// <summary>Counts due times as missed, and says so.</summary>
    public ClusterSchedule Miss(ClusterSchedule schedule, ScheduleMiss miss)
    {
        Tell(miss.Reason, Said(miss), warning: miss.Reason != Reasons.Suspended);
        var newest = schedule.LastDue is null || schedule.LastDue <= miss.Until;
        return schedule with
        {
            Missed = schedule.Missed + miss.Count,
            LastMiss = miss,
            LastDue = newest ? miss.Until : schedule.LastDue,
            LastOutcome = newest ? ScheduleOutcomes.Missed : schedule.LastOutcome,
        };
    }

    /// <summary>One sentence on due times that were missed.</summary>
    public static string Said(ScheduleMiss miss) => miss.Count == 1
        ? $"The due time {Clock(miss.Until)} was missed: {miss.Message}"
        : string.Create(CultureInfo.InvariantCulture, $"{miss.Count} due times from {Clock(miss.From)} to {Clock(miss.Until)} were missed: {miss.Message}");

    private ClusterSchedule Adopt()
    {
        var fresh = new ClusterSchedule { Name = Wanted.Name };
        if (Owner.Recorded is not { } recorded)
            return fresh;
        var adopted = fresh with
        {
            LastDue = recorded.LastDue,
            LastOutcome = recorded.LastOutcome,
            Missed = recorded.Missed,
            LastMiss = recorded.LastMissed is { } missed ? new(1, missed, missed, recorded.MissedReason, "It was so before this plane lost its memory.") : null,
        };

        // What was under way is asked after, as if nothing had been forgotten.
        if (recorded is { LastOutcome: ScheduleOutcomes.Started, LastDue: { } started })
            adopted = adopted with { Runs = [new(started, Owner.NameFor(started), Now, Made: true)] };
        if (recorded is { LastOutcome: ScheduleOutcomes.CatchingUp, LastDue: { } late })
            adopted = adopted with { CatchUp = new(late, ScheduleMachine.CatchUpAt(Owner.Key, Wanted.Name, Now, recorded.NextDue + Jitter)) };

        // What was promised under another text of the schedule is not known to be wanted any more.
        return IsActive && recorded.NextDue is { } due && TryRead(out var times, out _) && times!.Next(due.AddTicks(-1)) == due
            ? adopted with { Due = due, Uses = Uses() }
            : adopted;
    }

    private ClusterSchedule Follow(ClusterSchedule schedule)
    {
        if (!IsActive)
        {
            var stopped = schedule.CatchUp is { } late ? Miss(schedule, Stopped(late.Due)) : schedule;
            if (stopped.Due <= Now)
                stopped = Miss(stopped, Stopped(stopped.Due.Value));
            return stopped is { Due: null, Uses: "", CatchUp: null } ? stopped : stopped with { Due = null, Uses = "", CatchUp = null, Unreadable = "" };
        }

        if (schedule.Uses == Uses())
            return schedule;

        // A due time of the old text that has come, and only waits for its jitter, keeps its place.
        var kept = schedule.Due <= Now ? Waiting(schedule, schedule.Due.Value) : schedule;
        return TryRead(out var times, out var fault)
            ? kept with { Due = times!.Next(Now), Uses = Uses(), Unreadable = "" }
            : kept with { Due = null, Uses = Uses(), Unreadable = fault };
    }

    private ClusterSchedule Waiting(ClusterSchedule schedule, DateTimeOffset due) => Overtake(schedule) with
    {
        CatchUp = new(due, due + Jitter),
        LastDue = due,
        LastOutcome = ScheduleOutcomes.CatchingUp,
    };

    private ClusterSchedule Overtake(ClusterSchedule schedule) => schedule.CatchUp is not { } late ? schedule
        : Miss(schedule with { CatchUp = null }, new(1, late.Due, late.Due, Reasons.Overtaken, "the next one came before this could be made up for."));

    private ScheduleMiss Stopped(DateTimeOffset due) => new(1, due, due, Reasons.Suspended, $"the schedule was stopped before its {Owner.Noun} could begin.");

    private ClusterSchedule FallDue(ClusterSchedule schedule, DateTimeOffset first)
    {
        if (!TryRead(out var times, out var fault))
            return schedule with { Unreadable = fault };
        var (count, before, newest, next) = ScheduleMachine.Fallen(times!, first, Now - Jitter);
        var over = Overtake(schedule) with { Due = next };
        var delay = Now - (newest + Jitter);
        if (Owner.StartingDeadline is { } limit && delay > limit)
            return Miss(over, new(count, first, newest, Owner.Absence.Reason, $"{Owner.Absence.Said}, and startingDeadlineSeconds is over."));
        if (delay > ScheduleMachine.OnTime && Wanted.MissedRun == MissedRunPolicy.Skip)
            return Miss(over, new(count, first, newest, Owner.Absence.Reason, $"{Owner.Absence.Said}, and missedRunPolicy is Skip."));
        if (count > 1)
            over = Miss(over, new(count - 1, first, before, Owner.Absence.Reason, $"{Owner.Absence.Said}; only the newest, {Clock(newest)}, is made up for."));
        return delay > ScheduleMachine.OnTime ? Postpone(over, newest, next) : Begin(over, newest);
    }

    private ClusterSchedule Postpone(ClusterSchedule schedule, DateTimeOffset due, DateTimeOffset? next)
    {
        var at = ScheduleMachine.CatchUpAt(Owner.Key, Wanted.Name, Now, next + Jitter);
        if (Owner.StartingDeadline is { } limit && at > due + Jitter + limit)
            at = due + Jitter + limit;
        Tell(Reasons.CatchingUp, $"The due time {Clock(due)} came while {Owner.Absence.Said}; it is made up for after {Clock(at)}.", warning: false);
        return schedule with { CatchUp = new(due, at), LastDue = due, LastOutcome = ScheduleOutcomes.CatchingUp };
    }

    private ClusterSchedule Begin(ClusterSchedule schedule, DateTimeOffset due)
    {
        // A resource that was not taken until now is overtaken by this one.
        var clear = GiveUp(schedule, _ => true);
        var most = Wanted.Concurrency == ConcurrencyPolicy.Queue ? 2 : 1;
        if (clear.Runs.Count >= most)
            return Miss(clear, new(1, due, due, Owner.BusyReason, $"{Owner.Describe(clear.Runs[0].Backup)} of an earlier due time has not ended."));
        var run = new ScheduledRun(due, Owner.NameFor(due), Now);
        Tell(Owner.DueReason, $"The due time {Clock(due)} has come; {Owner.Describe(run.Backup)} is asked for.", warning: false);
        return clear with { Runs = [.. clear.Runs, run], LastDue = due, LastOutcome = ScheduleOutcomes.Started };
    }

    private ClusterSchedule GiveUp(ClusterSchedule schedule, Predicate<ScheduledRun> which)
    {
        foreach (var run in schedule.Runs.Where(run => !run.Made && which(run)).ToList())
        {
            schedule = Miss(schedule with { Runs = [.. schedule.Runs.Where(one => one != run)] }, new(
                1, run.Due, run.Due, Reasons.NotCreated, $"the API server did not take the resource of {Owner.Describe(run.Backup)}. {run.Trouble}".TrimEnd()));
        }

        return schedule;
    }

    private bool TryRead(out DueTimes? times, out string fault)
    {
        try
        {
            (times, fault) = (DueTimes.Read(Wanted.Cron, Wanted.TimeZone), "");
            return true;
        }
        catch (FormatException trouble)
        {
            (times, fault) = (null, trouble.Message);
            return false;
        }
    }

    private string Uses() => $"{Wanted.Cron} {Wanted.TimeZone}";

    private void Tell(string reason, string message, bool warning) => Events.Add(Owner.Events.Make(reason, "Schedule", Owner.Label + message, warning));

    internal static string Clock(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

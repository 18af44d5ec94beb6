using System.IO.Hashing;
using System.Text;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters;

/// <summary>
/// When the backups of a cluster's schedules are due, and what comes of it. Pure; the same object is answered when nothing changed. Each due time
/// is either asked for or counted as missed, once: what is remembered is the next one, and time only ever goes over it by way of <see cref="Tick"/>.
/// </summary>
internal static class ScheduleMachine
{
    /// <summary>So late a backup still counts as on time: a silo that starts anew, or whose clock is off, changes nothing.</summary>
    public static readonly TimeSpan OnTime = TimeSpan.FromMinutes(5);

    /// <summary>Over so long the clusters spread what they make up for.</summary>
    public static readonly TimeSpan CatchUpWindow = TimeSpan.FromMinutes(10);

    // After a start the watch brings what owners changed meanwhile: that is to count before anything is made up for.
    private static readonly TimeSpan CatchUpDelay = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestCreation = TimeSpan.FromDays(1);

    /// <summary>More than a year of minutes: beyond it the count of missed due times is a lower bound.</summary>
    private const int MostCounted = 600_000;

    /// <summary>The cluster's member cannot be asked: what falls due from now on is missed because of that.</summary>
    public static ClusterState LoseMember(ClusterState state, DateTimeOffset now) =>
        state.MemberAway is not null || state.Schedules.Count == 0 ? state : state with { MemberAway = now };

    /// <summary>Time went by: the schedules follow the spec, and what fell due is asked for, made up for later, or missed.</summary>
    public static ClusterState Tick(ClusterKey key, ClusterState state, DateTimeOffset now)
    {
        if (state.Spec is not { } spec || (spec.Schedules.Count == 0 && state.Schedules.Count == 0))
            return state;
        var events = new List<ResourceEvent>();
        var next = new List<ClusterSchedule>(spec.Schedules.Count);
        foreach (var wanted in spec.Schedules)
        {
            var turn = new ScheduleTurn(ScheduleOwner.Of(key, state.Uid, spec, wanted, now) with { Absence = Absence(state) }, wanted, now, events);
            next.Add(turn.Advance(state.Schedules.FirstOrDefault(one => one.Name == wanted.Name)));
        }

        return next.SequenceEqual(state.Schedules) && events.Count == 0 && spec.RecordedSchedules.Count == 0 && state.MemberAway is null ? state : state with
        {
            MemberAway = null,
            Spec = spec.RecordedSchedules.Count == 0 ? spec : spec with { RecordedSchedules = [] },
            Schedules = next,
            EventsOwed = [.. state.EventsOwed, .. events],
        };
    }

    /// <summary>The earliest instant at which <see cref="Tick"/> has something to do; null when there is none.</summary>
    public static DateTimeOffset? NextWake(ClusterKey key, ClusterState state) => state.Spec is not { } spec ? null :
        (from schedule in state.Schedules
         join wanted in spec.Schedules on schedule.Name equals wanted.Name
         from instant in new[] { schedule.Due + Jitter(key, wanted), schedule.CatchUp?.At }
         where instant is not null
         select instant).DefaultIfEmpty(null).Min();

    /// <summary>The backups that are to be asked for.</summary>
    public static IEnumerable<BackupOrder> Orders(ClusterKey key, ClusterState state) =>
        from schedule in state.Schedules
        from run in schedule.Runs
        where !run.Made
        join wanted in state.Spec?.Schedules ?? [] on schedule.Name equals wanted.Name
        select new BackupOrder
        {
            Backup = new(key.Member, key.Namespace, run.Backup),
            ClusterName = key.Name,
            StorageName = wanted.StorageName,
            Schedule = schedule.Name,
            Due = run.Due,
        };

    /// <summary>The backups that were asked for and are not known to have ended.</summary>
    public static IEnumerable<ScheduledRun> Open(ClusterState state) => state.Schedules.SelectMany(schedule => schedule.Runs).Where(run => run.Made);

    /// <summary>The API server has the resource.</summary>
    public static ClusterState Made(ClusterState state, string backup) => Change(state, backup, run => run with { Made = true, Trouble = "" });

    /// <summary>The API server did not take it; it is tried again.</summary>
    public static ClusterState Hindered(ClusterState state, string backup, string trouble) => Change(state, backup, run => run with { Trouble = trouble });

    /// <summary>A backup ended.</summary>
    public static ClusterState Record(ClusterKey key, ClusterState state, BackupEnd end, DateTimeOffset now)
    {
        if (!end.Phase.IsFinal())
            return state;

        // One that was taken for lost because the watch was behind.
        if (state.Schedules.FirstOrDefault(one => one is { LastOutcome: ScheduleOutcomes.Deleted, LastDue: { } due } && BackupOrder.NameFor(key.Name, one.Name, due) == end.Backup.Name) is { } late)
            return Replace(state, late with { LastOutcome = end.Phase.ToString() });
        return Close(key, state, end.Backup.Name, now, (turn, schedule, run) => end is { Phase: BackupPhase.Failed, Began: false }
            ? turn.Miss(schedule, new(1, run.Due, run.Due, end.Reason, end.Message))
            : Outcome(schedule, run, end.Phase.ToString()));
    }

    /// <summary>A backup is not there any more, and nobody heard of its end.</summary>
    public static ClusterState Lose(ClusterKey key, ClusterState state, string backup, DateTimeOffset now) =>
        Close(key, state, backup, now, (_, schedule, run) => Outcome(schedule, run, ScheduleOutcomes.Deleted));

    /// <summary>By how much a cluster's due times start later: a share of the schedule's jitter, in whole seconds, that is always the same.</summary>
    public static TimeSpan Jitter(ClusterKey key, ScheduleSpec schedule) => JitterOf(key.ToString(), schedule);

    /// <summary>The same for whoever has a schedule.</summary>
    public static TimeSpan JitterOf(string key, ScheduleSpec schedule) => TimeSpan.FromSeconds(Math.Floor(schedule.Jitter.TotalSeconds * Share(key, schedule.Name)));

    /// <summary>
    /// When a due time is made up for that was found missed at <paramref name="now"/>: well before the next one, and spread over what room there is, so
    /// that clusters with frequent schedules do not all begin at its end.
    /// </summary>
    internal static DateTimeOffset CatchUpAt(string key, string schedule, DateTimeOffset now, DateTimeOffset? before)
    {
        var latest = CatchUpDelay + CatchUpWindow;
        if (before - now is { } room && room / 2 < latest)
            latest = room > TimeSpan.Zero ? room / 2 : TimeSpan.Zero;
        var earliest = CatchUpDelay < latest / 2 ? CatchUpDelay : latest / 2;
        return now + earliest + ((latest - earliest) * Share(key, "catch-up/" + schedule));
    }

    /// <summary>How long it is tried to have a backup's resource taken.</summary>
    internal static TimeSpan CreationLimit(TimeSpan? startingDeadline) => startingDeadline ?? LongestCreation;

    internal static (long Count, DateTimeOffset LastButOne, DateTimeOffset Newest, DateTimeOffset? Next) Fallen(DueTimes times, DateTimeOffset first, DateTimeOffset until)
    {
        var (count, before, newest) = (1L, first, first);
        var next = times.Next(newest);
        for (; next <= until; next = times.Next(newest))
        {
            if (count == MostCounted)
                return (count, before, newest, times.Next(until));
            (count, before, newest) = (count + 1, newest, next.Value);
        }

        return (count, before, newest, next);
    }

    private static ScheduleAbsence Absence(ClusterState state) => state.MemberAway is { } since
        ? new(Reasons.MemberAway, $"the control plane did not reach the member from {ScheduleTurn.Clock(since)} on")
        : ScheduleAbsence.OfPlane;

    private static double Share(string key, string what) => XxHash32.HashToUInt32(Encoding.UTF8.GetBytes($"{key}#{what}")) / (uint.MaxValue + 1.0);

    private static ClusterSchedule Outcome(ClusterSchedule schedule, ScheduledRun run, string outcome) =>
        schedule.LastDue == run.Due ? schedule with { LastOutcome = outcome } : schedule;

    private static ClusterState Change(ClusterState state, string backup, Func<ScheduledRun, ScheduledRun> change) =>
        state.Schedules.FirstOrDefault(one => one.Runs.Any(run => run.Backup == backup)) is not { } schedule ? state
            : Replace(state, schedule with { Runs = [.. schedule.Runs.Select(run => run.Backup == backup ? change(run) : run)] });

    private static ClusterState Close(ClusterKey key, ClusterState state, string backup, DateTimeOffset now, Func<ScheduleTurn, ClusterSchedule, ScheduledRun, ClusterSchedule> judge)
    {
        if (state.Schedules.FirstOrDefault(one => one.Runs.Any(run => run.Backup == backup)) is not { } schedule
            || state.Spec?.Schedules.FirstOrDefault(wanted => wanted.Name == schedule.Name) is not { } wanted)
            return state;
        var run = schedule.Runs.First(one => one.Backup == backup);
        var events = new List<ResourceEvent>();
        var turn = new ScheduleTurn(ScheduleOwner.Of(key, state.Uid, state.Spec, wanted, now), wanted, now, events);
        var closed = judge(turn, schedule with { Runs = [.. schedule.Runs.Where(one => one != run)] }, run);
        return Replace(state, closed) with { EventsOwed = [.. state.EventsOwed, .. events] };
    }

    private static ClusterState Replace(ClusterState state, ClusterSchedule schedule) =>
        state with { Schedules = [.. state.Schedules.Select(one => one.Name == schedule.Name ? schedule : one)] };
}

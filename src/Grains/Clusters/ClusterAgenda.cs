using System.IO.Hashing;
using System.Text;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Grains.Clusters;

/// <summary>When a cluster has to be woken next. Pure. A cluster for which nothing is due is left alone for hours.</summary>
internal static class ClusterAgenda
{
    /// <summary>Something is under way, and news of it may be lost.</summary>
    public static readonly TimeSpan WhileBusy = TimeSpan.FromMinutes(10);

    /// <summary>Nothing is: once in so long the workload is looked at all the same, and its certificate renewed in time.</summary>
    public static readonly TimeSpan WhileIdle = TimeSpan.FromHours(6);

    // What is due already and was not done is tried again at the alarm clock's own pace.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    /// <summary>The instant of the next tick; always after <paramref name="now"/>.</summary>
    public static DateTimeOffset NextTick(ClusterKey key, ClusterState state, DateTimeOffset now)
    {
        // Between half of the time and the whole: the clusters must not tick together after a restart.
        var share = 0.5 + (0.5 * XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(key.ToString())) / uint.MaxValue);
        var next = now + ((IsBusy(state) ? WhileBusy : WhileIdle) * share);
        foreach (var due in new[] { ScheduleMachine.NextWake(key, state), NextSweep(state), ImportMachine.Running(state)?.RetryAt, ObjectivesMachine.NextMiss(state), state.Spec is null ? null : state.RetentionDue })
        {
            if (due < next)
                next = due.Value > now ? due.Value : now + Soon;
        }

        return next;
    }

    private static DateTimeOffset? NextSweep(ClusterState state) =>
        state.Spec is null || SweepMachine.Running(state) is not null || state.Sweeps.Count == 0 ? null : state.Sweeps.Min(sweep => sweep.Due);

    private static bool IsBusy(ClusterState state) =>
        state.Held().Any() || state.Waiting.Count > 0 || state.Releasing is not null || state.StatusOwed || state.EventsOwed.Count > 0
        || SweepMachine.Running(state) is not null || ImportMachine.Running(state) is not null
        || state is { Retention: not null, RetentionDue: null }
        || state.Schedules.Any(schedule => schedule.Runs.Count > 0)
        || (state.Spec is { BackupEnabled: true } && !IsSettled(state.Sighting));

    private static bool IsSettled(WorkloadSighting? seen) => seen is { Trouble: null } && seen.ReadyAgents >= seen.Replicas;
}

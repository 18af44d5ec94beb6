using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters;

/// <summary>From what is remembered to what is shown.</summary>
internal static class ClusterStatusBuilder
{
    private const string PoliciesAgree = nameof(PoliciesAgree);

    /// <summary>The status; null when there is no resource to show it on.</summary>
    public static ClusterStatus? Build(ClusterState state) => state.Uid.Length == 0 ? null : new()
    {
        Uid = state.Uid,
        ObservedGeneration = state.Generation,
        Conditions = state.Conditions,
        LastSuccessfulBackup = state.Good is [var newest, ..] ? new(newest.Name, newest.Time, newest.SizeBytes) : null,
        Storages = state.Spec is null ? "" : string.Join(",", state.Spec.Storages.Keys.Order(StringComparer.Ordinal)),
        Sweeps = SweepStory.Statuses(state),
        Schedules = [.. state.Schedules.Select(Schedule)],
        Retention = state.Retention,
        Import = ImportMachine.Status(state),
        Proven = state.Proven,
        Effective = state.Effective,
        Objectives = ObjectivesMachine.Status(state),
    };

    private static ScheduleStatus Schedule(ClusterSchedule schedule) => new()
    {
        Name = schedule.Name,
        NextDue = schedule.Due,
        LastDue = schedule.LastDue,
        LastOutcome = schedule.LastOutcome,
        Missed = schedule.Missed,
        LastMissed = schedule.LastMiss?.Until,
        MissedReason = schedule.LastMiss?.Reason ?? "",
        Message = schedule switch
        {
            { Unreadable.Length: > 0 } => schedule.Unreadable,
            _ when schedule.Runs.FirstOrDefault(run => run.Trouble.Length > 0) is { } run => $"The API server does not take backup '{run.Backup}'; it is tried again. {run.Trouble}",
            { LastMiss: { } miss } => ScheduleTurn.Said(miss),
            _ => "",
        },
    };

    /// <summary>The conditions that go with a state; one whose status stays keeps the instant of its last change.</summary>
    public static IReadOnlyList<Condition> Conditions(ClusterState state, DateTimeOffset now) =>
        [Dated(state, Accepted(state), now), Dated(state, Ready(state), now), Dated(state, Protected(state), now), .. Agreed(state, now), .. Objectives(state, now), .. Proven(state, now), .. Tidy(state, now)];

    /// <summary>An event for each condition that came to say something else, and for each sweep that did something.</summary>
    public static IEnumerable<ResourceEvent> Events(ClusterKey key, ClusterState before, ClusterState next, DateTimeOffset now) =>
        OfConditions(key, before, next, now).Concat(SweepStory.Events(key, before, next, now)).Concat(ImportMachine.Events(key, before, next, now));

    /// <summary>The event of a drill whose resource could not be made.</summary>
    public static ResourceEvent DrillNotCreated(ClusterKey key, string uid, string message, DateTimeOffset now) =>
        new ResourceEvents("MySQLCluster", key.Member, key.Namespace, key.Name, uid, now).Make(Reasons.NotCreated, "Drill", $"The RestoreDrills that spec.backup.drills asks for are not all there; it is tried again. {message}", warning: true);

    private static IEnumerable<ResourceEvent> OfConditions(ClusterKey key, ClusterState before, ClusterState next, DateTimeOffset now) =>
        from condition in next.Conditions
        let earlier = before.Uid == next.Uid ? before.Conditions.FirstOrDefault(one => one.Type == condition.Type) : null
        where earlier is null ? condition is { Status: false, Reason: Reasons.Invalid } || (condition.Status == false && (condition.Type is SweepStory.Condition or "Proven" or PoliciesAgree || IsObjective(condition))) : earlier.Status != condition.Status || earlier.Reason != condition.Reason
        select new ResourceEvent
        {
            Kind = "MySQLCluster",
            Member = key.Member.Name,
            Namespace = key.Namespace,
            Name = key.Name,
            Uid = next.Uid,
            Warning = condition.Status == false && condition.Reason is not (Reasons.BackupsDisabled or Reasons.Suspended),
            Reason = condition.Reason,
            Action = condition.Type switch { "Accepted" => "Read", "Ready" => "Observe", SweepStory.Condition => "Sweep", "Proven" => "Drill", PoliciesAgree => "Merge", _ => IsObjective(condition) ? "Judge" : "Protect" },
            Message = condition.Message,
            Time = now,
        };

    private static Judgement Accepted(ClusterState state) =>
        state.Faults.Count > 0
            ? new("Accepted", false, Reasons.Invalid, string.Join(" ", state.Faults) + (state.Spec is null ? "" : $" Generation {state.Spec.Generation} stays in force."))
            : state.Spec!.Suspended ? new("Accepted", true, Reasons.Suspended, "No new backup begins while spec.suspended is true.")
            : new("Accepted", true, Reasons.Accepted, "The resource was read and is acted on.");

    private static Judgement Ready(ClusterState state) => state switch
    {
        { Spec: null } => new("Ready", false, Reasons.Invalid, "The resource has never been readable."),
        { Spec.BackupEnabled: false } => new("Ready", false, Reasons.BackupsDisabled, "spec.backup.enabled is false: no new backup begins; existing ones and their deletion go on working."),
        { Sighting: null } => new("Ready", null, Reasons.SidecarNotReady, "The workload has not been looked at yet."),
        { Sighting.Trouble: { } trouble } => new("Ready", false, Reasons.WorkloadFaulty, trouble),
        { Sighting: var seen } => Ready(seen),
    };

    private static Judgement Ready(WorkloadSighting seen) =>
        new("Ready", seen.Replicas > 0 && seen.ReadyAgents >= seen.Replicas,
            seen.Replicas > 0 && seen.ReadyAgents >= seen.Replicas ? Reasons.SidecarReady : Reasons.SidecarNotReady,
            string.Create(CultureInfo.InvariantCulture, $"{seen.ReadyAgents} of {seen.Replicas} Pods have a ready container 'xtrabackup'."));

    // What nothing will back up again is not protected, whatever lies in its storages.
    private static Judgement Protected(ClusterState state) => (state.Good, state.Spec?.Unscheduled()) switch
    {
        (var good, { } why) => new("Protected", false, why, $"{Newest(good)} No further one falls due: {Unscheduled(why)}"),
        ({ Count: > 0 } good, _) => new("Protected", true, Reasons.BackupAvailable, Newest(good)),
        _ => new("Protected", false, Reasons.NoBackup, Newest([])),
    };

    private static string Newest(IReadOnlyList<GoodBackup> good) => good is [var newest, ..]
        ? string.Create(CultureInfo.InvariantCulture, $"The newest good backup is '{newest.Name}' of {newest.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.")
        : "There is no good backup of this cluster yet.";

    private static string Unscheduled(string reason) => reason switch
    {
        Reasons.BackupsDisabled => "spec.backup.enabled is false.",
        Reasons.Suspended => "spec.suspended is true.",
        _ => "the cluster has no schedule that can fall due, and no policy gives it one.",
    };

    private static IEnumerable<Condition> Agreed(ClusterState state, DateTimeOffset now) => state.Effective is not { } effective ? [] :
    [
        Dated(state, effective.Conflicts.Count == 0
            ? new(PoliciesAgree, true, Reasons.PolicyApplied, $"In force is what the cluster says itself, and beside that what these policies say: {string.Join(", ", effective.Policies)}.")
            : new(PoliciesAgree, false, Reasons.PolicyConflict, string.Join(" ", effective.Conflicts.Select(conflict => conflict.Message))), now),
    ];

    private static bool IsObjective(Condition condition) => condition.Type is ObjectivesMachine.RecoveryPoint or ObjectivesMachine.RecoveryTime or ObjectivesMachine.ProofRecent;

    private static IEnumerable<Condition> Objectives(ClusterState state, DateTimeOffset now) =>
        ObjectivesMachine.Conditions(state).Select(said => Dated(state, new(said.Type, said.Met, said.Reason, said.Message), now));

    // What one drill found wrong stays so until that drill finds otherwise, or goes: another one's success does not hide it.
    private static IEnumerable<Condition> Proven(ClusterState state, DateTimeOffset now) =>
        state.Drilled.Count == 0 ? []
        : state.Drilled.Where(result => !result.Passed).ToList() is [var failed, ..] all
            ? [Dated(state, new("Proven", false, failed.Reason, $"Drill '{failed.Drill}': {failed.Message}{Others(all.Count - 1)}"), now)]
            : [Dated(state, new("Proven", true, Reasons.Proven, state.Drilled[0].Message), now)];

    private static string Others(int count) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" And {count} other drills failed.");

    private static IEnumerable<Condition> Tidy(ClusterState state, DateTimeOffset now) =>
        (Pruned(state) ?? SweepStory.Judge(state)) is var (tidy, reason, message) ? [Dated(state, new(SweepStory.Condition, tidy, reason, message), now)] : [];

    private static (bool Tidy, string Reason, string Message)? Pruned(ClusterState state) =>
        state.Retention is { Reason: Reasons.PruneFailed, Message: var message } ? (false, Reasons.PruneFailed, message) : null;

    private static Condition Dated(ClusterState state, Judgement judgement, DateTimeOffset now)
    {
        var before = state.Conditions.FirstOrDefault(condition => condition.Type == judgement.Type);
        return new()
        {
            Type = judgement.Type,
            Status = judgement.Status,
            Reason = judgement.Reason,
            Message = judgement.Message,
            LastTransition = before is not null && before.Status == judgement.Status ? before.LastTransition : now,
            ObservedGeneration = state.Generation,
        };
    }

    private sealed record Judgement(string Type, bool? Status, string Reason, string Message);
}

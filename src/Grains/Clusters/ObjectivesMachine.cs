using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;

namespace ControlPlane.Grains.Clusters;

/// <summary>
/// How a cluster stands beside its objectives. Pure. Nothing is asked for it: a backup and a drill bring their news, and the cluster's alarm clock
/// rings at the instant at which an objective would be missed without any.
/// </summary>
internal static class ObjectivesMachine
{
    /// <summary>The conditions, one for each objective.</summary>
    public const string RecoveryPoint = "RecoveryPointMet";

    /// <inheritdoc cref="RecoveryPoint"/>
    public const string RecoveryTime = "RecoveryTimeMet";

    /// <inheritdoc cref="RecoveryPoint"/>
    public const string ProofRecent = "ProofRecent";

    /// <summary>
    /// What was never heard of is not called missing before its news had time to come: a plane that lost its memory, or is new, hears of one backup
    /// after another.
    /// </summary>
    public static readonly TimeSpan Hearing = TimeSpan.FromMinutes(10);

    /// <summary>Judges the objectives at an instant; the very same object when no verdict changed.</summary>
    public static ClusterState Judge(ClusterState state, DateTimeOffset now)
    {
        if (state.Spec?.Objectives is not { } objectives)
            return state.Objectives is null ? state : state with { Objectives = null };
        var judged = state.Objectives is null ? state with { Objectives = new(null, null, null, now) } : state;
        var verdicts = judged.Objectives! with
        {
            RecoveryPoint = objectives.Rpo is null ? null : now < RecoveryPointUntil(judged),
            RecoveryTime = objectives.Rto is not { } rto || judged.Proven?.RecoverySeconds is not { } seconds ? null : seconds <= rto.TotalSeconds,
            Proof = objectives.ProvenWithin is null ? null : now < ProvenUntil(judged),
        };
        return verdicts == state.Objectives ? state : judged with { Objectives = verdicts };
    }

    /// <summary>The next instant at which an objective that is met would be missed; null when there is none.</summary>
    public static DateTimeOffset? NextMiss(ClusterState state)
    {
        var point = state.Objectives?.RecoveryPoint is true ? RecoveryPointUntil(state) : null;
        var proof = state.Objectives?.Proof is true ? ProvenUntil(state) : null;
        return point < proof ? point : proof ?? point;
    }

    /// <summary>A round of a drill proved a backup, or found that it cannot be restored: the newest good one that was proven is known.</summary>
    public static GoodBackup? Proven(ClusterState state, DrillResult result) =>
        !result.Passed ? state.ProvenBackup is { } known && known.Name == result.Backup ? null : state.ProvenBackup
        : state.Good.FirstOrDefault(good => good.Name == result.Backup) is { } good && !(good.Time <= state.ProvenBackup?.Time) ? good
        : state.ProvenBackup;

    /// <summary>What is shown; null without objectives.</summary>
    public static ObjectivesStatus? Status(ClusterState state) => state.Spec?.Objectives is null ? null : new()
    {
        RecoveryPoint = Newest(state)?.Time,
        RecoveryPointUntil = RecoveryPointUntil(state),
        ProvenRecoveryPoint = state.ProvenBackup?.Time,
        ProvenUntil = ProvenUntil(state),
        RecoverySeconds = state.Proven?.RecoverySeconds,
        Missed = [.. Missed(state.Objectives)],
    };

    /// <summary>The objectives that a verdict says are missed, by the names of their fields.</summary>
    public static IEnumerable<string> Missed(ObjectiveVerdicts? verdicts)
    {
        if (verdicts?.RecoveryPoint is false)
            yield return "rpo";
        if (verdicts?.RecoveryTime is false)
            yield return "rto";
        if (verdicts?.Proof is false)
            yield return "provenWithin";
    }

    /// <summary>A condition for each objective: type, status, reason and message.</summary>
    public static IEnumerable<(string Type, bool? Met, string Reason, string Message)> Conditions(ClusterState state)
    {
        if (state.Spec?.Objectives is not { } objectives)
            yield break;
        if (objectives.Rpo is { } rpo)
            yield return OfRecoveryPoint(state, rpo);
        if (objectives.Rto is { } rto)
            yield return OfRecoveryTime(state, rto);
        if (objectives.ProvenWithin is { } within)
            yield return OfProof(state, within);
    }

    private static (string, bool?, string, string) OfRecoveryPoint(ClusterState state, TimeSpan rpo)
    {
        var until = Clock(RecoveryPointUntil(state));
        return (state.Objectives?.RecoveryPoint, Newest(state)) switch
        {
            (true, null) => (RecoveryPoint, true, Reasons.NoBackup, $"There is no good backup yet; the first one is due by {until} to keep the rpo of {Span(rpo)}."),
            (true, { } newest) => (RecoveryPoint, true, Reasons.ObjectiveMet, $"The newest good backup '{newest.Name}' is of {Clock(newest.Time)}; that keeps the rpo of {Span(rpo)} until {until}."),
            (_, null) => (RecoveryPoint, false, Reasons.NoBackup, $"There is no good backup, and since {until} the rpo of {Span(rpo)} is missed."),
            (_, { } newest) => (RecoveryPoint, false, Reasons.ObjectiveMissed, $"The newest good backup '{newest.Name}' is of {Clock(newest.Time)}: since {until} the rpo of {Span(rpo)} is missed."),
        };
    }

    private static (string, bool?, string, string) OfRecoveryTime(ClusterState state, TimeSpan rto) => state switch
    {
        { Objectives.RecoveryTime: { } met, Proven: { RecoverySeconds: { } seconds } proven } => (RecoveryTime, met, met ? Reasons.ObjectiveMet : Reasons.ObjectiveMissed,
            $"Drill '{proven.Drill}' measured a recovery time of {Span(TimeSpan.FromSeconds(Math.Round(seconds, 1)))}; the rto is {Span(rto)}."),
        _ => (RecoveryTime, null, Reasons.NotProven, $"No drill has measured how long a recovery takes, so nothing is known of the rto of {Span(rto)}. A RestoreDrill measures it."),
    };

    private static (string, bool?, string, string) OfProof(ClusterState state, TimeSpan within)
    {
        var until = Clock(ProvenUntil(state));
        return (state.Objectives?.Proof, state.Proven) switch
        {
            (true, null) => (ProofRecent, true, Reasons.NotProven, $"No drill has proven a backup yet; the first proof is due by {until} to keep provenWithin of {Span(within)}."),
            (true, { } proven) => (ProofRecent, true, Reasons.ObjectiveMet, $"Drill '{proven.Drill}' proved a backup at {Clock(proven.Completed)}; that keeps provenWithin of {Span(within)} until {until}."),
            (_, null) => (ProofRecent, false, Reasons.NotProven, $"No drill has proven a backup, and since {until} provenWithin of {Span(within)} is missed."),
            (_, { } proven) => (ProofRecent, false, Reasons.ObjectiveMissed, $"Drill '{proven.Drill}' proved a backup last at {Clock(proven.Completed)}: since {until} provenWithin of {Span(within)} is missed."),
        };
    }

    // A cluster that is new has the whole of the time for its first backup, and for the first proof.
    private static DateTimeOffset? RecoveryPointUntil(ClusterState state) => Until(state, Newest(state)?.Time, state.Spec?.Objectives?.Rpo);

    private static DateTimeOffset? ProvenUntil(ClusterState state) => Until(state, state.Proven?.Completed, state.Spec?.Objectives?.ProvenWithin);

    private static DateTimeOffset? Until(ClusterState state, DateTimeOffset? last, TimeSpan? span)
    {
        var first = state.Spec?.Created + span;
        var heard = state.Objectives?.Since + Hearing;
        return last is not null || span is null ? last + span : first > heard || heard is null ? first : heard;
    }

    private static GoodBackup? Newest(ClusterState state) => state.Good is [var newest, ..] ? newest : null;

    private static string Clock(DateTimeOffset? instant) => instant is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) : "an unknown time";

    /// <summary>For people: <c>36h</c>, <c>1h 30m</c>, <c>2.5s</c>.</summary>
    internal static string Span(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}h {span.Minutes}m {span.Seconds + (span.Milliseconds / 1000.0)}s")
        .Split(' ').Where(part => part[..^1] != "0").DefaultIfEmpty("0s").Aggregate((one, other) => $"{one} {other}");
}

/// <summary>Whether each objective is met; null for one that is not set, or of which nothing is known.</summary>
/// <param name="RecoveryPoint">Of <c>rpo</c>.</param>
/// <param name="RecoveryTime">Of <c>rto</c>.</param>
/// <param name="Proof">Of <c>provenWithin</c>.</param>
/// <param name="Since">Since when this plane judges.</param>
internal sealed record ObjectiveVerdicts(bool? RecoveryPoint, bool? RecoveryTime, bool? Proof, DateTimeOffset Since);

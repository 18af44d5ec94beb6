using System.Globalization;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>Which instance a backup is taken from.</summary>
internal static class SourcePlanner
{
    private const double HardlyAnyLag = 60;

    private static readonly Func<SurveyedInstance, string, string?>[] Objections =
        [PodIsNotReady, AgentIsMissing, AgentDoesNotAnswer, ServerDoesNotAnswer, AnotherBackupReads];

    /// <summary>
    /// The named instance, where one is named and usable; otherwise a replica with the least lag; the primary only when there is no usable
    /// replica. Instances that failed earlier attempts come last. Of those that the plane has no road to, nothing is known but that they are ready: they
    /// come after those that answered, and the one with the highest number first, for workloads begin with their primary at 0.
    /// </summary>
    /// <param name="named">The Pod that the owner named; null to choose.</param>
    /// <param name="survey">What was seen.</param>
    /// <param name="attempts">What was tried.</param>
    /// <param name="node">The node for which there is a place: among replicas of hardly any lag, those there come first. Null where it makes no difference.</param>
    public static SourceChoice Choose(string? named, ClusterSurvey survey, IReadOnlyList<BackupAttempt> attempts, string? node = null)
    {
        if (survey.Trouble is { } trouble)
            return new(null, $"The instances could not be looked at: {trouble}");
        if (survey.Instances.Count == 0)
            return new(null, "The workload has no Pods.");
        return named is null ? Best(survey, attempts, node) : Named(named, survey);
    }

    private static SourceChoice Named(string named, ClusterSurvey survey)
    {
        if (survey.Instances.FirstOrDefault(instance => instance.Pod == named) is not { } instance)
        {
            var members = string.Join(", ", survey.Instances.Select(member => member.Pod).Order(StringComparer.Ordinal));
            return new(null, $"sourcePod '{named}' is not one of the workload's Pods: {members}.");
        }

        return ObjectionTo(instance, survey.Uid) is { } objection ? new(null, $"sourcePod '{named}': {objection}.") : new(instance, "");
    }

    private static SourceChoice Best(ClusterSurvey survey, IReadOnlyList<BackupAttempt> attempts, string? node)
    {
        var judged = survey.Instances.OrderBy(instance => instance.Pod, StringComparer.Ordinal)
            .Select(instance => (Instance: instance, Objection: ObjectionTo(instance, survey.Uid) ?? ReplicaIsBroken(instance))).ToList();
        var best = judged.Where(candidate => candidate.Objection is null).Select(candidate => candidate.Instance)
            .OrderBy(instance => attempts.Count(attempt => attempt.Source == instance.Pod && RetryPlanner.BlamesSource(attempt)))
            .ThenBy(instance => instance.View is null ? 2 : instance.View.Role == InstanceRole.Replica ? 0 : 1)
            .ThenBy(instance => node is not null && instance.Node == node && !(instance.View?.LagSeconds > HardlyAnyLag) ? 0 : 1)
            .ThenBy(instance => instance.View?.LagSeconds ?? double.MaxValue)
            .ThenByDescending(instance => instance.View is null ? Number(instance.Pod) : 0)
            .FirstOrDefault();
        return best is null
            ? new(null, $"No instance can be backed up from: {string.Join("; ", judged.Select(candidate => $"{candidate.Instance.Pod}: {candidate.Objection}"))}.")
            : new(best, "");
    }

    private static string? ObjectionTo(SurveyedInstance instance, string uid) =>
        Objections.Select(objection => objection(instance, uid)).FirstOrDefault(said => said is not null);

    private static string? PodIsNotReady(SurveyedInstance instance, string uid) =>
        instance.Ready && instance.Address is not null ? null : "the Pod is not ready";

    private static string? AgentIsMissing(SurveyedInstance instance, string uid) =>
        instance.HasAgent ? null : "the Pod has no container 'xtrabackup'";

    private static string? AgentDoesNotAnswer(SurveyedInstance instance, string uid) =>
        instance.View is not null || instance.OutOfReach ? null : $"the agent does not answer{Because(instance.Trouble)}";

    private static string? ServerDoesNotAnswer(SurveyedInstance instance, string uid) =>
        instance.View is not { ServerReachable: false } ? null : $"the server does not answer the agent{Because(instance.View.Message)}";

    private static string? AnotherBackupReads(SurveyedInstance instance, string uid) =>
        instance.View?.RunningUid is not { } running || running == uid ? null : $"the agent is busy with backup {running}";

    // Only asked where nobody named the Pod: whoever names a stopped replica means it.
    private static string? ReplicaIsBroken(SurveyedInstance instance) =>
        instance.View?.Role == InstanceRole.BrokenReplica ? "replication does not run" : null;

    private static int Number(string pod) => int.TryParse(pod.AsSpan(pod.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string Because(string? trouble) => string.IsNullOrWhiteSpace(trouble) ? "" : $" ({trouble.TrimEnd('.')})";
}

/// <summary>The chosen instance, or why there is none.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Message">One sentence for people.</param>
internal sealed record SourceChoice(SurveyedInstance? Instance, string Message);

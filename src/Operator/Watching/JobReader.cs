using System.Globalization;
using System.Text.Json;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Watching;

/// <summary>How a Job stands, read from it and its Pods. Pure; used by the watches and by the look.</summary>
internal static class JobReader
{
    private const string DeadlineExceeded = "DeadlineExceeded";

    // The kubelet goes on trying, but somebody must do something before it can work.
    private static readonly string[] Obstacles =
        ["ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff"];

    /// <summary>The sighting. Without the Job its Pod alone decides: it is the only one, and the Job follows it.</summary>
    public static JobSighting Read(string name, V1Job? job, IReadOnlyList<V1Pod> pods)
    {
        var uid = Label(job?.Metadata, ApiGroup.Labels.Uid) ?? pods.Select(pod => Label(pod.Metadata, ApiGroup.Labels.Uid)).FirstOrDefault(label => label is not null) ?? "";
        var pod = pods.OrderByDescending(each => ReadReport(each, uid) is not null).ThenByDescending(each => each.Metadata.CreationTimestamp).FirstOrDefault();
        var failed = job?.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "Failed", Status: "True" });
        var state = State(job, pod);
        var report = pod is null ? null : ReadReport(pod, uid);
        return new()
        {
            Uid = uid,
            Job = name,
            State = state,
            Report = report,
            DeadlineExceeded = failed?.Reason == DeadlineExceeded || pod?.Status?.Reason == DeadlineExceeded,
            Trouble = report is null ? Trouble(state, pod, failed) : null,
        };
    }

    /// <summary>Whether a Job that makes no Pod any more has left none in which a container may run. A phase alone does not say so: a kubelet sets it before it stops what is too old or too large.</summary>
    public static bool HasEnded(V1Job? job, IList<V1Pod> pods) =>
        job is not null && pods.Count > 0 && pods.All(HasEnded)
        && (job.Metadata.DeletionTimestamp is not null || job.Status?.Conditions?.Any(condition => condition is { Type: "Complete" or "Failed", Status: "True" }) == true);

    private static bool HasEnded(V1Pod pod) =>
        pod.Status is { Phase: "Succeeded" or "Failed", ContainerStatuses: { } containers } && containers.Count == pod.Spec.Containers.Count && containers.All(container => container.State?.Terminated is not null);

    private static JobState State(V1Job? job, V1Pod? pod)
    {
        if (job?.Status?.Conditions?.Any(condition => condition is { Type: "Complete", Status: "True" }) == true)
            return JobState.Complete;
        if (job?.Status?.Conditions?.Any(condition => condition is { Type: "Failed", Status: "True" }) == true)
            return JobState.Failed;
        if (job?.Metadata.DeletionTimestamp is not null)
            return JobState.Stopping;
        return (Runner(pod)?.State, pod?.Status?.Phase) switch
        {
            ({ Terminated.ExitCode: 0 }, _) => JobState.Complete,
            ({ Terminated: not null }, _) or (_, "Failed") => JobState.Failed,
            (_, "Succeeded") => JobState.Complete,
            ({ Running: not null }, _) => JobState.Active,
            _ => job is null && pod is null ? JobState.Missing : JobState.Pending,
        };
    }

    private static string? Trouble(JobState state, V1Pod? pod, V1JobCondition? failed) => state switch
    {
        // Where the runner works, another container beside it may be hindered.
        JobState.Pending or JobState.Active => pod is null ? null : Obstacle(pod),
        JobState.Failed or JobState.Complete => Ending(pod, failed),
        _ => null,
    };

    private static string? Obstacle(V1Pod pod)
    {
        if (pod.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: "False" }) is { } unscheduled)
            return $"The Pod {pod.Metadata.Name} cannot be scheduled: {unscheduled.Message ?? unscheduled.Reason}";
        return (pod.Status?.ContainerStatuses ?? []).Select(container => container.State?.Waiting).FirstOrDefault(waiting => waiting is not null && Obstacles.Contains(waiting.Reason)) is { } obstacle
            ? $"The Pod {pod.Metadata.Name} cannot start: {obstacle.Reason}{(string.IsNullOrEmpty(obstacle.Message) ? "" : $": {obstacle.Message}")}"
            : null;
    }

    private static string Ending(V1Pod? pod, V1JobCondition? failed)
    {
        if (pod is null)
            return failed?.Message is { Length: > 0 } said ? $"The Job's Pod is gone without a report: {said}" : "The Job's Pod is gone without a report.";
        var end = Runner(pod)?.State?.Terminated;
        var why = (end?.Reason, pod.Status?.Reason, pod.Status?.Message) switch
        {
            ("OOMKilled", _, _) => "it was killed because it used more memory than its limit",
            (_, { Length: > 0 } reason, { Length: > 0 } message) => $"{reason}: {message}",
            (_, { Length: > 0 } reason, _) => reason,
            _ => end is null ? "its container never ran" : string.Create(CultureInfo.InvariantCulture, $"exit code {end.ExitCode}{(end.Reason is { Length: > 0 } word ? $", {word}" : "")}"),
        };
        return $"The Pod {pod.Metadata.Name} ended without a report: {why}";
    }

    // A report of another backup or attempt, or one that was cut, is none.
    private static JobReport? ReadReport(V1Pod pod, string uid)
    {
        if (Runner(pod)?.State?.Terminated?.Message is not { Length: > 0 } message)
            return null;
        try
        {
            var report = JsonSerializer.Deserialize(message, ProtocolJson.Default.JobReport);
            return report is not null && report.Uid == uid
                && report.Attempt.ToString(CultureInfo.InvariantCulture) == (Label(pod.Metadata, ApiGroup.Labels.Attempt) ?? report.Attempt.ToString(CultureInfo.InvariantCulture))
                ? report
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static V1ContainerStatus? Runner(V1Pod? pod) =>
        pod?.Status?.ContainerStatuses?.FirstOrDefault(container => container.Name == ApiGroup.Containers.Runner);

    private static string? Label(V1ObjectMeta? metadata, string name) => metadata?.Labels is { } labels && labels.TryGetValue(name, out var value) ? value : null;
}

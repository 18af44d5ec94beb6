using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Surveying;

/// <summary>What a Pod's own document says of an instance.</summary>
internal static class PodView
{
    public static SurveyedInstance Of(V1Pod pod) => new()
    {
        Pod = pod.Name(),
        Address = string.IsNullOrEmpty(pod.Status?.PodIP) ? null : pod.Status.PodIP,
        Node = pod.Spec?.NodeName,
        Ready = pod.Metadata.DeletionTimestamp is null && pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) is true,
        HasAgent = pod.Spec?.Containers.Any(container => container.Name == AgentFiles.Container) is true,
    };

    /// <summary>Whether the Pod's agent runs.</summary>
    public static bool HasReadyAgent(V1Pod pod) =>
        pod.Metadata.DeletionTimestamp is null && pod.Status?.ContainerStatuses?.Any(container => container is { Name: AgentFiles.Container, Ready: true }) is true;
}

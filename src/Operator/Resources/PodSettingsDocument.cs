using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Resources;

/// <summary>The settings of <see cref="PodSettings.StorageFields"/> and <see cref="PodSettings.AgentFields"/>, read.</summary>
internal sealed record PodSettingsDocument
{
    public V1ResourceRequirements? Resources { get; init; }

    public Dictionary<string, string>? NodeSelector { get; init; }

    public V1Affinity? Affinity { get; init; }

    public List<V1Toleration>? Tolerations { get; init; }

    public List<V1TopologySpreadConstraint>? TopologySpreadConstraints { get; init; }

    public string? SchedulerName { get; init; }

    public string? PriorityClassName { get; init; }

    public string? RuntimeClassName { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    public V1PodSecurityContext? PodSecurityContext { get; init; }

    public V1SecurityContext? ContainerSecurityContext { get; init; }

    /// <summary>Reads what a spec carries. It was read once before, when the resource was; it does not fail here.</summary>
    public static PodSettingsDocument Parse(string json) => KubernetesJson.Deserialize<PodSettingsDocument>(json);
}

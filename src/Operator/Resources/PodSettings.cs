namespace ControlPlane.Operator.Resources;

/// <summary>
/// Which fields of a resource are passed on to Pods as they are. They travel as one Kubernetes document whose fields have the names
/// below, and only the edge reads it.
/// </summary>
internal static class PodSettings
{
    /// <summary>In <c>spec.backup.storages.*</c>, for the Jobs: <see cref="Abstractions.Clusters.StorageSpec.PodJson"/>.</summary>
    public static readonly IReadOnlyList<string> StorageFields =
    [
        "resources", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "schedulerName", "priorityClassName",
        "runtimeClassName", "labels", "annotations", "podSecurityContext", "containerSecurityContext",
    ];

    /// <summary>In <c>spec.backup</c>, for the agent: <see cref="Abstractions.Clusters.ClusterSpec.AgentContainerJson"/>.</summary>
    public static readonly IReadOnlyList<string> AgentFields = ["resources", "containerSecurityContext"];

    /// <summary>In the <c>spec</c> of a drill, for both containers of its Job: <see cref="Abstractions.Drills.DrillSpec.ContainerJson"/>.</summary>
    public static readonly IReadOnlyList<string> DrillFields = ["resources"];
}

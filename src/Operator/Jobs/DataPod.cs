using ControlPlane.Abstractions.Ports;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Jobs;

/// <summary>
/// What differs in the Pod of a Job that works on a database's volume: it runs as the server does, so that it may read and write the data and gives none of
/// it away, and where the server has the volume.
/// </summary>
internal static class DataPod
{
    private const long Root = 0;

    /// <summary>User and groups of the server's Pod; no group that the data do not belong to already.</summary>
    public static V1PodSecurityContext Security(V1PodSecurityContext ours, WorkloadIdentity identity)
    {
        ours.RunAsUser = identity.User ?? ours.RunAsUser;
        ours.RunAsGroup = identity.Group ?? (identity.User is null ? ours.RunAsGroup : identity.User);
        ours.RunAsNonRoot = ours.RunAsUser != Root;
        ours.FsGroup = identity.FsGroup;

        // Only a volume whose root does not belong to the group is changed, file by file.
        ours.FsGroupChangePolicy = identity.FsGroup is null ? null : "OnRootMismatch";
        return ours;
    }

    /// <summary>A server that begins as root has its data owned by somebody else: then the Job needs what makes root able to touch them, and no more.</summary>
    public static V1SecurityContext Security(V1SecurityContext ours, WorkloadIdentity identity)
    {
        if (identity.User == Root)
            ours.Capabilities.Add = ["CHOWN", "DAC_OVERRIDE", "FOWNER"];
        return ours;
    }

    /// <summary>Preparing takes what the server takes; null where its template says nothing.</summary>
    public static V1ResourceRequirements? Resources(WorkloadIdentity identity) =>
        KubernetesJson.Deserialize<V1ResourceRequirements>(identity.ResourcesJson) is { } resources && (resources.Limits?.Count > 0 || resources.Requests?.Count > 0) ? resources : null;

    /// <summary>A volume that one node has is at hand there alone.</summary>
    public static V1Affinity On(string node) => new()
    {
        NodeAffinity = new()
        {
            RequiredDuringSchedulingIgnoredDuringExecution = new()
            {
                NodeSelectorTerms = [new() { MatchFields = [new() { Key = "metadata.name", OperatorProperty = "In", Values = [node] }] }],
            },
        },
    };
}

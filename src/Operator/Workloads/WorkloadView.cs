using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>What a workload's own document says to a restore. Pure.</summary>
internal static class WorkloadView
{
    /// <summary>Why its volumes cannot be restored, for people; null when they can.</summary>
    public static string? Trouble(WorkloadSpec wanted, V1StatefulSet workload)
    {
        if (workload.Spec.VolumeClaimTemplates?.Any(claim => claim.Name() == wanted.DataVolume) is not true)
            return $"spec.workload.dataVolume: '{wanted.DataVolume}' is no volumeClaimTemplate of StatefulSet {workload.Name()}, and a restore works on the claims of one.";
        return Mount(wanted, workload)?.SubPathExpr is { Length: > 0 }
            ? $"spec.workload.dataVolume: '{wanted.DataVolume}' is mounted with a subPathExpr, so that it is not known where in the volume the data lie."
            : null;
    }

    /// <summary>The claim of an instance, counted from the first.</summary>
    public static string Claim(WorkloadSpec wanted, V1StatefulSet workload, int index) =>
        FormattableString.Invariant($"{wanted.DataVolume}-{workload.Name()}-{(workload.Spec.Ordinals?.Start ?? 0) + index}");

    /// <summary>What the container runs as; what its Pod says counts where it says nothing itself.</summary>
    public static WorkloadIdentity Identity(WorkloadSpec wanted, V1StatefulSet workload)
    {
        var (pod, container) = (workload.Spec.Template.Spec.SecurityContext, Container(wanted, workload));
        return new()
        {
            User = container?.SecurityContext?.RunAsUser ?? pod?.RunAsUser,
            Group = container?.SecurityContext?.RunAsGroup ?? pod?.RunAsGroup,
            FsGroup = pod?.FsGroup,
            ResourcesJson = container?.Resources is { } resources ? KubernetesJson.Serialize(resources) : "{}",
        };
    }

    /// <summary>Where in the volume the data directory lies.</summary>
    public static string DataDirectory(WorkloadSpec wanted, V1StatefulSet workload) => Mount(wanted, workload)?.SubPath?.Trim('/') ?? "";

    private static V1VolumeMount? Mount(WorkloadSpec wanted, V1StatefulSet workload) =>
        Container(wanted, workload)?.VolumeMounts?.FirstOrDefault(mount => mount.Name == wanted.DataVolume && mount.MountPath.TrimEnd('/') == wanted.DataPath.TrimEnd('/'));

    private static V1Container? Container(WorkloadSpec wanted, V1StatefulSet workload) =>
        workload.Spec.Template.Spec.Containers.FirstOrDefault(container => container.Name == wanted.Container);
}

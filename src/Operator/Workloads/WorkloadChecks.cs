using ControlPlane.Abstractions.Clusters;
using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>Whether the workload is what <c>spec.workload</c> says of it. All that is wrong is said at once.</summary>
internal static class WorkloadChecks
{
    private static readonly Func<WorkloadSpec, V1StatefulSet, string?>[] Checks = [ContainerIsMissing, VolumeIsMissing, VolumeIsNotMountedThere];

    public static string? Trouble(WorkloadSpec wanted, V1StatefulSet workload)
    {
        var faults = Checks.Select(check => check(wanted, workload)).OfType<string>().ToList();
        return faults.Count > 0 ? string.Join(' ', faults) : null;
    }

    internal static string? ContainerIsMissing(WorkloadSpec wanted, V1StatefulSet workload) =>
        Container(wanted, workload) is not null
            ? null
            : $"spec.workload.container: StatefulSet {workload.Name()} has no container '{wanted.Container}'; "
                + $"it has {Names(workload.Spec.Template.Spec.Containers.Select(container => container.Name))}.";

    internal static string? VolumeIsMissing(WorkloadSpec wanted, V1StatefulSet workload)
    {
        var volumes = Volumes(workload).ToList();
        return volumes.Contains(wanted.DataVolume)
            ? null
            : $"spec.workload.dataVolume: StatefulSet {workload.Name()} has no volume '{wanted.DataVolume}'; it has {Names(volumes)}.";
    }

    internal static string? VolumeIsNotMountedThere(WorkloadSpec wanted, V1StatefulSet workload)
    {
        if (Container(wanted, workload) is not { } container || !Volumes(workload).Contains(wanted.DataVolume))
            return null;
        var places = (container.VolumeMounts ?? []).Where(mount => mount.Name == wanted.DataVolume).Select(mount => mount.MountPath.TrimEnd('/')).ToList();
        return places.Contains(wanted.DataPath.TrimEnd('/'))
            ? null
            : $"spec.workload.dataPath: container '{wanted.Container}' of StatefulSet {workload.Name()} does not "
                + $"mount volume '{wanted.DataVolume}' at '{wanted.DataPath}', but at {Names(places)}.";
    }

    private static V1Container? Container(WorkloadSpec wanted, V1StatefulSet workload) =>
        workload.Spec.Template.Spec.Containers.FirstOrDefault(container => container.Name == wanted.Container);

    private static IEnumerable<string> Volumes(V1StatefulSet workload) =>
        (workload.Spec.VolumeClaimTemplates ?? []).Select(claim => claim.Name()).Concat((workload.Spec.Template.Spec.Volumes ?? []).Select(volume => volume.Name))
            .Except(Sidecar.VolumeNames);

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'")) is { Length: > 0 } text ? text : "none";
}

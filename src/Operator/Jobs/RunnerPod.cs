using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Jobs;

/// <summary>The Pod of a Job: <c>restricted</c>, with the owner's settings over ours.</summary>
internal static class RunnerPod
{
    private const string StatefulSetPodLabel = "statefulset.kubernetes.io/pod-name";

    public static V1PodTemplateSpec Build(JobOrder order, string request, Dictionary<string, string> labels, Dictionary<string, string> names)
    {
        var owner = PodSettingsDocument.Parse(order.Storage.PodJson);
        return new()
        {
            // What identifies the Pod is ours: the owner's labels and annotations come first, and are overwritten.
            Metadata = new()
            {
                Labels = Over(owner.Labels, labels),
                Annotations = Over(owner.Annotations, new(names) { [ApiGroup.Annotations.Request] = request }),
            },
            Spec = new()
            {
                RestartPolicy = "Never",
                ServiceAccountName = order.Jobs.ServiceAccountName ?? Runner.Account,

                // Only a backup or a restore tells its progress; what removes data needs no word with the API server.
                AutomountServiceAccountToken = order.Request.Operation is JobOperation.Backup or JobOperation.RestoreVolume,
                EnableServiceLinks = false,
                TerminationGracePeriodSeconds = Runner.GracePeriodSeconds,
                SecurityContext = order.Volume is { } data ? DataPod.Security(PodSecurity(), data.Identity) : Overlay.Over(PodSecurity(), owner.PodSecurityContext),
                ImagePullSecrets = order.Jobs.Image.PullSecrets.Union(order.Drill?.Image?.PullSecrets ?? []).ToList() is { Count: > 0 } secrets
                    ? [.. secrets.Select(name => new V1LocalObjectReference { Name = name })]
                    : null,
                NodeSelector = order.Volume is null ? owner.NodeSelector : null,
                Affinity = order.Volume?.Node is { } node ? DataPod.On(node) : Affinity(owner.Affinity, order.Source),
                Tolerations = owner.Tolerations,
                TopologySpreadConstraints = owner.TopologySpreadConstraints,
                SchedulerName = owner.SchedulerName,
                PriorityClassName = owner.PriorityClassName,
                RuntimeClassName = owner.RuntimeClassName,
                Containers = order.Drill is { } drill ? [Container(order, owner), DrillServers.Container(drill, Overlay.Over(ContainerSecurity(), owner.ContainerSecurityContext))] : [Container(order, owner)],
                Volumes = RunnerVolumes.Build(order),
            },
        };
    }

    private static V1Container Container(JobOrder order, PodSettingsDocument owner) => new()
    {
        Name = ApiGroup.Containers.Runner,
        Image = order.Jobs.Image.Name,
        ImagePullPolicy = order.Jobs.Image.PullPolicy,
        Args = [AgentFiles.RunnerVerb],
        Env = order.Environment.Count > 0 ? [.. Variables(order.Environment)] : null,
        Resources = (order.Request.Operation == JobOperation.RestoreVolume ? DataPod.Resources(order.Volume!.Identity) : DrillServers.Resources(order.Drill)) ?? owner.Resources ?? Resources(),
        SecurityContext = order.Volume is { } data ? DataPod.Security(ContainerSecurity(), data.Identity) : Overlay.Over(ContainerSecurity(), owner.ContainerSecurityContext),
        TerminationMessagePath = JobFiles.TerminationMessage,
        TerminationMessagePolicy = "File",
        VolumeMounts = RunnerVolumes.Mounts(order),
    };

    private static IEnumerable<V1EnvVar> Variables(IReadOnlyDictionary<string, string> environment) =>
        environment.OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => new V1EnvVar { Name = variable.Key, Value = variable.Value });

    private static V1PodSecurityContext PodSecurity() => new()
    {
        RunAsNonRoot = true,
        RunAsUser = Runner.User,
        RunAsGroup = Runner.User,
        FsGroup = Runner.User,
        SeccompProfile = new() { Type = "RuntimeDefault" },
    };

    private static V1SecurityContext ContainerSecurity() => new()
    {
        AllowPrivilegeEscalation = false,
        ReadOnlyRootFilesystem = true,
        Capabilities = new() { Drop = ["ALL"] },
    };

    // The runner's memory is bounded at 256 MiB by its own buffers; the limit leaves room for the runtime. No CPU limit: it would only throttle.
    private static V1ResourceRequirements Resources() => new()
    {
        Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("100m"), ["memory"] = new("256Mi") },
        Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("512Mi") },
    };

    // On the source's node the bytes do not cross the network twice.
    private static V1Affinity? Affinity(V1Affinity? owner, SourceInstance? source)
    {
        if (source is null)
            return owner;
        var term = new V1WeightedPodAffinityTerm
        {
            Weight = 100,
            PodAffinityTerm = new()
            {
                TopologyKey = "kubernetes.io/hostname",
                LabelSelector = new() { MatchLabels = new Dictionary<string, string> { [StatefulSetPodLabel] = source.Pod } },
            },
        };
        return new()
        {
            NodeAffinity = owner?.NodeAffinity,
            PodAntiAffinity = owner?.PodAntiAffinity,
            PodAffinity = new()
            {
                RequiredDuringSchedulingIgnoredDuringExecution = owner?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution,
                PreferredDuringSchedulingIgnoredDuringExecution = [.. owner?.PodAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [], term],
            },
        };
    }

    private static Dictionary<string, string> Over(Dictionary<string, string>? owner, Dictionary<string, string> ours)
    {
        var all = owner is null ? [] : new Dictionary<string, string>(owner);
        foreach (var (name, value) in ours)
            all[name] = value;
        return all;
    }
}

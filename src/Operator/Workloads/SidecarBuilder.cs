using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Jobs;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>
/// What is applied to an owner's workload: the container <c>xtrabackup</c> and its volumes, and not one field more. A change here rolls
/// every database of every owner, so the form stays as it is unless it must not.
/// </summary>
internal static class SidecarBuilder
{
    // Who the official images of MySQL and MariaDB become when they start as root.
    private const long UsualDatabaseUser = 999;

    // Readable by its owner, to which the kubelet adds the Pod's group where there is one; the last bit serves Pods without a group.
    private const int EveryoneInThePodReads = 0x124;

    public static V1StatefulSet Build(ClusterKey cluster, ClusterSpec spec, V1StatefulSet workload) => Of(workload, new()
    {
        Template = new()
        {
            Spec = new() { Containers = [Container(cluster, spec, workload)], Volumes = Volumes(cluster, spec) },
        },
    });

    /// <summary>An apply of nothing: what the manager applied before goes away.</summary>
    public static V1StatefulSet BuildEmpty(V1StatefulSet workload) => Of(workload, null);

    private static V1StatefulSet Of(V1StatefulSet workload, V1StatefulSetSpec? spec) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "StatefulSet",
        Metadata = new() { Name = workload.Name(), NamespaceProperty = workload.Namespace(), Uid = workload.Uid() },
        Spec = spec!,
    };

    private static V1Container Container(ClusterKey cluster, ClusterSpec spec, V1StatefulSet workload)
    {
        var owner = PodSettingsDocument.Parse(spec.AgentContainerJson);
        return new()
        {
            Name = AgentFiles.Container,
            Image = spec.Image.Name,
            ImagePullPolicy = spec.Image.PullPolicy,
            Args = [AgentFiles.AgentVerb],
            Env =
            [
                new() { Name = AgentFiles.NamespaceVariable, Value = AgentPlace.Of(cluster.Member, cluster.Namespace) },
                new() { Name = AgentFiles.ClusterVariable, Value = cluster.Name },
                new() { Name = AgentFiles.DataPathVariable, Value = spec.Workload.DataPath },
            ],
            Ports = [new() { Name = AgentFiles.PortName, ContainerPort = AgentApi.Port, Protocol = "TCP" }],

            // Alive, but never "not ready": an agent in trouble must not take its database out of service.
            LivenessProbe = new()
            {
                HttpGet = new() { Path = AgentApi.Health, Port = AgentFiles.PortName, Scheme = "HTTPS" },
                InitialDelaySeconds = 10,
                PeriodSeconds = 20,
                TimeoutSeconds = 5,
                FailureThreshold = 6,
            },
            Resources = owner.Resources ?? Resources(),
            SecurityContext = Overlay.Over(Security(spec, workload), owner.ContainerSecurityContext),
            VolumeMounts =
            [
                new() { Name = spec.Workload.DataVolume, MountPath = spec.Workload.DataPath, ReadOnlyProperty = true },
                new() { Name = Sidecar.Volumes.Agent, MountPath = AgentFiles.Tls, ReadOnlyProperty = true },
                new() { Name = Sidecar.Volumes.Credentials, MountPath = AgentFiles.DatabaseCredentials, ReadOnlyProperty = true },
                new() { Name = Sidecar.Volumes.Scratch, MountPath = AgentFiles.Scratch },
            ],
        };
    }

    // The data directory belongs to the database's user, so the tool must be it.
    private static V1SecurityContext Security(ClusterSpec spec, V1StatefulSet workload)
    {
        var pod = workload.Spec.Template.Spec;
        var database = pod.Containers.FirstOrDefault(container => container.Name == spec.Workload.Container)?.SecurityContext;
        var user = database?.RunAsUser ?? pod.SecurityContext?.RunAsUser;
        var known = user is > 0;
        return new()
        {
            RunAsNonRoot = true,
            RunAsUser = known ? user : UsualDatabaseUser,
            RunAsGroup = known ? database?.RunAsGroup ?? pod.SecurityContext?.RunAsGroup : UsualDatabaseUser,
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            Capabilities = new() { Drop = ["ALL"] },
            SeccompProfile = new() { Type = "RuntimeDefault" },
        };
    }

    // The agent needs at most 100 MiB, the tool its copy buffers. No CPU limit: it would only throttle.
    private static V1ResourceRequirements Resources() => new()
    {
        Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("50m"), ["memory"] = new("128Mi") },
        Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("1Gi") },
    };

    // All optional: a database starts also while a Secret of its backups is absent, and the agent says what it misses.
    private static List<V1Volume> Volumes(ClusterKey cluster, ClusterSpec spec) =>
    [
        new() { Name = Sidecar.Volumes.Agent, Secret = new() { SecretName = Sidecar.AgentSecret(cluster.Name), DefaultMode = EveryoneInThePodReads, Optional = true } },
        new() { Name = Sidecar.Volumes.Credentials, Secret = new() { SecretName = spec.CredentialsSecret, DefaultMode = EveryoneInThePodReads, Optional = true } },
        new() { Name = Sidecar.Volumes.Scratch, EmptyDir = new() { SizeLimit = new("1Gi") } },
    ];
}

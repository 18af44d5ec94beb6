using System.Net;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Workloads;
using ControlPlane.Protocol;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace ControlPlane.Operator.Jobs;

/// <summary>
/// What the Pod of a drill's Job has beside the runner: a server of the database's own image, and a volume that goes with the Pod. Both containers run as the
/// runner's user, so that each reads what the other wrote; the server has neither a network nor a credential.
/// </summary>
internal sealed class DrillServers(StatefulSets workloads)
{
    /// <summary>The order with image and resources of the workload's container, where its owner named none.</summary>
    public async Task<JobOrder> FillInAsync(JobOrder order, CancellationToken cancellationToken)
    {
        var (drill, subject) = (order.Drill!, order.Subject);
        if (drill.Image is not null)
            return order;
        var name = $"{subject.Namespace}/{drill.Workload.Name}";
        var workload = await workloads.ReadAsync(subject.Member, subject.Namespace, drill.Workload.Name, cancellationToken)
            ?? throw new InvalidOperationException($"There is no StatefulSet {name} whose image the server could have: set spec.image of the drill.");
        var pod = workload.Spec.Template.Spec;
        var container = pod.Containers.FirstOrDefault(one => one.Name == drill.Workload.Container)
            ?? throw new InvalidOperationException($"StatefulSet {name} has no container '{drill.Workload.Container}' whose image the server could have: set spec.image of the drill.");
        var resources = PodSettingsDocument.Parse(drill.ContainerJson).Resources ?? (IsGiven(container.Resources) ? container.Resources : null);
        return order with
        {
            Drill = drill with
            {
                Image = new() { Name = container.Image, PullPolicy = container.ImagePullPolicy, PullSecrets = [.. (pod.ImagePullSecrets ?? []).Select(secret => secret.Name)] },
                ContainerJson = KubernetesJson.Serialize(new PodSettingsDocument { Resources = resources }),
            },
        };
    }

    /// <summary>The container with the server: it waits for the runner's word.</summary>
    public static V1Container Container(DrillPod drill, V1SecurityContext security) => new()
    {
        Name = ApiGroup.Containers.Server,
        Image = drill.Image!.Name,
        ImagePullPolicy = drill.Image.PullPolicy,
        Command = ["sh", "-c", DrillFiles.ServerCommand],
        Resources = Resources(drill) ?? Default(),
        SecurityContext = security,
        VolumeMounts = [new() { Name = Runner.Volumes.Data, MountPath = JobFiles.DataVolume }],
    };

    /// <summary>What each of the two containers may take; null where nobody says it.</summary>
    public static V1ResourceRequirements? Resources(DrillPod? drill) => drill is null ? null : PodSettingsDocument.Parse(drill.ContainerJson).Resources;

    /// <summary>The volume: a folder on the node with a limit, or, with a class, one that is made for the Pod.</summary>
    public static V1Volume Volume(DrillPod drill) => drill.StorageClassName is null
        ? new() { Name = Runner.Volumes.Data, EmptyDir = new() { SizeLimit = Size(drill) } }
        : new()
        {
            Name = Runner.Volumes.Data,
            Ephemeral = new()
            {
                VolumeClaimTemplate = new()
                {
                    Spec = new()
                    {
                        AccessModes = ["ReadWriteOnce"],
                        StorageClassName = drill.StorageClassName,
                        Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = Size(drill) } },
                    },
                },
            },
        };

    /// <summary>What an owner may do about a refusal; null when the API server's own words say it. An old server drops the kind of volume that it does not know.</summary>
    public static string? Explain(DrillPod? drill, HttpOperationException refusal) =>
        drill?.StorageClassName is { } name && refusal.Response.StatusCode == HttpStatusCode.UnprocessableEntity && refusal.Response.Content?.Contains("must specify a volume type", StringComparison.Ordinal) is true
            ? $"spec.volume.storageClassName: '{name}' cannot be had here, for this Kubernetes knows no generic ephemeral volumes, which 1.21 and newer do; leave it out to use a folder on the node."
            : null;

    private static ResourceQuantity Size(DrillPod drill) => new(Quantities.Shown(drill.VolumeBytes));

    private static bool IsGiven(V1ResourceRequirements? resources) => resources?.Limits?.Count > 0 || resources?.Requests?.Count > 0;

    private static V1ResourceRequirements Default() => new()
    {
        Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("100m"), ["memory"] = new("256Mi") },
        Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("1Gi") },
    };
}

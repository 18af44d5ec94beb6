using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for work. Every call bears being repeated: names follow from the key, and what is there already is left alone.</summary>
public interface IJobDispatcher
{
    /// <summary>
    /// Makes sure that the Job exists. Throws when the API server cannot be reached or refuses; the caller's tick says it again.
    /// </summary>
    Task EnsureJobAsync(JobOrder order, CancellationToken cancellationToken);

    /// <summary>Makes sure that the Job and its Pods go, within the Pods' grace period. Done when the API server took the deletion.</summary>
    Task RemoveJobAsync(JobSubject subject, string job, CancellationToken cancellationToken);

    /// <summary>How a Job stands now. The safety net for a lost watch event; the only thing that a port answers.</summary>
    Task<JobSighting> LookAtJobAsync(JobSubject subject, string job, CancellationToken cancellationToken);
}

/// <summary>The Job that is wanted.</summary>
[GenerateSerializer, Immutable, Alias("JobOrder")]
public sealed record JobOrder
{
    /// <summary>Whose. The Job of a <see cref="JobOperation.SweepCluster"/> or a <see cref="JobOperation.Prune"/> is a cluster's.</summary>
    [Id(0)]
    public required JobSubject Subject { get; init; }

    /// <summary>Its name: see <see cref="JobNames"/>.</summary>
    [Id(1)]
    public required string Job { get; init; }

    /// <summary>What is to be done; <see cref="JobRequest.Source"/> is filled in by the edge from <see cref="Source"/>.</summary>
    [Id(2)]
    public required JobRequest Request { get; init; }

    /// <summary>The storage with its Secrets' names and Pod settings.</summary>
    [Id(3)]
    public required StorageSpec Storage { get; init; }

    /// <summary>Image and account.</summary>
    [Id(4)]
    public required JobSettings Jobs { get; init; }

    /// <summary>The source instance; null for Jobs that need none.</summary>
    [Id(5)]
    public SourceInstance? Source { get; init; }

    /// <summary>Further environment of the container.</summary>
    [Id(6)]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The Job's <c>activeDeadlineSeconds</c>.</summary>
    [Id(7)]
    public required TimeSpan ActiveDeadline { get; init; }

    /// <summary>Whether the subject's resource owns the Job, so that deleting the one stops the other. A Job that outlives its resource has no owner.</summary>
    [Id(8)]
    public required bool OwnedByResource { get; init; }

    /// <summary>The data volume of a restore's Job; null for Jobs that need none.</summary>
    [Id(9)]
    public DataVolume? Volume { get; init; }

    /// <summary>The volume and the server of a drill's Job; null for Jobs that need none.</summary>
    [Id(10)]
    public DrillPod? Drill { get; init; }
}

/// <summary>What the Pod of a drill's Job has beside the runner: a volume of its own, and a container with a server.</summary>
[GenerateSerializer, Immutable, Alias("DrillPod")]
public sealed record DrillPod
{
    /// <summary>The most bytes on the volume.</summary>
    [Id(0)]
    public required long VolumeBytes { get; init; }

    /// <summary>The class of a volume that is made for the Pod and goes with it; null for a folder on the node.</summary>
    [Id(1)]
    public string? StorageClassName { get; init; }

    /// <summary>The server's image; null for that of the workload's container, which the edge fills in.</summary>
    [Id(2)]
    public ImageSpec? Image { get; init; }

    /// <summary>The settings of each container (<c>resources</c>), a Kubernetes document that only the edge reads; without them, those of the workload's container.</summary>
    [Id(3)]
    public string ContainerJson { get; init; } = "{}";

    /// <summary>The workload whose container is meant.</summary>
    [Id(4)]
    public required WorkloadSpec Workload { get; init; }
}

/// <summary>The data volume that a Job of a restore works on.</summary>
[GenerateSerializer, Immutable, Alias("DataVolume")]
public sealed record DataVolume
{
    /// <summary>The claim.</summary>
    [Id(0)]
    public required string Claim { get; init; }

    /// <summary>What the data's server runs as: the Job runs as the same.</summary>
    [Id(1)]
    public required WorkloadIdentity Identity { get; init; }

    /// <summary>The node on which a server has the volume, so that the Job must run there too; null where none has it.</summary>
    [Id(2)]
    public string? Node { get; init; }

    /// <summary>Whether the Job only looks.</summary>
    [Id(3)]
    public bool ReadOnly { get; init; }
}

/// <summary>The instance that a backup is taken from.</summary>
[GenerateSerializer, Immutable, Alias("SourceInstance")]
public sealed record SourceInstance
{
    /// <summary>The Pod.</summary>
    [Id(0)]
    public required string Pod { get; init; }

    /// <summary>Its address.</summary>
    [Id(1)]
    public required string Address { get; init; }

    /// <summary>The node it runs on; the Job prefers it.</summary>
    [Id(2)]
    public string? Node { get; init; }

    /// <summary>Which tool.</summary>
    [Id(3)]
    public BackupEngine Engine { get; init; }

    /// <summary>Further arguments of the tool.</summary>
    [Id(4)]
    public IReadOnlyList<string> ToolArguments { get; init; } = [];

    /// <summary>The cluster's name, for the agent's certificate and the ticket.</summary>
    [Id(5)]
    public required string ClusterName { get; init; }
}

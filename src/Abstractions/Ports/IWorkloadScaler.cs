using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for a restore to the workload: to stop it, to start it, and to see how it stands.</summary>
public interface IWorkloadScaler
{
    /// <summary>
    /// Begins a look at the workload, its Pods, its volumes and what its agents say, and returns at once. What is seen comes back through
    /// <see cref="IRestoreGrain.ObserveWorkloadAsync"/>, also when nothing could be seen.
    /// </summary>
    Task LookAsync(WorkloadLook look, CancellationToken cancellationToken);

    /// <summary>Makes sure that the workload asks for so many instances. Throws when the API server cannot be reached or refuses; the caller's tick says it again.</summary>
    Task ScaleAsync(WorkloadLook look, int replicas, CancellationToken cancellationToken);
}

/// <summary>Which workload is meant, and who asks.</summary>
/// <param name="Restore">Who asks.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="ClusterName">The cluster, for the agents' certificates.</param>
/// <param name="Workload">The workload.</param>
/// <param name="Number">Comes back with what was seen, so that an answer is never taken for that of a later look.</param>
public sealed record WorkloadLook(RestoreKey Restore, string Uid, string ClusterName, WorkloadSpec Workload, int Number);

/// <summary>How a workload was seen to stand.</summary>
[GenerateSerializer, Immutable, Alias("WorkloadStanding")]
public sealed record WorkloadStanding
{
    /// <summary>The UID of the restore that asked.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>Why nothing could be seen, or why the workload cannot be used, for people; null when all is well.</summary>
    [Id(1)]
    public string? Trouble { get; init; }

    /// <summary>How many instances it asks for.</summary>
    [Id(2)]
    public int Replicas { get; init; }

    /// <summary>Its Pods, also those that are on their way out.</summary>
    [Id(3)]
    public IReadOnlyList<SurveyedInstance> Instances { get; init; } = [];

    /// <summary>The claims of its data volumes, in the order of the instances. Of a stopped workload: those that there are.</summary>
    [Id(4)]
    public IReadOnlyList<string> Claims { get; init; } = [];

    /// <summary>Claims that its instances need and that are not there.</summary>
    [Id(5)]
    public IReadOnlyList<string> MissingClaims { get; init; } = [];

    /// <summary>What its container runs as; null where its template does not say it.</summary>
    [Id(6)]
    public WorkloadIdentity Identity { get; init; } = new();

    /// <summary>Where the data directory lies within the volume, without slashes at its ends; empty for the volume's root.</summary>
    [Id(7)]
    public string DataDirectory { get; init; } = "";

    /// <summary>The number of the look.</summary>
    [Id(8)]
    public int Number { get; init; }
}

/// <summary>What a workload's container runs as, by its Pod template.</summary>
[GenerateSerializer, Immutable, Alias("WorkloadIdentity")]
public sealed record WorkloadIdentity
{
    /// <summary>The numeric user.</summary>
    [Id(0)]
    public long? User { get; init; }

    /// <summary>The numeric group.</summary>
    [Id(1)]
    public long? Group { get; init; }

    /// <summary>The group that its volumes are given to.</summary>
    [Id(2)]
    public long? FsGroup { get; init; }

    /// <summary>The container's <c>resources</c>, a Kubernetes document that only the edge reads.</summary>
    [Id(3)]
    public string ResourcesJson { get; init; } = "{}";
}

using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Abstractions.Ports;

/// <summary>
/// The way out for the sidecar: the agent's Secret (certificate, ticket keys), the Jobs' account in the namespace, and the container
/// <c>xtrabackup</c> in the workload. What was seen comes back through <see cref="IClusterGrain.ObserveWorkloadAsync"/>.
/// </summary>
public interface IWorkloadKeeper
{
    /// <summary>
    /// Begins to make the workload as the spec wants it, and returns at once: the sidecar in where backups are enabled and it is to be
    /// injected, out where they are not. A repeat is harmless, and renews a certificate that nears its end.
    /// </summary>
    Task EnsureAsync(ClusterKey cluster, ClusterSpec spec, CancellationToken cancellationToken);

    /// <summary>Begins to take out what was put in, for a cluster whose resource is gone.</summary>
    Task ReleaseAsync(ClusterKey cluster, ClusterSpec lastSpec, CancellationToken cancellationToken);
}

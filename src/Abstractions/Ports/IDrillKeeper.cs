using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for the drills that a cluster, or a policy for it, asks for: each is a <c>RestoreDrill</c> like anybody's, which comes back by the watch.</summary>
public interface IDrillKeeper
{
    /// <summary>
    /// Makes sure that the resource is there and says what the plan says. Throws when the API server cannot be reached or refuses, and where somebody else
    /// made one of that name.
    /// </summary>
    Task EnsureAsync(ClusterKey cluster, string uid, DrillPlan plan, CancellationToken cancellationToken);

    /// <summary>Makes sure that the resource of that drill is gone, if this plane made it. Throws as the other one does.</summary>
    Task RemoveAsync(ClusterKey cluster, string drill, CancellationToken cancellationToken);
}

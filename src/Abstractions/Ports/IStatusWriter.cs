using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for news. Every call bears being repeated; nothing is written when nothing changed.</summary>
public interface IStatusWriter
{
    /// <summary>Shows a backup's status. Done also when the resource is gone or is a namesake by now.</summary>
    Task WriteAsync(BackupKey backup, BackupStatus status, CancellationToken cancellationToken);

    /// <summary>Shows a cluster's status.</summary>
    Task WriteAsync(ClusterKey cluster, ClusterStatus status, CancellationToken cancellationToken);

    /// <summary>Shows a restore's status. Done also when the resource is gone or is a namesake by now.</summary>
    Task WriteAsync(RestoreKey restore, RestoreStatus status, CancellationToken cancellationToken);

    /// <summary>Shows a drill's status. Done also when the resource is gone or is a namesake by now.</summary>
    Task WriteAsync(DrillKey drill, DrillStatus status, CancellationToken cancellationToken);

    /// <summary>Shows how a budget of the fleet stands. Done also when the resource is gone or is a namesake by now.</summary>
    Task WriteAsync(string budget, FleetBudgetStatus status, CancellationToken cancellationToken);

    /// <summary>Records an event at the resource. The same one again is the same event.</summary>
    Task RecordAsync(ResourceEvent happened, CancellationToken cancellationToken);

    /// <summary>Takes the finalizer off a backup, so that the API server lets it go.</summary>
    Task ReleaseAsync(BackupKey backup, string uid, CancellationToken cancellationToken);
}

/// <summary>A Kubernetes Event.</summary>
[GenerateSerializer, Immutable, Alias("ResourceEvent")]
public sealed record ResourceEvent
{
    /// <summary>The resource's kind: <c>MySQLBackup</c>, <c>MySQLCluster</c>, <c>MySQLRestore</c>, <c>RestoreDrill</c> or <c>MemberCluster</c>.</summary>
    [Id(0)]
    public required string Kind { get; init; }

    /// <summary>The member it lives in.</summary>
    [Id(1)]
    public required string Member { get; init; }

    /// <summary>Its namespace; empty for what lives in none.</summary>
    [Id(2)]
    public required string Namespace { get; init; }

    /// <summary>Its name.</summary>
    [Id(3)]
    public required string Name { get; init; }

    /// <summary>Its UID.</summary>
    [Id(4)]
    public required string Uid { get; init; }

    /// <summary>Whether somebody should look.</summary>
    [Id(5)]
    public bool Warning { get; init; }

    /// <summary>One word from <see cref="Reasons"/>, or the name of a job fault.</summary>
    [Id(6)]
    public required string Reason { get; init; }

    /// <summary>What was done, one verb: <c>Queue</c>, <c>Start</c>, <c>Finish</c>, <c>Retry</c>, <c>Remove</c>, …</summary>
    [Id(7)]
    public required string Action { get; init; }

    /// <summary>One sentence for people; cut at 1024 characters.</summary>
    [Id(8)]
    public required string Message { get; init; }

    /// <summary>When it happened.</summary>
    [Id(9)]
    public required DateTimeOffset Time { get; init; }

    /// <summary>Of a resource that is none of ours, its <c>apiVersion</c>; null for one of ours.</summary>
    [Id(10)]
    public string? ApiVersion { get; init; }
}

using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for a look at a cluster's instances; what is seen comes back through <see cref="IBackupGrain.ChooseSourceAsync"/>.</summary>
public interface ISurveyor
{
    /// <summary>
    /// Begins a look at the Pods of the workload and at what their agents say, and returns at once. The look ends within a few seconds and
    /// always comes back, also when nothing could be seen.
    /// </summary>
    Task SurveyAsync(SurveyOrder order, CancellationToken cancellationToken);
}

/// <summary>Which instances are wanted, and by whom.</summary>
/// <param name="Backup">Who asks.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="ClusterName">The cluster, for certificate and ticket.</param>
/// <param name="Workload">Whose Pods.</param>
public sealed record SurveyOrder(BackupKey Backup, string Uid, string ClusterName, WorkloadSpec Workload);

/// <summary>How the instances of a cluster were seen to stand.</summary>
[GenerateSerializer, Immutable, Alias("ClusterSurvey")]
public sealed record ClusterSurvey
{
    /// <summary>The UID of the backup that asked.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The Pods of the workload, and of no other.</summary>
    [Id(1)]
    public IReadOnlyList<SurveyedInstance> Instances { get; init; } = [];

    /// <summary>Why nothing could be seen, for people; null when the look succeeded.</summary>
    [Id(2)]
    public string? Trouble { get; init; }
}

/// <summary>One Pod of the workload.</summary>
[GenerateSerializer, Immutable, Alias("SurveyedInstance")]
public sealed record SurveyedInstance
{
    /// <summary>Its name.</summary>
    [Id(0)]
    public required string Pod { get; init; }

    /// <summary>Its address; null while it has none.</summary>
    [Id(1)]
    public string? Address { get; init; }

    /// <summary>The node it runs on.</summary>
    [Id(2)]
    public string? Node { get; init; }

    /// <summary>Whether the Pod is ready and not on its way out.</summary>
    [Id(3)]
    public required bool Ready { get; init; }

    /// <summary>Whether it has a container <c>xtrabackup</c>.</summary>
    [Id(4)]
    public required bool HasAgent { get; init; }

    /// <summary>What the agent said; null when it did not answer.</summary>
    [Id(5)]
    public InstanceView? View { get; init; }

    /// <summary>Why the agent did not answer, for people.</summary>
    [Id(6)]
    public string? Trouble { get; init; }

    /// <summary>
    /// Whether there is no road from the plane to the Pods of this member, so that silence says nothing of the agent: a Job in the member still reaches it.
    /// </summary>
    [Id(7)]
    public bool OutOfReach { get; init; }
}

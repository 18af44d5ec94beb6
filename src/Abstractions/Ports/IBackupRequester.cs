using System.Globalization;
using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for a wish: the resource of a backup that a schedule asks for. It comes back by the watch, like anybody's.</summary>
public interface IBackupRequester
{
    /// <summary>
    /// Makes sure that the resource exists. Throws when the API server cannot be reached or refuses; the caller's tick says it again.
    /// </summary>
    Task RequestAsync(BackupOrder order, CancellationToken cancellationToken);
}

/// <summary>The backup that is wanted.</summary>
[GenerateSerializer, Immutable, Alias("BackupOrder")]
public sealed record BackupOrder
{
    /// <summary>Its key; the name follows from schedule and due time (<see cref="NameFor"/>), so that asking twice finds the same one.</summary>
    [Id(0)]
    public required BackupKey Backup { get; init; }

    /// <summary>The cluster.</summary>
    [Id(1)]
    public required string ClusterName { get; init; }

    /// <summary>The storage.</summary>
    [Id(2)]
    public required string StorageName { get; init; }

    /// <summary>The schedule's name.</summary>
    [Id(3)]
    public required string Schedule { get; init; }

    /// <summary>When it fell due.</summary>
    [Id(4)]
    public required DateTimeOffset Due { get; init; }

    /// <summary>
    /// For example <c>orders-nightly-202611260230</c>, in UTC. Cluster and schedule are labels, of at most 63 characters each, so it is always
    /// a name in Kubernetes.
    /// </summary>
    public static string NameFor(string cluster, string schedule, DateTimeOffset due) =>
        string.Create(CultureInfo.InvariantCulture, $"{cluster}-{schedule}-{due.UtcDateTime:yyyyMMddHHmm}");
}

using System.Globalization;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The way out for a wish: the resource of a backup that a schedule asks for. It comes back by the watch, like anybody's.</summary>
public interface IBackupRequester
{
    /// <summary>
    /// Makes sure that the resource exists. Throws when the API server cannot be reached or refuses; the caller's tick says it again.
    /// </summary>
    Task RequestAsync(BackupOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Makes sure that a backup which is in the store has a resource, and says by which name: that of its folder, or, where another backup has
    /// that by now, one with a part of its UID behind it. Null when a resource describes it that was not made for this. Throws as the other one does.
    /// </summary>
    Task<string?> RequestAsync(ImportOrder order, CancellationToken cancellationToken);
}

/// <summary>The backup that is to be imported.</summary>
[GenerateSerializer, Immutable, Alias("ImportOrder")]
public sealed record ImportOrder
{
    /// <summary>The cluster whose place it lies in.</summary>
    [Id(0)]
    public required ClusterKey Cluster { get; init; }

    /// <summary>The storage.</summary>
    [Id(1)]
    public required string StorageName { get; init; }

    /// <summary>Its folder.</summary>
    [Id(2)]
    public required BackupFolder Folder { get; init; }

    /// <summary>The schedule that asked for it when it was taken; null where somebody did.</summary>
    [Id(3)]
    public string? Schedule { get; init; }

    /// <summary>When it was due by that schedule.</summary>
    [Id(4)]
    public DateTimeOffset? Due { get; init; }

    /// <summary>The name where the folder's own is another's: for example <c>backup1-4f2c7a10</c>.</summary>
    public string SecondName()
    {
        var end = $"-{Folder.Uid[..8]}";
        return Folder.Name[..Math.Min(Folder.Name.Length, LongestName - end.Length)].TrimEnd('-', '.') + end;
    }

    private const int LongestName = 253;
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

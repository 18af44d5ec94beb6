namespace ControlPlane.Protocol;

/// <summary>What a <see cref="JobOperation.Prune"/> removes.</summary>
public sealed record PruneRequest
{
    /// <summary>The most backups of one request, so that the document stays far below the limit of an annotation.</summary>
    public const int MaximumBackups = 100;

    /// <summary>Backups of the cluster that the request names, in the order in which they go; 1 to <see cref="MaximumBackups"/>.</summary>
    public required IReadOnlyList<PrunedBackup> Backups { get; init; }
}

/// <summary>One backup that goes; it belongs to the cluster and the namespace of the request.</summary>
public sealed record PrunedBackup
{
    /// <summary>The backup resource's name.</summary>
    public required string Name { get; init; }

    /// <summary>The backup resource's UID.</summary>
    public required string Uid { get; init; }
}

/// <summary>What became of each backup of a Prune: whatever is not named here is gone, with all its objects.</summary>
public sealed record PruneSummary
{
    /// <summary>Those that are not gone, by what kept them. Never longer than there are faults, so that the report stays within its bound.</summary>
    public IReadOnlyList<PruneFailure> Failures { get; init; } = [];
}

/// <summary>Backups that are not gone for one and the same reason.</summary>
public sealed record PruneFailure
{
    /// <summary>Why.</summary>
    public required JobFault Fault { get; init; }

    /// <summary>Their places in <see cref="PruneRequest.Backups"/>, from 0, rising.</summary>
    public required IReadOnlyList<int> Backups { get; init; }

    /// <summary>Of <see cref="JobFault.ObjectLocked"/>: when the first of the locks ends; null where none of them has an end that is known.</summary>
    public DateTimeOffset? LockedUntil { get; init; }
}

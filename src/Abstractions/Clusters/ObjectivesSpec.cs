namespace ControlPlane.Abstractions.Clusters;

/// <summary>What the owner of a cluster wants to be able to rely on. What is null is not judged.</summary>
[GenerateSerializer, Immutable, Alias("ObjectivesSpec")]
public sealed record ObjectivesSpec
{
    /// <summary>The recovery point: so old the newest good backup may become.</summary>
    [Id(0)]
    public TimeSpan? Rpo { get; init; }

    /// <summary>The recovery time: so long a drill may take from the first byte to its server's first answer.</summary>
    [Id(1)]
    public TimeSpan? Rto { get; init; }

    /// <summary>So long ago the last drill that proved a backup may be.</summary>
    [Id(2)]
    public TimeSpan? ProvenWithin { get; init; }
}

/// <summary>How a cluster stands beside its objectives. Instants, no ages: an age would change with every second.</summary>
[GenerateSerializer, Immutable, Alias("ObjectivesStatus")]
public sealed record ObjectivesStatus
{
    /// <summary>When the newest good backup was complete; null when there is none.</summary>
    [Id(0)]
    public DateTimeOffset? RecoveryPoint { get; init; }

    /// <summary>From this instant on the recovery point is too old, unless a newer backup comes; null without such an objective.</summary>
    [Id(1)]
    public DateTimeOffset? RecoveryPointUntil { get; init; }

    /// <summary>When the newest of the good backups that a drill proved was complete; null when there is none.</summary>
    [Id(2)]
    public DateTimeOffset? ProvenRecoveryPoint { get; init; }

    /// <summary>From this instant on the last proof is too old, unless a newer one comes; null without such an objective.</summary>
    [Id(3)]
    public DateTimeOffset? ProvenUntil { get; init; }

    /// <summary>The measured recovery time, in seconds; null where no drill measured one.</summary>
    [Id(4)]
    public double? RecoverySeconds { get; init; }

    /// <summary>The objectives that are missed: <c>rpo</c>, <c>rto</c>, <c>provenWithin</c>, in this order.</summary>
    [Id(5)]
    public IReadOnlyList<string> Missed { get; init; } = [];
}

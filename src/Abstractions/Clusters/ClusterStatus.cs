namespace ControlPlane.Abstractions.Clusters;

/// <summary>What the owner of a cluster is shown: the whole status, each time.</summary>
[GenerateSerializer, Immutable, Alias("ClusterStatus")]
public sealed record ClusterStatus
{
    /// <summary>The resource's UID: a status is never shown on a namesake.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The generation that was last read.</summary>
    [Id(1)]
    public required long ObservedGeneration { get; init; }

    /// <summary>Accepted, Ready, Protected.</summary>
    [Id(2)]
    public required IReadOnlyList<Condition> Conditions { get; init; }

    /// <summary>The newest good backup; null when there is none.</summary>
    [Id(3)]
    public LastBackup? LastSuccessfulBackup { get; init; }

    /// <summary>The names of the storages, for the printer column.</summary>
    [Id(4)]
    public string Storages { get; init; } = "";
}

/// <summary>The newest good backup of a cluster.</summary>
/// <param name="Name">Its resource.</param>
/// <param name="Time">When it was complete.</param>
/// <param name="SizeBytes">Its length.</param>
[GenerateSerializer, Immutable, Alias("LastBackup")]
public sealed record LastBackup([property: Id(0)] string Name, [property: Id(1)] DateTimeOffset Time, [property: Id(2)] long SizeBytes);

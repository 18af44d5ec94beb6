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

    /// <summary>Accepted, Ready, Protected; once a sweep has ended, Tidy.</summary>
    [Id(2)]
    public required IReadOnlyList<Condition> Conditions { get; init; }

    /// <summary>The newest good backup; null when there is none.</summary>
    [Id(3)]
    public LastBackup? LastSuccessfulBackup { get; init; }

    /// <summary>The names of the storages, for the printer column.</summary>
    [Id(4)]
    public string Storages { get; init; } = "";

    /// <summary>How the last sweep of each storage went, in the order of their names; none before the first.</summary>
    [Id(5)]
    public IReadOnlyList<SweepStatus> Sweeps { get; init; } = [];
}

/// <summary>The last sweep of a cluster's place in one storage.</summary>
[GenerateSerializer, Immutable, Alias("SweepStatus")]
public sealed record SweepStatus
{
    /// <summary>The storage's name.</summary>
    [Id(0)]
    public required string Storage { get; init; }

    /// <summary>When it ended; null when none ended well yet.</summary>
    [Id(1)]
    public DateTimeOffset? LastSweep { get; init; }

    /// <summary>Objects that it removed.</summary>
    [Id(2)]
    public long ObjectsRemoved { get; init; }

    /// <summary>Their bytes.</summary>
    [Id(3)]
    public long BytesRemoved { get; init; }

    /// <summary>Unfinished uploads that it gave up.</summary>
    [Id(4)]
    public int UploadsGivenUp { get; init; }

    /// <summary>Objects under the cluster's prefix that are none of ours.</summary>
    [Id(5)]
    public long Strangers { get; init; }

    /// <summary>Backups there whose manifest names what is not there.</summary>
    [Id(6)]
    public int DamagedBackups { get; init; }

    /// <summary>One word: <see cref="Reasons.Swept"/>, or why it is worth a look.</summary>
    [Id(7)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(8)]
    public string Message { get; init; } = "";
}

/// <summary>The newest good backup of a cluster.</summary>
/// <param name="Name">Its resource.</param>
/// <param name="Time">When it was complete.</param>
/// <param name="SizeBytes">Its length.</param>
[GenerateSerializer, Immutable, Alias("LastBackup")]
public sealed record LastBackup([property: Id(0)] string Name, [property: Id(1)] DateTimeOffset Time, [property: Id(2)] long SizeBytes);

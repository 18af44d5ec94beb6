namespace ControlPlane.Abstractions.Clusters;

/// <summary>One schedule of a cluster: backups by the clock.</summary>
[GenerateSerializer, Immutable, Alias("ScheduleSpec")]
public sealed record ScheduleSpec
{
    /// <summary>Its name, unique within the cluster; an RFC 1123 label.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>When, as <see cref="DueTimes"/> reads it; empty for a schedule that is stopped.</summary>
    [Id(1)]
    public required string Cron { get; init; }

    /// <summary>The clock that <see cref="Cron"/> goes by, an IANA time zone.</summary>
    [Id(2)]
    public string TimeZone { get; init; } = DueTimes.Utc;

    /// <summary>The storage that its backups go to.</summary>
    [Id(3)]
    public required string StorageName { get; init; }

    /// <summary>Each due time starts later by a share of this that is the cluster's own and always the same.</summary>
    [Id(4)]
    public TimeSpan Jitter { get; init; }

    /// <summary>What happens when the backup of an earlier due time has not ended.</summary>
    [Id(5)]
    public ConcurrencyPolicy Concurrency { get; init; }

    /// <summary>What happens after due times at which the plane could not act.</summary>
    [Id(6)]
    public MissedRunPolicy MissedRun { get; init; }

    /// <summary>Whether nothing falls due. What would have fallen due meanwhile is not made up for.</summary>
    [Id(7)]
    public bool Suspended { get; init; }

    /// <summary>Which of its backups stay, by its own rule or the cluster's; null keeps all.</summary>
    [Id(8)]
    public RetentionSpec? Retention { get; init; }
}

/// <summary>What happens when a schedule falls due while its earlier backup has not ended.</summary>
[GenerateSerializer, Alias("ConcurrencyPolicy")]
public enum ConcurrencyPolicy
{
    /// <summary>The due time is missed.</summary>
    Forbid,

    /// <summary>One backup waits behind the one that runs; what falls due beyond that is missed.</summary>
    Queue,
}

/// <summary>What happens after due times at which the plane could not act.</summary>
[GenerateSerializer, Alias("MissedRunPolicy")]
public enum MissedRunPolicy
{
    /// <summary>The newest of them is made up for, once; the others are missed.</summary>
    RunOnce,

    /// <summary>All of them are missed.</summary>
    Skip,
}

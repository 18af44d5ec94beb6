using ControlPlane.Abstractions.Drills;
using ControlPlane.Protocol;

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

    /// <summary>Accepted, Ready, Protected; one for each objective; once a sweep has ended, Tidy; once a drill has, Proven.</summary>
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

    /// <summary>How each schedule stands, in the order of the spec.</summary>
    [Id(6)]
    public IReadOnlyList<ScheduleStatus> Schedules { get; init; } = [];

    /// <summary>Which backups stay and which go; null before the first plan.</summary>
    [Id(7)]
    public RetentionStatus? Retention { get; init; }

    /// <summary>How the last import stands; null where none was asked for.</summary>
    [Id(8)]
    public ImportStatus? Import { get; init; }

    /// <summary>The last drill that proved a backup; null before the first.</summary>
    [Id(9)]
    public DrillResult? Proven { get; init; }

    /// <summary>What policies had a part in what is in force; null where none selects the cluster.</summary>
    [Id(10)]
    public EffectiveSettings? Effective { get; init; }

    /// <summary>How it stands beside its objectives; null without any.</summary>
    [Id(11)]
    public ObjectivesStatus? Objectives { get; init; }
}

/// <summary>How a schedule stands.</summary>
[GenerateSerializer, Immutable, Alias("ScheduleStatus")]
public sealed record ScheduleStatus
{
    /// <summary>Its name.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>When it falls due next, its jitter left out of account; null while it is stopped.</summary>
    [Id(1)]
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>The newest instant at which it fell due; null before the first.</summary>
    [Id(2)]
    public DateTimeOffset? LastDue { get; init; }

    /// <summary>What came of that: one word of <see cref="ScheduleOutcomes"/>, empty before the first.</summary>
    [Id(3)]
    public string LastOutcome { get; init; } = "";

    /// <summary>How many due times were missed, ever.</summary>
    [Id(4)]
    public long Missed { get; init; }

    /// <summary>The newest due time that was missed; null when there is none.</summary>
    [Id(5)]
    public DateTimeOffset? LastMissed { get; init; }

    /// <summary>Why: one word from <see cref="Reasons"/>; empty when none was missed.</summary>
    [Id(6)]
    public string MissedReason { get; init; } = "";

    /// <summary>One sentence for people: what was missed last, or what keeps the schedule from acting now.</summary>
    [Id(7)]
    public string Message { get; init; } = "";
}

/// <summary>What came of a due time.</summary>
public static class ScheduleOutcomes
{
    /// <summary>Its backup was asked for, and has not ended.</summary>
    public const string Started = nameof(Started);

    /// <summary>It is made up for a little later, so that not all clusters begin at once.</summary>
    public const string CatchingUp = nameof(CatchingUp);

    /// <summary>Its backup succeeded.</summary>
    public const string Succeeded = nameof(Succeeded);

    /// <summary>Its backup failed.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>Its backup was cancelled.</summary>
    public const string Cancelled = nameof(Cancelled);

    /// <summary>Its backup's resource was deleted before it ended.</summary>
    public const string Deleted = nameof(Deleted);

    /// <summary>No backup was taken.</summary>
    public const string Missed = nameof(Missed);
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

    /// <summary>Whole backups there that have no resource.</summary>
    [Id(9)]
    public int Offered { get; init; }

    /// <summary>The newest of them.</summary>
    [Id(10)]
    public IReadOnlyList<StoredBackup> Offers { get; init; } = [];

    /// <summary>Backups that have a resource and were looked for there in vain.</summary>
    [Id(11)]
    public int Missing { get; init; }
}

/// <summary>How an import of everything stands.</summary>
[GenerateSerializer, Immutable, Alias("ImportStatus")]
public sealed record ImportStatus
{
    /// <summary>The word that asked for it.</summary>
    [Id(0)]
    public required string Word { get; init; }

    /// <summary>When it began.</summary>
    [Id(1)]
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it came to its end; null while it is at work.</summary>
    [Id(2)]
    public DateTimeOffset? Completed { get; init; }

    /// <summary>Backups without a resource that were found so far.</summary>
    [Id(3)]
    public int Found { get; init; }

    /// <summary>Those whose resource was made, and which were found whole.</summary>
    [Id(4)]
    public int Imported { get; init; }

    /// <summary>Those that were not.</summary>
    [Id(5)]
    public int Refused { get; init; }

    /// <summary>The last of these, and why; <see cref="MaximumRefusals"/> at most.</summary>
    [Id(6)]
    public IReadOnlyList<ImportRefusal> Refusals { get; init; } = [];

    /// <summary>One word where something went wrong: <see cref="Reasons.ImportFailed"/>; empty otherwise.</summary>
    [Id(7)]
    public string Reason { get; init; } = "";

    /// <summary>One sentence for people.</summary>
    [Id(8)]
    public string Message { get; init; } = "";

    /// <summary>The most refusals that are named.</summary>
    public const int MaximumRefusals = 10;
}

/// <summary>A backup that was not imported.</summary>
/// <param name="Name">The resource that was made for it.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">One sentence for people.</param>
[GenerateSerializer, Immutable, Alias("ImportRefusal")]
public sealed record ImportRefusal([property: Id(0)] string Name, [property: Id(1)] string Folder, [property: Id(2)] string Reason, [property: Id(3)] string Message);

/// <summary>The newest good backup of a cluster.</summary>
/// <param name="Name">Its resource.</param>
/// <param name="Time">When it was complete.</param>
/// <param name="SizeBytes">Its length.</param>
[GenerateSerializer, Immutable, Alias("LastBackup")]
public sealed record LastBackup([property: Id(0)] string Name, [property: Id(1)] DateTimeOffset Time, [property: Id(2)] long SizeBytes);

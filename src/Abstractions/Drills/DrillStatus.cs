using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Drills;

/// <summary>What the owner of a drill is shown.</summary>
[GenerateSerializer, Immutable, Alias("DrillStatus")]
public sealed record DrillStatus
{
    /// <summary>The resource's UID: a status is never shown on a namesake.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The generation that was last read.</summary>
    [Id(1)]
    public required long ObservedGeneration { get; init; }

    /// <summary>The phase.</summary>
    [Id(2)]
    public required DrillPhase Phase { get; init; }

    /// <summary>One word from <see cref="Reasons"/>, or the name of a <see cref="JobFault"/>.</summary>
    [Id(3)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(4)]
    public string Message { get; init; } = "";

    /// <summary>Accepted; and Passed, once a round has ended.</summary>
    [Id(5)]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>The backup of the round at work, else of the last one; null before it is known.</summary>
    [Id(6)]
    public string? Backup { get; init; }

    /// <summary>When the round at work, else the last one, began.</summary>
    [Id(7)]
    public DateTimeOffset? Started { get; init; }

    /// <summary>When the last round ended; null while one is at work.</summary>
    [Id(8)]
    public DateTimeOffset? Completed { get; init; }

    /// <summary>When the last round ended that proved its backup.</summary>
    [Id(9)]
    public DateTimeOffset? LastPassed { get; init; }

    /// <summary>How its schedule stands; null for a drill that runs once.</summary>
    [Id(10)]
    public ScheduleStatus? Schedule { get; init; }

    /// <summary>The rounds that ended, newest first.</summary>
    [Id(11)]
    public IReadOnlyList<DrillRound> History { get; init; } = [];

    /// <summary>The annotation's last word that was heeded.</summary>
    [Id(12)]
    public string Word { get; init; } = "";

    /// <summary>How its round stands in the line for a place in the fleet's budgets; null where it waits for something else, or not at all.</summary>
    [Id(13)]
    public PlaceWait? Line { get; init; }
}

/// <summary>One round that ended.</summary>
[GenerateSerializer, Immutable, Alias("DrillRound")]
public sealed record DrillRound
{
    /// <summary>From 1.</summary>
    [Id(0)]
    public required int Number { get; init; }

    /// <summary>When it began.</summary>
    [Id(1)]
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended.</summary>
    [Id(2)]
    public required DateTimeOffset Completed { get; init; }

    /// <summary>Whether the backup was proven.</summary>
    [Id(3)]
    public required bool Passed { get; init; }

    /// <summary>One word from <see cref="Reasons"/>, or the name of a <see cref="JobFault"/>.</summary>
    [Id(4)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(5)]
    public string Message { get; init; } = "";

    /// <summary>The backup; null when it came to none.</summary>
    [Id(6)]
    public string? Backup { get; init; }

    /// <summary>The UID of its resource.</summary>
    [Id(7)]
    public string? BackupUid { get; init; }

    /// <summary>What was measured and found, as far as it came; null when no Job said anything.</summary>
    [Id(8)]
    public DrillSummary? Summary { get; init; }

    /// <summary>When it was due by its schedule; null for one that somebody asked for.</summary>
    [Id(9)]
    public DateTimeOffset? Due { get; init; }

    /// <summary>From the first byte to the server's first answer, in seconds; null where no server answered.</summary>
    public double? RecoverySeconds => Summary is { StartSeconds: > 0 } summary ? summary.DownloadSeconds + summary.PrepareSeconds + summary.StartSeconds : null;
}

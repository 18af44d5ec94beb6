using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Drills;

/// <summary>All that a drill remembers. Stored as JSON: members may be added, never renamed.</summary>
internal sealed record DrillState : ResourceState
{
    /// <summary>The form that this code writes.</summary>
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The last good spec; null for a resource that could never be read.</summary>
    public DrillSpec? Spec { get; init; }

    public DrillPhase Phase { get; init; }

    public DrillErrand Errand { get; init; }

    /// <summary>The instant at which the errand ends one way or the other.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Since when it has been waiting for the present reason, and how long it may.</summary>
    public BackupWaiting? Waiting { get; init; }

    /// <summary>What is remembered of its schedule; null for a drill that runs once.</summary>
    public ClusterSchedule? Schedule { get; init; }

    /// <summary>A due time that came while a round was at work, and whose own is yet to begin.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Whether its owner wants a round, by applying it or by a word, that is yet to begin.</summary>
    public bool Wished { get; init; }

    /// <summary>The annotation's last word that was heeded.</summary>
    public string Word { get; init; } = "";

    /// <summary>The round at work; null when none is.</summary>
    public OpenRound? Round { get; init; }

    /// <summary>How many rounds were begun.</summary>
    public int Rounds { get; init; }

    /// <summary>The number of the last Job: the minute in which it was asked for, since 1970, so that it stays new when this state was lost.</summary>
    public int Numbers { get; init; }

    /// <summary>The rounds that ended, newest first.</summary>
    public IReadOnlyList<DrillRound> History { get; init; } = [];

    /// <summary>When the last round ended that proved its backup.</summary>
    public DateTimeOffset? LastPassed { get; init; }

    /// <summary>Backups that are yet to hear that they are read no longer.</summary>
    public IReadOnlyList<LentBackup> ReturnsOwed { get; init; } = [];

    /// <summary>What backups are yet to hear of themselves.</summary>
    public IReadOnlyList<OwedProof> ProofsOwed { get; init; } = [];

    /// <summary>A namesake that waits until this one has come to its end.</summary>
    public DrillSpec? Successor { get; init; }

    public override bool IsSettled => Uid.Length == 0 || (Errand == DrillErrand.None && !OwesSomething);

    public override bool IsForgetting => Errand == DrillErrand.Forgetting;

    public override bool HasSuccessor => Successor is not null;

    public override bool OwesSomething => ReturnsOwed.Count > 0 || ProofsOwed.Count > 0 || base.OwesSomething;

    /// <summary>Whether it holds the slot of its cluster.</summary>
    public bool HoldsSlot => Uid.Length > 0 && Errand is DrillErrand.Finding or DrillErrand.Working or DrillErrand.Clearing;
}

/// <summary>A round at work.</summary>
internal sealed record OpenRound
{
    /// <summary>From 1.</summary>
    public required int Number { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it was due; null for one that was asked for.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>What was asked for when it began.</summary>
    public required DrillSpec Spec { get; init; }

    /// <summary>What the cluster admitted it with.</summary>
    public DrillTarget? Cluster { get; init; }

    /// <summary>The backup that it takes; null before the cluster has chosen.</summary>
    public string? Backup { get; init; }

    /// <summary>The UID of the backup's resource.</summary>
    public string BackupUid { get; init; } = "";

    /// <summary>The length of the backup's stream.</summary>
    public long BackupBytes { get; init; }

    /// <summary>Where it lies.</summary>
    public RestoreOrigin? Origin { get; init; }

    /// <summary>The Job at work.</summary>
    public BackupJob? Job { get; init; }

    /// <summary>A Job that is to go before another is asked for.</summary>
    public string? Leaving { get; init; }

    /// <summary>How often it failed.</summary>
    public int Tries { get; init; }

    /// <summary>How often of these the tool failed.</summary>
    public int ToolFailures { get; init; }

    /// <summary>Before this, no further Job.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}

/// <summary>A backup that a round reads.</summary>
/// <param name="Backup">Its name.</param>
/// <param name="Reader">The name under which it was lent; each round has one of its own.</param>
internal sealed record LentBackup(string Backup, string Reader);

/// <summary>What a backup is yet to hear of itself.</summary>
/// <param name="Backup">Its name.</param>
/// <param name="Proof">What a round found.</param>
internal sealed record OwedProof(string Backup, BackupProof Proof);

/// <summary>The parts of the cluster's spec that a round goes by, copied when it was admitted.</summary>
internal sealed record DrillTarget
{
    public required WorkloadSpec Workload { get; init; }

    public required JobSettings Jobs { get; init; }

    public BackupEngine Engine { get; init; }

    public int BackoffLimit { get; init; }

    public TimeSpan ActiveDeadline { get; init; }
}

using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>All that a backup remembers. Stored as JSON: members may be added, never renamed.</summary>
internal sealed record BackupState : ResourceState
{
    /// <summary>The form that this code writes.</summary>
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The first spec that was accepted; null for a resource that could never be read.</summary>
    public BackupSpec? Spec { get; init; }

    public BackupPhase Phase { get; init; }

    public BackupErrand Errand { get; init; }

    /// <summary>The instant at which the errand ends one way or the other. Set in every phase that is not final.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Until when it may be pending; outlives the errands within that phase.</summary>
    public DateTimeOffset? PendingUntil { get; init; }

    /// <summary>Since when it has been waiting for the present reason, and how long it may.</summary>
    public BackupWaiting? Waiting { get; init; }

    /// <summary>Before this, nothing new is begun.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>How often the errand was tried in vain: the step of the back-off.</summary>
    public int Tries { get; init; }

    /// <summary>What the cluster admitted it with.</summary>
    public AdmittedCluster? Cluster { get; init; }

    /// <summary>Its place in the fleet's budgets; null where it was admitted with none.</summary>
    public HeldPlace? Place { get; init; }

    /// <summary>The node for which it asks for a place; null where none was chosen yet.</summary>
    public string? WishedNode { get; init; }

    /// <summary>The instance that the present attempt reads from.</summary>
    public SourceInstance? Source { get; init; }

    /// <summary>The Job that matters now.</summary>
    public BackupJob? Job { get; init; }

    public IReadOnlyList<BackupAttempt> Attempts { get; init; } = [];

    /// <summary>What it comes to once its Job is stopped and swept; null while it is to succeed.</summary>
    public BackupEnding? Ending { get; init; }

    /// <summary>
    /// Whether an attempt may have committed the backup without anybody hearing of it: its report is missing, or its last word to the
    /// store got no answer. Then a look for the manifest comes before any verdict.
    /// </summary>
    public bool MayBeCommitted { get; init; }

    /// <summary>What was stored.</summary>
    public BackupSummary? Summary { get; init; }

    /// <summary>Where its objects lie; null before the first attempt.</summary>
    public string? Destination { get; init; }

    /// <summary>The Pod that one which was imported was taken from.</summary>
    public string? TakenFrom { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Completed { get; init; }

    /// <summary>How the owner's last wish for another key stands; null where there was none.</summary>
    public BackupRewrap? Rewrap { get; init; }

    /// <summary>Sweeps, deletions, rewraps and checks of imports begun, over its whole life: each has a Job name of its own.</summary>
    public int Cleanings { get; init; }

    /// <summary>Whether its data was removed.</summary>
    public bool Removed { get; init; }

    /// <summary>Whether its data was looked for in vain. It may come back.</summary>
    public bool Missing { get; init; }

    /// <summary>Whether retention lets it go, and it has agreed: nobody relies on its data any more.</summary>
    public bool Expires { get; init; }

    /// <summary>What the last drill saw of it; null when none did.</summary>
    public BackupProof? Proof { get; init; }

    /// <summary>What is unusual about it beside those before it; judged once, when it came into the catalogue.</summary>
    public IReadOnlyList<BackupAnomaly> Unusual { get; init; } = [];

    /// <summary>The restores and drills that read it now: no rule lets it go meanwhile.</summary>
    public IReadOnlyList<string> LentTo { get; init; } = [];

    /// <summary>A namesake that waits until this one has come to its end.</summary>
    public BackupSpec? Successor { get; init; }

    public override bool IsSettled => Uid.Length == 0 || (Phase.IsFinal() && Errand == BackupErrand.None && !OwesSomething);

    public override bool IsForgetting => Errand == BackupErrand.Forgetting;

    public override bool HasSuccessor => Successor is not null;

    /// <summary>Whether it holds the slot of its cluster.</summary>
    public bool HoldsSlot => Uid.Length > 0 && !Phase.IsFinal() && Errand is not (BackupErrand.None or BackupErrand.Asking or BackupErrand.Forgetting);

    /// <summary>Whether deleting the resource asks for the data's removal, now.</summary>
    public bool RemovalWished => !Gone && Spec is { Deleting: true, DeletesData: true };

    /// <summary>Whether anything was or may have been stored.</summary>
    public bool MayHaveStored => Attempts.Count > 0 || Summary is not null;
}

/// <summary>Why it waits.</summary>
internal sealed record BackupWaiting(string Reason, DateTimeOffset Since, TimeSpan? Patience);

/// <summary>What a place in the fleet's budgets is good for.</summary>
/// <param name="Node">The node that it is for; null where none was known.</param>
/// <param name="CountsNodes">Whether work on another node needs another place.</param>
/// <param name="UploadBytesPerSecond">The backup's share of a bandwidth; null for no limit.</param>
internal sealed record HeldPlace(string? Node, bool CountsNodes, long? UploadBytesPerSecond);

/// <summary>One Job of this backup.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Operation">What it does.</param>
/// <param name="Number">The attempt, or the number of the cleaning.</param>
/// <param name="Asked">When it was asked for.</param>
/// <param name="Seen">Whether it was ever seen; one that was not may never have been made.</param>
/// <param name="DoubtSince">Since when it has been seen to be over without a report.</param>
/// <param name="Told">When it was told to go; null while nobody is known to have told it.</param>
internal sealed record BackupJob(
    string Name, JobOperation Operation, int Number, DateTimeOffset Asked, bool Seen, DateTimeOffset? DoubtSince = null, DateTimeOffset? Told = null);

/// <summary>How it stands with another key of the owner's.</summary>
/// <param name="KeyId">The key that was last begun with.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">One sentence.</param>
/// <param name="InDoubt">Whether a Job may have changed the manifest without anybody hearing of it: what is remembered of it may be stale.</param>
internal sealed record BackupRewrap(string KeyId, string Reason, string Message, bool InDoubt = false);

/// <summary>What a backup comes to once its Job is stopped and swept.</summary>
/// <param name="Phase">The final phase.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">One sentence.</param>
internal sealed record BackupEnding(BackupPhase Phase, string Reason, string Message);

/// <summary>The parts of the cluster's spec that a backup goes by, copied when it was admitted.</summary>
internal sealed record AdmittedCluster
{
    public required StorageSpec Storage { get; init; }

    public required JobSettings Jobs { get; init; }

    /// <summary>Null after an adoption: the cluster has to be asked again before another attempt.</summary>
    public WorkloadSpec? Workload { get; init; }

    public BackupEngine Engine { get; init; }

    public string? SourcePod { get; init; }

    public int BackoffLimit { get; init; }

    public TimeSpan ActiveDeadline { get; init; }

    public TimeSpan? StartingDeadline { get; init; }
}

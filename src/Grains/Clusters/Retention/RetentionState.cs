using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>
/// All that retention remembers of a cluster: a document of its own beside the cluster's, for it grows with the number of backups and is
/// written only when one ends, changes or goes. Stored as JSON: members may be added, never renamed.
/// </summary>
internal sealed record RetentionState
{
    /// <summary>The form that this code writes.</summary>
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The UID of the cluster's resource whose rules were last gone by.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The backups that have ended and whose resources are there, newest first.</summary>
    public IReadOnlyList<CatalogueEntry> Entries { get; init; } = [];

    /// <summary>The rules that the last plan went by, as a text to be compared.</summary>
    public string Rules { get; init; } = "";

    /// <summary>Since when these are gone by.</summary>
    public DateTimeOffset RulesSince { get; init; }

    /// <summary>The Jobs that remove, one for each storage that ever had one.</summary>
    public IReadOnlyList<StoragePrune> Prunes { get; init; } = [];

    /// <summary>How many backups were removed so far.</summary>
    public long Pruned { get; init; }

    /// <summary>Events that are yet to be recorded.</summary>
    public IReadOnlyList<ResourceEvent> EventsOwed { get; init; } = [];

    /// <summary>Whether there is nothing worth remembering.</summary>
    public bool IsEmpty => Entries.Count == 0 && EventsOwed.Count == 0 && Prunes.All(prune => prune.Job is null);
}

/// <summary>The removal of backups from one storage.</summary>
internal sealed record StoragePrune
{
    /// <summary>The storage's name.</summary>
    public required string Storage { get; init; }

    /// <summary>The number of the last Job: the minute in which it was asked for, since 1970, so that it stays new when this state was lost.</summary>
    public int Number { get; init; }

    /// <summary>The Job that is at it; null when none is.</summary>
    public string? Job { get; init; }

    /// <summary>When that Job was asked for.</summary>
    public DateTimeOffset Asked { get; init; }

    /// <summary>What it was asked to remove, in this order.</summary>
    public IReadOnlyList<PrunedBackup> Batch { get; init; } = [];

    /// <summary>Failures in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Before this, no other Job is begun.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Why the last one failed: the name of a fault or a reason, and a message; null when it did not.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc cref="Reason"/>
    public string Message { get; init; } = "";
}

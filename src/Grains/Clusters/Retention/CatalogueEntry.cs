using ControlPlane.Abstractions.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>A backup that has ended, as its cluster's catalogue has it. Stored as JSON: members may be added, never renamed.</summary>
internal sealed record CatalogueEntry
{
    /// <summary>Its resource.</summary>
    public required string Name { get; init; }

    /// <summary>Its UID.</summary>
    public required string Uid { get; init; }

    /// <summary>The storage it lies in.</summary>
    public required string Storage { get; init; }

    /// <summary>Whether it succeeded.</summary>
    public required bool Good { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Completed { get; init; }

    /// <summary>The schedule that asked for it; null where somebody did.</summary>
    public string? Schedule { get; init; }

    /// <summary>When it was due by its schedule; null where that is not known.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>The UID of the backup that it is an increment of; null for a full one.</summary>
    public string? Base { get; init; }

    /// <summary>Whether its owner holds it by the annotation.</summary>
    public bool Held { get; init; }

    /// <summary>Whether a restore reads it.</summary>
    public bool Restoring { get; init; }

    /// <summary>Whether its resource says that its data goes with it.</summary>
    public bool DeletesData { get; init; } = true;

    /// <summary>How long it is to be kept by its own word; null where it has none.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>Where its storage was when it was taken; empty where that is not known.</summary>
    public string Place { get; init; } = "";

    /// <summary>Whether anything was or may have been stored.</summary>
    public bool Stored { get; init; }

    /// <summary>The folder of one that was imported; null for one that lies under its own name and UID.</summary>
    public BackupFolder? ImportedFrom { get; init; }

    /// <summary>When the resource of one that was imported was made; null for any other.</summary>
    public DateTimeOffset? Imported { get; init; }

    /// <summary>Whether its data was looked for in vain.</summary>
    public bool Missing { get; init; }

    /// <summary>Its length, when it succeeded.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>What lies in the store.</summary>
    public long? StoredBytes { get; init; }

    /// <summary>How long the attempt took that succeeded.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>What is unusual about it, yet to be told to it; null where nothing is, and once it was.</summary>
    public IReadOnlyList<BackupAnomaly>? Unusual { get; init; }

    /// <summary>When it goes, or when its removal is tried again; null while it stays.</summary>
    public DateTimeOffset? GoesAt { get; init; }

    /// <summary>Why it goes.</summary>
    public string Why { get; init; } = "";

    /// <summary>Whether its removal has begun: from then on it is no backup any more, and there is no way back.</summary>
    public bool Expired { get; init; }

    /// <summary>Whether it has agreed: only then is its data touched.</summary>
    public bool Agreed { get; init; }

    /// <summary>Whether its data is gone, and only its resource is left.</summary>
    public bool Removed { get; init; }

    /// <summary>The instant that rules go by: a nightly backup that ends after midnight is one of the day on which it was due.</summary>
    public DateTimeOffset Filed => Due ?? Completed;

    /// <summary>Where its objects lie below its cluster's prefix.</summary>
    public BackupFolder Folder => ImportedFrom ?? new(Name, Uid);
}

using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters;

/// <summary>An import of all that lies in a cluster's storages and has no resource. Stored as JSON: members may be added, never renamed.</summary>
internal sealed record ClusterImport
{
    /// <summary>The word that asked for it.</summary>
    public required string Word { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it came to its end; null while it is at work.</summary>
    public DateTimeOffset? Completed { get; init; }

    /// <summary>The storages that are yet to be looked through, the present one first; one that cannot be read gives way to the others.</summary>
    public IReadOnlyList<string> Storages { get; init; } = [];

    /// <summary>The folder after which the present one goes on; empty at its beginning.</summary>
    public string After { get; init; } = "";

    /// <summary>Whether the last page was the storage's last.</summary>
    public bool IsLastPage { get; init; }

    /// <summary>The number of the last Job: the minute in which it was asked for, since 1970, so that it stays new when this state was lost.</summary>
    public int Number { get; init; }

    /// <summary>The Job that looks for the next page; null when none does.</summary>
    public string? Job { get; init; }

    /// <summary>When that Job was asked for.</summary>
    public DateTimeOffset Asked { get; init; }

    /// <summary>How often a Job for each of them failed in a row.</summary>
    public IReadOnlyDictionary<string, int> FailuresByStorage { get; init; } = new Dictionary<string, int>();

    /// <summary>Of each storage that was given up, what was wrong.</summary>
    public IReadOnlyList<string> GivenUp { get; init; } = [];

    /// <summary>Before this, no other Job is begun.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The backups of the present page whose resources are yet to be made.</summary>
    public IReadOnlyList<StoredBackup> Owed { get; init; } = [];

    /// <summary>Those whose resources were made and have not ended. The next page is looked for when there is none.</summary>
    public IReadOnlyList<OpenImport> Open { get; init; } = [];

    /// <summary>Backups without a resource that were found.</summary>
    public int Found { get; init; }

    /// <summary>Those that were imported.</summary>
    public int Imported { get; init; }

    /// <summary>Those that were not.</summary>
    public int Refused { get; init; }

    /// <summary>The last of these.</summary>
    public IReadOnlyList<ImportRefusal> Refusals { get; init; } = [];

    /// <summary>What is wrong at present beside refusals; empty for nothing.</summary>
    public string Trouble { get; init; } = "";
}

/// <summary>A backup whose resource was made.</summary>
/// <param name="Name">The resource.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Asked">When it was made.</param>
internal sealed record OpenImport(string Name, string Folder, DateTimeOffset Asked);

namespace ControlPlane.Abstractions.Fleet;

/// <summary>What the read model has of one resource: what lists show and filters ask for, and nothing that only its owner needs.</summary>
public abstract record FleetRow
{
    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its UID.</summary>
    public required string Uid { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }
}

/// <summary>A <c>MySQLCluster</c>.</summary>
public sealed record ClusterRow : FleetRow
{
    /// <summary>How it stands, one word of <see cref="ClusterStandings"/>.</summary>
    public required string Standing { get; init; }

    /// <summary>Why: the reason of the condition that says so; empty before the plane has written any.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The names of its storages, each between two commas; a comma alone for none.</summary>
    public string Storages { get; init; } = ",";

    /// <summary>The names of its schedules that are not stopped, in the same form.</summary>
    public string Schedules { get; init; } = ",";

    /// <summary>The names of the policies that it goes by, in the same form.</summary>
    public string Policies { get; init; } = ",";

    /// <summary>The newest good backup; empty where there is none.</summary>
    public string LastBackup { get; init; } = "";

    /// <summary>When that was complete.</summary>
    public DateTimeOffset? RecoveryPoint { get; init; }

    /// <summary>When a drill proved a backup last.</summary>
    public DateTimeOffset? Proven { get; init; }

    /// <summary>The measured time to recover.</summary>
    public double? RecoverySeconds { get; init; }

    /// <summary>When its next schedule falls due.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>The objectives that it misses, in the form of <see cref="Storages"/>.</summary>
    public string Missed { get; init; } = ",";
}

/// <summary>How a cluster stands, for lists.</summary>
public static class ClusterStandings
{
    /// <summary>Its resource cannot be read.</summary>
    public const string Invalid = nameof(Invalid);

    /// <summary>Its backups are switched off.</summary>
    public const string Disabled = nameof(Disabled);

    /// <summary>Its owner suspended it.</summary>
    public const string Suspended = nameof(Suspended);

    /// <summary>Not every Pod has a ready agent.</summary>
    public const string NotReady = nameof(NotReady);

    /// <summary>All is in place.</summary>
    public const string Ready = nameof(Ready);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Invalid, Disabled, Suspended, NotReady, Ready];
}

/// <summary>A <c>MySQLBackup</c>.</summary>
public sealed record BackupRow : FleetRow
{
    /// <summary>Its cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>The storage that it names.</summary>
    public required string Storage { get; init; }

    /// <summary>The schedule that asked for it; empty where somebody did.</summary>
    public string Schedule { get; init; } = "";

    /// <summary>Its phase.</summary>
    public required string Phase { get; init; }

    /// <summary>Why.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When its first attempt began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Completed { get; init; }

    /// <summary>The length of the tool's stream.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>What lies in the store.</summary>
    public long? StoredBytes { get; init; }

    /// <summary>What a drill found: <c>Passed</c>, <c>Failed</c>, or empty.</summary>
    public string Verified { get; init; } = "";

    /// <summary>What is unusual about it, in the form of <see cref="ClusterRow.Storages"/>.</summary>
    public string Unusual { get; init; } = ",";
}

/// <summary>A <c>MySQLRestore</c> or a <c>RestoreDrill</c>.</summary>
public sealed record TaskRow : FleetRow
{
    /// <summary>Its cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>Its phase.</summary>
    public required string Phase { get; init; }

    /// <summary>Why.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The backup that is restored or proven; empty before it is known.</summary>
    public string Backup { get; init; } = "";

    /// <summary>When it began last.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When it ended last.</summary>
    public DateTimeOffset? Completed { get; init; }
}

/// <summary>A workload that looks like a database and that no <c>MySQLCluster</c> describes.</summary>
public sealed record DatabaseRow : FleetRow
{
    /// <summary>Its kind, for example <c>StatefulSet</c>.</summary>
    public required string Workload { get; init; }

    /// <summary>The image by which it was known.</summary>
    public required string Image { get; init; }

    /// <summary>How many instances it has.</summary>
    public int Replicas { get; init; }
}

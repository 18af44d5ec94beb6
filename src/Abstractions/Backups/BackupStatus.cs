using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Backups;

/// <summary>What the owner of a backup is shown: the whole status but <c>progress</c>, which is the runner's.</summary>
[GenerateSerializer, Immutable, Alias("BackupStatus")]
public sealed record BackupStatus
{
    /// <summary>The resource's UID: a status is never shown on a namesake.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The generation that was last read.</summary>
    [Id(1)]
    public required long ObservedGeneration { get; init; }

    /// <summary>The phase.</summary>
    [Id(2)]
    public required BackupPhase Phase { get; init; }

    /// <summary>One word from <see cref="Reasons"/>, or the name of a <see cref="JobFault"/>.</summary>
    [Id(3)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(4)]
    public string Message { get; init; } = "";

    /// <summary>Accepted, Complete, Failed; Verified, once a drill has seen it; Unusual, where it is; and Rewrapped, once its owner asked for another key.</summary>
    [Id(5)]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>The attempts, first first.</summary>
    [Id(6)]
    public IReadOnlyList<BackupAttempt> Attempts { get; init; } = [];

    /// <summary>Where the objects lie, for example <c>s3://backups/prod/shop/orders/backup1-4f2c…/</c>; null before the first attempt.</summary>
    [Id(7)]
    public string? Destination { get; init; }

    /// <summary>A copy of the storage, so that restore and deletion survive a changed cluster. Never a secret.</summary>
    [Id(8)]
    public StorageSpec? Storage { get; init; }

    /// <summary>What the Jobs of this backup run as, for the same reason.</summary>
    [Id(9)]
    public JobSettings? Jobs { get; init; }

    /// <summary>The source Pod.</summary>
    [Id(10)]
    public string? Source { get; init; }

    /// <summary>When the first attempt began.</summary>
    [Id(11)]
    public DateTimeOffset? Started { get; init; }

    /// <summary>When the phase became final.</summary>
    [Id(12)]
    public DateTimeOffset? Completed { get; init; }

    /// <summary>What was stored, when it succeeded.</summary>
    [Id(13)]
    public BackupSummary? Summary { get; init; }

    /// <summary>The most bytes a second that the Job at work is to send; 0 for no limit. Null while none is at work: then nothing is said.</summary>
    [Id(14)]
    public long? UploadBytesPerSecond { get; init; }

    /// <summary>What the last drill saw of it; null when none did.</summary>
    [Id(15)]
    public BackupProof? Verified { get; init; }

    /// <summary>What is unusual about it, beside those before it; at most <see cref="BackupAnomalies.Most"/>.</summary>
    [Id(16)]
    public IReadOnlyList<BackupAnomaly> Unusual { get; init; } = [];

    /// <summary>How it stands in the line for a place in the fleet's budgets; null where it waits for something else, or not at all.</summary>
    [Id(17)]
    public PlaceWait? Line { get; init; }
}

/// <summary>One attempt.</summary>
[GenerateSerializer, Immutable, Alias("BackupAttempt")]
public sealed record BackupAttempt
{
    /// <summary>From 1.</summary>
    [Id(0)]
    public required int Number { get; init; }

    /// <summary>The source Pod.</summary>
    [Id(1)]
    public required string Source { get; init; }

    /// <summary>The Job's name.</summary>
    [Id(2)]
    public required string Job { get; init; }

    /// <summary>When the Job was asked for.</summary>
    [Id(3)]
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    [Id(4)]
    public DateTimeOffset? Ended { get; init; }

    /// <summary><c>Succeeded</c>, <c>Failed</c> or <c>Cancelled</c>; null while it runs.</summary>
    [Id(5)]
    public string? Outcome { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(6)]
    public string? Reason { get; init; }

    /// <summary>The same for people.</summary>
    [Id(7)]
    public string? Message { get; init; }
}

/// <summary>What the Jobs of a backup run as: copied from the cluster when the backup begins.</summary>
[GenerateSerializer, Immutable, Alias("JobSettings")]
public sealed record JobSettings
{
    /// <summary>The image.</summary>
    [Id(0)]
    public required ImageSpec Image { get; init; }

    /// <summary>The service account; null for the runner account that the plane makes.</summary>
    [Id(1)]
    public string? ServiceAccountName { get; init; }
}

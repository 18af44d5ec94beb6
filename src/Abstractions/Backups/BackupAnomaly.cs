namespace ControlPlane.Abstractions.Backups;

/// <summary>What is unusual about a good backup, beside those before it. A warning: it changes nothing of what the backup is.</summary>
[GenerateSerializer, Immutable, Alias("BackupAnomaly")]
public sealed record BackupAnomaly
{
    /// <summary>One word: <see cref="Reasons.SizeCollapsed"/>, <see cref="Reasons.RatioJumped"/> or <see cref="Reasons.DurationJumped"/>.</summary>
    [Id(0)]
    public required string Reason { get; init; }

    /// <summary>What was measured: bytes, stored bytes for each byte, or seconds.</summary>
    [Id(1)]
    public required double Value { get; init; }

    /// <summary>The median of those before it.</summary>
    [Id(2)]
    public required double Median { get; init; }

    /// <summary>How many deviations of these the value is away from it.</summary>
    [Id(3)]
    public required double Deviations { get; init; }

    /// <summary>How many those are.</summary>
    [Id(4)]
    public required int Backups { get; init; }

    /// <summary>One sentence for people, with the numbers.</summary>
    [Id(5)]
    public required string Message { get; init; }
}

/// <summary>What the catalogue finds unusual about a backup.</summary>
[GenerateSerializer, Immutable, Alias("BackupAnomalies")]
public sealed record BackupAnomalies
{
    /// <summary>The most that is found of one backup: one of each kind.</summary>
    public const int Most = 3;

    /// <summary>The UID of the backup that is meant.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>What is unusual; at least one.</summary>
    [Id(1)]
    public required IReadOnlyList<BackupAnomaly> Found { get; init; }
}

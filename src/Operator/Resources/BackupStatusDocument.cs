using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// The status of a <c>MySQLBackup</c> as it stands in the API server, without <c>progress</c>, which the runner owns.
/// <see cref="BackupStatusMapping"/> translates it both ways.
/// </summary>
internal sealed record BackupStatusDocument
{
    public long? ObservedGeneration { get; init; }

    public string? Phase { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }

    public IReadOnlyList<AttemptDocument>? Attempts { get; init; }

    public string? Destination { get; init; }

    /// <summary>The storage as the cluster's spec had it, and its name.</summary>
    public JsonObject? Storage { get; init; }

    public JobSettingsDocument? Jobs { get; init; }

    public string? Source { get; init; }

    public string? Started { get; init; }

    public string? Completed { get; init; }

    /// <summary>From start to completion, for the printer column.</summary>
    public string? Duration { get; init; }

    public long? SizeBytes { get; init; }

    /// <summary><see cref="SizeBytes"/> for the printer column.</summary>
    public string? Size { get; init; }

    public long? StoredBytes { get; init; }

    public int? Segments { get; init; }

    public string? Engine { get; init; }

    public string? ToolVersion { get; init; }

    public string? ServerVersion { get; init; }

    public string? ServerUuid { get; init; }

    /// <summary>The GTID set, cut at <see cref="StatusText.GtidLimit"/>.</summary>
    public string? GtidExecuted { get; init; }

    public BinlogDocument? Binlog { get; init; }

    public LsnDocument? Lsn { get; init; }

    public string? ManifestDigest { get; init; }

    /// <summary>The id of the owner's key, of a backup that is sealed.</summary>
    public string? EncryptionKeyId { get; init; }

    public VerifiedDocument? Verified { get; init; }

    public IReadOnlyList<AnomalyDocument>? Unusual { get; init; }

    /// <summary>What the Job at work is to send at most, 0 for no limit; the runner reads it in the answer to its own reports.</summary>
    public long? UploadBytesPerSecond { get; init; }

    /// <summary>Where it waits for a place in the fleet's budgets. It is not read back: who waits asks anew.</summary>
    public LineDocument? Line { get; init; }
}

/// <summary>What the last drill saw of the backup.</summary>
internal sealed record VerifiedDocument
{
    public string? Time { get; init; }

    /// <summary>The <c>RestoreDrill</c>.</summary>
    public string? Drill { get; init; }

    /// <summary><c>Passed</c> or <c>Failed</c>.</summary>
    public string? Outcome { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public double? RecoverySeconds { get; init; }

    public static VerifiedDocument From(BackupProof proof) => new()
    {
        Time = KubernetesTime.Write(proof.Time),
        Drill = proof.Drill,
        Outcome = proof.Passed ? "Passed" : "Failed",
        Reason = StatusText.Shown(proof.Reason),
        Message = StatusText.Shown(proof.Message),
        RecoverySeconds = proof.RecoverySeconds is { } seconds ? Math.Round(seconds, 2) : null,
    };

    public BackupProof? ToProof(string uid) => KubernetesTime.Read(Time) is not { } time || Drill is null ? null : new()
    {
        Uid = uid,
        Drill = Drill,
        Time = time,
        Passed = Outcome == "Passed",
        Reason = Reason ?? "",
        Message = Message ?? "",
        RecoverySeconds = RecoverySeconds,
    };
}

/// <summary>What is unusual about the backup, and the numbers that say so.</summary>
internal sealed record AnomalyDocument
{
    public string? Reason { get; init; }

    public double? Value { get; init; }

    public double? Median { get; init; }

    public double? Deviations { get; init; }

    public int? Backups { get; init; }

    public string? Message { get; init; }

    public static AnomalyDocument From(BackupAnomaly anomaly) => new()
    {
        Reason = anomaly.Reason,
        Value = Math.Round(anomaly.Value, 4),
        Median = Math.Round(anomaly.Median, 4),
        Deviations = anomaly.Deviations,
        Backups = anomaly.Backups,
        Message = StatusText.Shown(anomaly.Message),
    };

    public BackupAnomaly ToAnomaly() =>
        new() { Reason = Reason ?? "", Value = Value ?? 0, Median = Median ?? 0, Deviations = Deviations ?? 0, Backups = Backups ?? 0, Message = Message ?? "" };
}

/// <summary>One attempt.</summary>
internal sealed record AttemptDocument
{
    public int? Number { get; init; }

    public string? Source { get; init; }

    public string? Job { get; init; }

    public string? Started { get; init; }

    public string? Ended { get; init; }

    public string? Outcome { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>What the Jobs of a backup run as.</summary>
internal sealed record JobSettingsDocument
{
    public string? Image { get; init; }

    public string? ImagePullPolicy { get; init; }

    public IReadOnlyList<string>? ImagePullSecrets { get; init; }

    public string? ServiceAccountName { get; init; }
}

/// <summary>The binary log position.</summary>
internal sealed record BinlogDocument
{
    public string? File { get; init; }

    public long? Position { get; init; }
}

/// <summary>Log sequence numbers.</summary>
internal sealed record LsnDocument
{
    public long? From { get; init; }

    public long? To { get; init; }

    public long? Last { get; init; }
}

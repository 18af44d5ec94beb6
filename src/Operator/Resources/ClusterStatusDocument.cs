using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>The status of a <c>MySQLCluster</c> as it stands in the API server.</summary>
internal sealed record ClusterStatusDocument
{
    public long? ObservedGeneration { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }

    public LastBackupDocument? LastSuccessfulBackup { get; init; }

    /// <summary>The storages' names, for the printer column.</summary>
    public string? Storages { get; init; }

    public IReadOnlyList<SweepDocument>? Sweeps { get; init; }

    public static ClusterStatusDocument From(ClusterStatus status) => new()
    {
        ObservedGeneration = status.ObservedGeneration,
        Conditions = [.. status.Conditions.Select(ConditionDocument.From)],
        LastSuccessfulBackup = status.LastSuccessfulBackup is { } last
            ? new() { Name = last.Name, Time = KubernetesTime.Write(last.Time), SizeBytes = last.SizeBytes }
            : null,
        Storages = status.Storages.Length > 0 ? StatusText.Cut(status.Storages, StatusText.GtidLimit) : null,
        Sweeps = status.Sweeps.Count > 0 ? [.. status.Sweeps.Take(SweepDocument.Most).Select(SweepDocument.From)] : null,
    };

    public ClusterStatus ToStatus(string uid) => new()
    {
        Uid = uid,
        ObservedGeneration = ObservedGeneration ?? 0,
        Conditions = [.. (Conditions ?? []).Select(condition => condition.ToCondition())],
        LastSuccessfulBackup = LastSuccessfulBackup is { Name: { } name } last && KubernetesTime.Read(last.Time) is { } time
            ? new(name, time, last.SizeBytes ?? 0)
            : null,
        Storages = Storages ?? "",
        Sweeps = [.. (Sweeps ?? []).Where(sweep => sweep is { Storage: not null, Reason: not null }).Select(sweep => sweep.ToStatus())],
    };
}

/// <summary>The newest good backup of a cluster.</summary>
internal sealed record LastBackupDocument
{
    public string? Name { get; init; }

    public string? Time { get; init; }

    public long? SizeBytes { get; init; }
}

/// <summary>The last sweep of a cluster's place in one storage.</summary>
internal sealed record SweepDocument
{
    /// <summary>The most storages that are shown.</summary>
    public const int Most = 32;

    public string? Storage { get; init; }

    public string? LastSweep { get; init; }

    public long? ObjectsRemoved { get; init; }

    public long? BytesRemoved { get; init; }

    public int? UploadsGivenUp { get; init; }

    public long? Strangers { get; init; }

    public int? DamagedBackups { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public static SweepDocument From(SweepStatus sweep) => new()
    {
        Storage = sweep.Storage,
        LastSweep = KubernetesTime.Write(sweep.LastSweep),
        ObjectsRemoved = sweep.ObjectsRemoved,
        BytesRemoved = sweep.BytesRemoved,
        UploadsGivenUp = sweep.UploadsGivenUp,
        Strangers = sweep.Strangers,
        DamagedBackups = sweep.DamagedBackups,
        Reason = sweep.Reason,
        Message = StatusText.Shown(sweep.Message),
    };

    public SweepStatus ToStatus() => new()
    {
        Storage = Storage!,
        LastSweep = KubernetesTime.Read(LastSweep),
        ObjectsRemoved = ObjectsRemoved ?? 0,
        BytesRemoved = BytesRemoved ?? 0,
        UploadsGivenUp = UploadsGivenUp ?? 0,
        Strangers = Strangers ?? 0,
        DamagedBackups = DamagedBackups ?? 0,
        Reason = Reason!,
        Message = Message ?? "",
    };
}

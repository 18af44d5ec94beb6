using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;

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

    public IReadOnlyList<ScheduleDocument>? Schedules { get; init; }

    public RetentionDocument? Retention { get; init; }

    public ImportDocument? Import { get; init; }

    /// <summary>When a drill proved a backup last.</summary>
    public string? ProvenAt { get; init; }

    public ProvenDocument? Proven { get; init; }

    public EffectiveDocument? Effective { get; init; }

    public ObjectivesDocument? Objectives { get; init; }

    /// <summary>The schedules' names, for the printer column.</summary>
    public string? ScheduleNames { get; init; }

    /// <summary>The earliest of the schedules' next due times, for the printer column.</summary>
    public string? NextDue { get; init; }

    public static ClusterStatusDocument From(ClusterStatus status) => new()
    {
        ObservedGeneration = status.ObservedGeneration,
        Conditions = [.. status.Conditions.Select(ConditionDocument.From)],
        LastSuccessfulBackup = status.LastSuccessfulBackup is { } last
            ? new() { Name = last.Name, Time = KubernetesTime.Write(last.Time), SizeBytes = last.SizeBytes }
            : null,
        Storages = status.Storages.Length > 0 ? StatusText.Cut(status.Storages, StatusText.GtidLimit) : null,
        Sweeps = status.Sweeps.Count > 0 ? [.. status.Sweeps.Take(SweepDocument.Most).Select(SweepDocument.From)] : null,
        Schedules = status.Schedules.Count > 0 ? [.. status.Schedules.Take(ScheduleReader.MostSchedules).Select(ScheduleDocument.From)] : null,
        ScheduleNames = status.Schedules.Count > 0 ? StatusText.Cut(string.Join(',', status.Schedules.Select(schedule => schedule.Name)), StatusText.GtidLimit) : null,
        Retention = status.Retention is { } retention ? RetentionDocument.From(retention) : null,
        Import = status.Import is { } import ? ImportDocument.From(import) : null,
        ProvenAt = KubernetesTime.Write(status.Proven?.Completed),
        Proven = status.Proven is { } proven ? ProvenDocument.From(proven) : null,
        Effective = status.Effective is { } effective ? EffectiveDocument.From(effective) : null,
        Objectives = status.Objectives is { } objectives ? ObjectivesDocument.From(objectives) : null,
        NextDue = KubernetesTime.Write(status.Schedules.Min(schedule => schedule.NextDue)),
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
        Schedules = [.. (Schedules ?? []).Where(schedule => schedule is { Name: not null }).Select(schedule => schedule.ToStatus())],
        Retention = Retention?.ToStatus(),
        Import = Import?.ToStatus(),
        Objectives = Objectives?.ToStatus(),
        Proven = KubernetesTime.Read(ProvenAt) is { } provenAt ? Proven?.ToResult(provenAt) : null,
        Effective = Effective?.ToSettings(),
    };
}

/// <summary>The newest good backup of a cluster.</summary>
internal sealed record LastBackupDocument
{
    public string? Name { get; init; }

    public string? Time { get; init; }

    public long? SizeBytes { get; init; }
}

/// <summary>The last drill that proved a backup of the cluster, and what it measured.</summary>
internal sealed record ProvenDocument
{
    public string? Drill { get; init; }

    public string? Backup { get; init; }

    /// <summary>From the first byte to the server's first answer.</summary>
    public double? RecoverySeconds { get; init; }

    /// <summary>The same for the printer column.</summary>
    public string? Recovery { get; init; }

    public long? BytesOfData { get; init; }

    public string? Message { get; init; }

    public static ProvenDocument From(DrillResult proven) => new()
    {
        Drill = proven.Drill,
        Backup = proven.Backup,
        RecoverySeconds = proven.RecoverySeconds is { } seconds ? Math.Round(seconds, 2) : null,
        Recovery = proven.RecoverySeconds is { } shown ? StatusText.Duration(TimeSpan.FromSeconds(shown)) : null,
        BytesOfData = proven.BytesOfData,
        Message = StatusText.Shown(proven.Message),
    };

    public DrillResult ToResult(DateTimeOffset completed) => new()
    {
        Drill = Drill ?? "",
        Completed = completed,
        Passed = true,
        Reason = Reasons.Proven,
        Message = Message ?? "",
        Backup = Backup,
        RecoverySeconds = RecoverySeconds,
        BytesOfData = BytesOfData ?? 0,
    };
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

    public int? Offered { get; init; }

    public IReadOnlyList<OfferDocument>? Offers { get; init; }

    public int? Missing { get; init; }

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
        Offered = sweep.Offered,
        Offers = sweep.Offers.Count > 0 ? [.. sweep.Offers.Select(OfferDocument.From)] : null,
        Missing = sweep.Missing,
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
        Offered = Offered ?? 0,
        Offers = [.. (Offers ?? []).Where(offer => offer.Folder is not null).Select(offer => offer.ToBackup())],
        Missing = Missing ?? 0,
        Reason = Reason!,
        Message = Message ?? "",
    };
}

/// <summary>How a schedule stands.</summary>
internal sealed record ScheduleDocument
{
    public string? Name { get; init; }

    public string? NextDue { get; init; }

    public string? LastDue { get; init; }

    public string? LastOutcome { get; init; }

    public long? Missed { get; init; }

    public string? LastMissed { get; init; }

    public string? MissedReason { get; init; }

    public string? Message { get; init; }

    public static ScheduleDocument From(ScheduleStatus schedule) => new()
    {
        Name = schedule.Name,
        NextDue = KubernetesTime.Write(schedule.NextDue),
        LastDue = KubernetesTime.Write(schedule.LastDue),
        LastOutcome = StatusText.Shown(schedule.LastOutcome),
        Missed = schedule.Missed,
        LastMissed = KubernetesTime.Write(schedule.LastMissed),
        MissedReason = StatusText.Shown(schedule.MissedReason),
        Message = StatusText.Shown(schedule.Message),
    };

    public ScheduleStatus ToStatus() => new()
    {
        Name = Name!,
        NextDue = KubernetesTime.Read(NextDue),
        LastDue = KubernetesTime.Read(LastDue),
        LastOutcome = LastOutcome ?? "",
        Missed = Missed ?? 0,
        LastMissed = KubernetesTime.Read(LastMissed),
        MissedReason = MissedReason ?? "",
        Message = Message ?? "",
    };
}

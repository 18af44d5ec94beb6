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

    public static ClusterStatusDocument From(ClusterStatus status) => new()
    {
        ObservedGeneration = status.ObservedGeneration,
        Conditions = [.. status.Conditions.Select(ConditionDocument.From)],
        LastSuccessfulBackup = status.LastSuccessfulBackup is { } last
            ? new() { Name = last.Name, Time = KubernetesTime.Write(last.Time), SizeBytes = last.SizeBytes }
            : null,
        Storages = status.Storages.Length > 0 ? StatusText.Cut(status.Storages, StatusText.GtidLimit) : null,
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
    };
}

/// <summary>The newest good backup of a cluster.</summary>
internal sealed record LastBackupDocument
{
    public string? Name { get; init; }

    public string? Time { get; init; }

    public long? SizeBytes { get; init; }
}

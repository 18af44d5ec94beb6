using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Projection;

/// <summary>
/// From a resource's document to its row in the read model. Pure. It believes nobody: what cannot be read is left empty, for a row says how a
/// resource stands and decides nothing.
/// </summary>
internal static class FleetRowReader
{
    // Longer ones are cut: names are short, and a row must not be as large as a resource may be.
    private const int LongestText = 253;
    private const int LongestList = 1024;

    /// <summary>The row of a resource.</summary>
    public static FleetRow Read(RowKind kind, ResourceHeader header, ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text);
        var (spec, status) = (Section(document.RootElement, "spec"), Section(document.RootElement, "status"));
        return kind switch
        {
            RowKind.Cluster => ReadCluster(header, Status(status, StatusJson.Default.ClusterStatusDocument)),
            RowKind.Backup => ReadBackup(header, spec, status),
            RowKind.Restore => ReadTask(header, spec, status, "from"),
            RowKind.Drill => ReadTask(header, spec, status, "backup"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    private static ClusterRow ReadCluster(ResourceHeader header, ClusterStatusDocument status)
    {
        var (standing, reason) = Stand(status);
        return new()
        {
            Namespace = header.Namespace,
            Name = header.Name,
            Uid = header.Uid,
            Created = header.Created,
            Standing = standing,
            Reason = reason,
            Storages = List((status.Storages ?? "").Split(',')),
            Schedules = List((status.Schedules ?? []).Where(schedule => schedule.NextDue is not null).Select(schedule => schedule.Name)),
            Policies = List((status.Effective?.Policies ?? "").Split(',')),
            LastBackup = Cut(status.LastSuccessfulBackup?.Name),
            RecoveryPoint = KubernetesTime.Read(status.LastSuccessfulBackup?.Time),
            Proven = KubernetesTime.Read(status.ProvenAt),
            RecoverySeconds = status.Proven?.RecoverySeconds is { } seconds && double.IsFinite(seconds) ? seconds : null,
            NextDue = KubernetesTime.Read(status.NextDue),
            Missed = List(status.Objectives?.Missed ?? []),
        };
    }

    private static (string Standing, string Reason) Stand(ClusterStatusDocument status)
    {
        var (accepted, ready) = (Condition(status, "Accepted"), Condition(status, "Ready"));
        return true switch
        {
            _ when accepted?.Status == "False" => (ClusterStandings.Invalid, Cut(accepted.Reason)),
            _ when ready?.Reason == Reasons.BackupsDisabled => (ClusterStandings.Disabled, Reasons.BackupsDisabled),
            _ when accepted?.Reason == Reasons.Suspended => (ClusterStandings.Suspended, Reasons.Suspended),
            _ when ready?.Status == "True" => (ClusterStandings.Ready, Cut(ready.Reason)),
            _ => (ClusterStandings.NotReady, Cut(ready?.Reason)),
        };
    }

    private static BackupRow ReadBackup(ResourceHeader header, JsonElement spec, JsonElement document)
    {
        var status = Status(document, StatusJson.Default.BackupStatusDocument);
        return new()
        {
            Namespace = header.Namespace,
            Name = header.Name,
            Uid = header.Uid,
            Created = header.Created,
            Cluster = Cut(Text(spec, "clusterName")),
            Storage = Cut(Text(spec, "storageName")),
            Schedule = Cut(header.Labels.GetValueOrDefault(ApiGroup.Labels.Schedule)),
            Phase = Phase(status.Phase),
            Reason = Cut(status.Reason),
            Started = KubernetesTime.Read(status.Started),
            Completed = KubernetesTime.Read(status.Completed),
            SizeBytes = status.SizeBytes,
            StoredBytes = status.StoredBytes,
            Verified = Cut(status.Verified?.Outcome),
            Unusual = List((status.Unusual ?? []).Select(anomaly => anomaly?.Reason)),
        };
    }

    private static TaskRow ReadTask(ResourceHeader header, JsonElement spec, JsonElement status, string backup) => new()
    {
        Namespace = header.Namespace,
        Name = header.Name,
        Uid = header.Uid,
        Created = header.Created,
        Cluster = Cut(Text(spec, "clusterName")),
        Phase = Phase(Text(status, "phase")),
        Reason = Cut(Text(status, "reason")),
        Backup = Cut(Text(status, backup)),
        Started = KubernetesTime.Read(Text(status, "started")),
        Completed = KubernetesTime.Read(Text(status, "completed")),
    };

    // Nobody has said anything of it yet.
    private static string Phase(string? phase) => string.IsNullOrEmpty(phase) ? "Pending" : Cut(phase);

    private static ConditionDocument? Condition(ClusterStatusDocument status, string type) => (status.Conditions ?? []).FirstOrDefault(condition => condition?.Type == type);

    private static T Status<T>(JsonElement status, JsonTypeInfo<T> type) where T : new()
    {
        try
        {
            return status.ValueKind == JsonValueKind.Object && status.Deserialize(type) is { } read ? read : new();
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or FormatException)
        {
            return new();
        }
    }

    private static JsonElement Section(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var section) && section.ValueKind == JsonValueKind.Object ? section : default;

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Cut(string? text) => StatusText.Cut(text ?? "", LongestText);

    private static string List(IEnumerable<string?> names)
    {
        var list = ",";
        foreach (var name in names.Where(name => !string.IsNullOrEmpty(name)).Take(64))
        {
            if (list.Length + name!.Length + 1 > LongestList)
                break;
            list += name + ",";
        }

        return list;
    }
}

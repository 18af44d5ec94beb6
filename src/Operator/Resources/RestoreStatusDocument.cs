using System.Text.Json;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Operator.Resources;

/// <summary>The status of a <c>MySQLRestore</c> as it stands in the API server, without <c>volumes</c>, which the runners own.</summary>
internal sealed record RestoreStatusDocument
{
    public long? ObservedGeneration { get; init; }

    public string? Phase { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }

    /// <summary>The backup's name, or where it lies.</summary>
    public string? From { get; init; }

    public RestorePlanDocument? Plan { get; init; }

    public RestoreStoppedDocument? Stopped { get; init; }

    public bool? PreviousDataKept { get; init; }

    public string? PreviousDataUntil { get; init; }

    public string? Started { get; init; }

    public string? Completed { get; init; }

    /// <summary>From start to completion, for the printer column.</summary>
    public string? Duration { get; init; }

    /// <summary>Where it waits for a place in the fleet's budgets. It is not read back: who waits asks anew.</summary>
    public LineDocument? Line { get; init; }

    public static RestoreStatusDocument Write(RestoreStatus status) => new()
    {
        ObservedGeneration = status.ObservedGeneration,
        Phase = status.Phase.ToString(),
        Reason = StatusText.Shown(status.Reason),
        Message = StatusText.Shown(status.Message),
        Conditions = [.. status.Conditions.Select(ConditionDocument.From)],
        From = StatusText.Shown(status.From),
        Plan = status.Plan is { } plan ? RestorePlanDocument.From(plan) : null,
        Stopped = status.StoppedReplicas is { } replicas ? new() { Replicas = replicas } : null,
        PreviousDataKept = status.PreviousDataKept,
        PreviousDataUntil = KubernetesTime.Write(status.PreviousDataUntil),
        Started = KubernetesTime.Write(status.Started),
        Completed = KubernetesTime.Write(status.Completed),
        Duration = status is { Started: { } started, Completed: { } completed } ? StatusText.Duration(completed - started) : null,
        Line = LineDocument.From(status.Line),
    };

    /// <summary>
    /// What a status says of an earlier life: the way back for a plane that lost its state. One that somebody wrote otherwise is left out of account.
    /// </summary>
    public static RestoreStatus? Read(string uid, JsonElement document)
    {
        try
        {
            return document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
                ? status.Deserialize(StatusJson.Default.RestoreStatusDocument)?.ToStatus(uid)
                : null;
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private RestoreStatus? ToStatus(string uid) => !Enum.TryParse(Phase, out RestorePhase phase) || !Enum.IsDefined(phase) ? null : new()
    {
        Uid = uid,
        ObservedGeneration = ObservedGeneration ?? 0,
        Phase = phase,
        Reason = Reason ?? "",
        Message = Message ?? "",
        Conditions = [.. (Conditions ?? []).Select(condition => condition.ToCondition())],
        From = From ?? "",
        Plan = Plan?.ToPlan(),
        StoppedReplicas = Stopped?.Replicas,
        PreviousDataKept = PreviousDataKept ?? false,
        PreviousDataUntil = KubernetesTime.Read(PreviousDataUntil),
        Started = KubernetesTime.Read(Started),
        Completed = KubernetesTime.Read(Completed),
    };
}

/// <summary>How the workload is to be started again.</summary>
internal sealed record RestoreStoppedDocument
{
    public int? Replicas { get; init; }
}

/// <summary>What was found before anything was touched.</summary>
internal sealed record RestorePlanDocument
{
    public long? BytesToDownload { get; init; }

    public long? BytesNeeded { get; init; }

    public long? BytesAvailable { get; init; }

    public string? ServerVersion { get; init; }

    public string? GtidExecuted { get; init; }

    public string? EncryptionKeyId { get; init; }

    public long? ExpectedSeconds { get; init; }

    public string? ExpectedBy { get; init; }

    public IReadOnlyList<string>? Steps { get; init; }

    public IReadOnlyList<string>? Blockers { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }

    public static RestorePlanDocument From(RestorePlanStatus plan) => new()
    {
        BytesToDownload = plan.BytesToDownload,
        BytesNeeded = plan.BytesNeeded,
        BytesAvailable = plan.BytesAvailable,
        ServerVersion = StatusText.Shown(plan.ServerVersion),
        GtidExecuted = plan.GtidExecuted is { Length: > 0 } gtids ? StatusText.Cut(gtids, StatusText.GtidLimit) : null,
        EncryptionKeyId = StatusText.Shown(plan.EncryptionKeyId),
        ExpectedSeconds = plan.ExpectedSeconds,
        ExpectedBy = StatusText.Shown(plan.ExpectedBy),
        Steps = plan.Steps,
        Blockers = plan.Blockers,
        Warnings = plan.Warnings,
    };

    public RestorePlanStatus ToPlan() => new()
    {
        BytesToDownload = BytesToDownload ?? 0,
        BytesNeeded = BytesNeeded ?? 0,
        BytesAvailable = BytesAvailable,
        ServerVersion = ServerVersion,
        GtidExecuted = GtidExecuted,
        EncryptionKeyId = EncryptionKeyId,
        ExpectedSeconds = ExpectedSeconds,
        ExpectedBy = ExpectedBy ?? "",
        Steps = Steps ?? [],
        Blockers = Blockers ?? [],
        Warnings = Warnings ?? [],
    };
}

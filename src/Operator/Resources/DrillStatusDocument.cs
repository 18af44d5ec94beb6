using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>The status of a <c>RestoreDrill</c> as it stands in the API server.</summary>
internal sealed record DrillStatusDocument
{
    public long? ObservedGeneration { get; init; }

    public string? Phase { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }

    public string? Backup { get; init; }

    public string? Started { get; init; }

    public string? Completed { get; init; }

    public string? LastPassed { get; init; }

    /// <summary>What the newest round that had a server took until that answered, for the printer column.</summary>
    public string? Recovery { get; init; }

    public DrillScheduleDocument? Schedule { get; init; }

    public IReadOnlyList<DrillRoundDocument>? History { get; init; }

    /// <summary>The annotation's last word that was heeded.</summary>
    public string? Word { get; init; }

    /// <summary>Where it waits for a place in the fleet's budgets. It is not read back: who waits asks anew.</summary>
    public LineDocument? Line { get; init; }

    public static DrillStatusDocument Write(DrillStatus status) => new()
    {
        ObservedGeneration = status.ObservedGeneration,
        Phase = status.Phase.ToString(),
        Reason = StatusText.Shown(status.Reason),
        Message = StatusText.Shown(status.Message),
        Conditions = [.. status.Conditions.Select(ConditionDocument.From)],
        Backup = StatusText.Shown(status.Backup),
        Started = KubernetesTime.Write(status.Started),
        Completed = KubernetesTime.Write(status.Completed),
        LastPassed = KubernetesTime.Write(status.LastPassed),
        Recovery = status.History.FirstOrDefault(round => round.RecoverySeconds is not null)?.RecoverySeconds is { } seconds ? StatusText.Duration(TimeSpan.FromSeconds(seconds)) : null,
        Schedule = status.Schedule is { } schedule ? DrillScheduleDocument.From(schedule) : null,
        History = status.History.Count > 0 ? [.. status.History.Take(DrillSpec.MaximumHistoryLimit).Select(DrillRoundDocument.From)] : null,
        Word = StatusText.Shown(status.Word),
        Line = LineDocument.From(status.Line),
    };

    /// <summary>What a status says of an earlier life; one that somebody wrote otherwise is left out of account.</summary>
    public static DrillStatus? Read(string uid, JsonElement document)
    {
        try
        {
            return document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
                ? status.Deserialize(StatusJson.Default.DrillStatusDocument)?.ToStatus(uid)
                : null;
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private DrillStatus? ToStatus(string uid) => !Enum.TryParse(Phase, out DrillPhase phase) || !Enum.IsDefined(phase) ? null : new()
    {
        Uid = uid,
        ObservedGeneration = ObservedGeneration ?? 0,
        Phase = phase,
        Reason = Reason ?? "",
        Message = Message ?? "",
        Conditions = [.. (Conditions ?? []).Select(condition => condition.ToCondition())],
        Backup = Backup,
        Started = KubernetesTime.Read(Started),
        Completed = KubernetesTime.Read(Completed),
        LastPassed = KubernetesTime.Read(LastPassed),
        Schedule = Schedule?.ToStatus(),
        History = [.. (History ?? []).Select(round => round.ToRound()).OfType<DrillRound>()],
        Word = Word ?? "",
    };
}

/// <summary>How a drill's schedule stands.</summary>
internal sealed record DrillScheduleDocument
{
    public string? NextDue { get; init; }

    public string? LastDue { get; init; }

    public string? LastOutcome { get; init; }

    public long? Missed { get; init; }

    public string? LastMissed { get; init; }

    public string? MissedReason { get; init; }

    public string? Message { get; init; }

    public static DrillScheduleDocument From(ScheduleStatus schedule) => new()
    {
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
        Name = "drill",
        NextDue = KubernetesTime.Read(NextDue),
        LastDue = KubernetesTime.Read(LastDue),
        LastOutcome = LastOutcome ?? "",
        Missed = Missed ?? 0,
        LastMissed = KubernetesTime.Read(LastMissed),
        MissedReason = MissedReason ?? "",
        Message = Message ?? "",
    };
}

/// <summary>One round that ended.</summary>
internal sealed record DrillRoundDocument
{
    public int? Number { get; init; }

    public string? Started { get; init; }

    public string? Completed { get; init; }

    /// <summary>When it was due by the schedule.</summary>
    public string? Due { get; init; }

    /// <summary><c>Passed</c> or <c>Failed</c>.</summary>
    public string? Outcome { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public string? Backup { get; init; }

    public string? BackupUid { get; init; }

    public double? RecoverySeconds { get; init; }

    public double? DownloadSeconds { get; init; }

    public double? PrepareSeconds { get; init; }

    public double? StartSeconds { get; init; }

    public double? CheckSeconds { get; init; }

    public long? BytesDownloaded { get; init; }

    public long? BytesOfData { get; init; }

    public string? ServerVersion { get; init; }

    public string? GtidExecuted { get; init; }

    public int? Tables { get; init; }

    public int? TablesChecked { get; init; }

    public long? Rows { get; init; }

    public int? QueriesPassed { get; init; }

    public int? Faults { get; init; }

    public IReadOnlyList<string>? Findings { get; init; }

    public static DrillRoundDocument From(DrillRound round)
    {
        var seen = round.Summary;
        return new()
        {
            Number = round.Number,
            Started = KubernetesTime.Write(round.Started),
            Completed = KubernetesTime.Write(round.Completed),
            Due = KubernetesTime.Write(round.Due),
            Outcome = round.Passed ? "Passed" : "Failed",
            Reason = StatusText.Shown(round.Reason),
            Message = StatusText.Shown(round.Message),
            Backup = StatusText.Shown(round.Backup),
            BackupUid = StatusText.Shown(round.BackupUid),
            RecoverySeconds = Rounded(round.RecoverySeconds),
            DownloadSeconds = Rounded(seen?.DownloadSeconds),
            PrepareSeconds = Rounded(seen?.PrepareSeconds),
            StartSeconds = Rounded(seen?.StartSeconds),
            CheckSeconds = Rounded(seen?.CheckSeconds),
            BytesDownloaded = seen?.BytesDownloaded,
            BytesOfData = seen?.BytesOfData,
            ServerVersion = StatusText.Shown(seen?.ServerVersion),
            GtidExecuted = seen?.GtidExecuted is { Length: > 0 } gtids ? StatusText.Cut(gtids, StatusText.GtidLimit) : null,
            Tables = seen?.Tables,
            TablesChecked = seen?.TablesChecked,
            Rows = seen?.Rows,
            QueriesPassed = seen?.QueriesPassed,
            Faults = seen?.Faults,
            Findings = seen?.Findings is { Count: > 0 } findings ? findings : null,
        };
    }

    public DrillRound? ToRound() => Number is not { } number || KubernetesTime.Read(Started) is not { } started || KubernetesTime.Read(Completed) is not { } completed ? null : new()
    {
        Number = number,
        Started = started,
        Completed = completed,
        Due = KubernetesTime.Read(Due),
        Passed = Outcome == "Passed",
        Reason = Reason ?? "",
        Message = Message ?? "",
        Backup = Backup,
        BackupUid = BackupUid,
        Summary = Tables is null ? null : new DrillSummary
        {
            BytesDownloaded = BytesDownloaded ?? 0,
            BytesOfData = BytesOfData ?? 0,
            DownloadSeconds = DownloadSeconds ?? 0,
            PrepareSeconds = PrepareSeconds ?? 0,
            StartSeconds = StartSeconds ?? 0,
            CheckSeconds = CheckSeconds ?? 0,
            ServerVersion = ServerVersion,
            GtidExecuted = GtidExecuted,
            Tables = Tables ?? 0,
            TablesChecked = TablesChecked ?? 0,
            Rows = Rows ?? 0,
            QueriesPassed = QueriesPassed ?? 0,
            Faults = Faults ?? 0,
            Findings = Findings ?? [],
        },
    };

    // Hundredths: what is beyond them is noise, and would be written again after each memory loss.
    private static double? Rounded(double? seconds) => seconds is { } known ? Math.Round(known, 2) : null;
}

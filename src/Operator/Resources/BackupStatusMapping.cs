using ControlPlane.Abstractions.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>A backup's status into its document and back; the way back is for a plane that lost its state.</summary>
internal static class BackupStatusMapping
{
    public static BackupStatusDocument ToDocument(this BackupStatus status)
    {
        var positions = status.Summary?.Positions;
        return new()
        {
            ObservedGeneration = status.ObservedGeneration,
            Phase = status.Phase.ToString(),
            Reason = StatusText.Shown(status.Reason),
            Message = StatusText.Shown(status.Message),
            Conditions = [.. status.Conditions.Select(ConditionDocument.From)],
            Attempts = [.. status.Attempts.Select(ToDocument)],
            Destination = status.Destination,
            Storage = status.Storage is { } storage ? StorageDocument.Write(storage) : null,
            Jobs = status.Jobs is { } jobs ? ToDocument(jobs) : null,
            Source = StatusText.Shown(status.Source),
            Started = KubernetesTime.Write(status.Started),
            Completed = KubernetesTime.Write(status.Completed),
            Duration = status is { Started: { } started, Completed: { } completed } ? StatusText.Duration(completed - started) : null,
            SizeBytes = status.Summary?.SizeBytes,
            Size = status.Summary is { } summary ? StatusText.Size(summary.SizeBytes) : null,
            StoredBytes = status.Summary?.StoredBytes,
            Segments = status.Summary?.Segments,
            Engine = status.Summary?.Engine.ToString(),
            ToolVersion = StatusText.Shown(positions?.ToolVersion),
            ServerVersion = StatusText.Shown(positions?.ServerVersion),
            ServerUuid = StatusText.Shown(positions?.ServerUuid),
            GtidExecuted = positions?.GtidExecuted is { Length: > 0 } gtids ? StatusText.Cut(gtids, StatusText.GtidLimit) : null,
            Binlog = positions is { BinlogFile: null, BinlogPosition: null } or null ? null : new() { File = StatusText.Shown(positions.BinlogFile), Position = positions.BinlogPosition },
            Lsn = positions is { LsnFrom: null, LsnTo: null, LsnLast: null } or null ? null : new() { From = positions.LsnFrom, To = positions.LsnTo, Last = positions.LsnLast },
            ManifestDigest = status.Summary?.ManifestDigest,
            EncryptionKeyId = StatusText.Shown(status.Summary?.EncryptionKeyId),
            Verified = status.Verified is { } proof ? VerifiedDocument.From(proof) : null,
            Unusual = status.Unusual.Count > 0 ? [.. status.Unusual.Select(AnomalyDocument.From)] : null,
            UploadBytesPerSecond = status.UploadBytesPerSecond,
            Line = LineDocument.From(status.Line),
        };
    }

    /// <summary>The status that a document tells of, or null when it tells of none.</summary>
    public static BackupStatus? ToStatus(this BackupStatusDocument document, string uid) =>
        !Enum.TryParse(document.Phase, out BackupPhase phase) || !Enum.IsDefined(phase) ? null : new()
        {
            Uid = uid,
            ObservedGeneration = document.ObservedGeneration ?? 0,
            Phase = phase,
            Reason = document.Reason ?? "",
            Message = document.Message ?? "",
            Conditions = [.. (document.Conditions ?? []).Select(condition => condition.ToCondition())],
            Attempts = [.. (document.Attempts ?? []).Select(ToAttempt).OfType<BackupAttempt>()],
            Destination = document.Destination,
            Storage = document.Storage is { } storage ? StorageDocument.Read(storage) : null,
            Jobs = document.Jobs is { Image: { } image } jobs
                ? new() { Image = new() { Name = image, PullPolicy = jobs.ImagePullPolicy, PullSecrets = jobs.ImagePullSecrets ?? [] }, ServiceAccountName = jobs.ServiceAccountName }
                : null,
            Source = document.Source,
            Started = KubernetesTime.Read(document.Started),
            Completed = KubernetesTime.Read(document.Completed),
            Summary = ToSummary(document),
            Verified = document.Verified?.ToProof(uid),
            Unusual = [.. (document.Unusual ?? []).Where(anomaly => anomaly?.Reason is not null).Select(anomaly => anomaly.ToAnomaly())],
            UploadBytesPerSecond = document.UploadBytesPerSecond,
        };

    private static AttemptDocument ToDocument(BackupAttempt attempt) => new()
    {
        Number = attempt.Number,
        Source = StatusText.Shown(attempt.Source),
        Job = attempt.Job,
        Started = KubernetesTime.Write(attempt.Started),
        Ended = KubernetesTime.Write(attempt.Ended),
        Outcome = attempt.Outcome,
        Reason = attempt.Reason,
        Message = StatusText.Shown(attempt.Message),
    };

    private static BackupAttempt? ToAttempt(AttemptDocument attempt) =>
        attempt is { Number: { } number, Job: { } job } && KubernetesTime.Read(attempt.Started) is { } started
            ? new()
            {
                Number = number,
                Source = attempt.Source ?? "",
                Job = job,
                Started = started,
                Ended = KubernetesTime.Read(attempt.Ended),
                Outcome = attempt.Outcome,
                Reason = attempt.Reason,
                Message = attempt.Message,
            }
            : null;

    private static JobSettingsDocument ToDocument(JobSettings jobs) => new()
    {
        Image = jobs.Image.Name,
        ImagePullPolicy = jobs.Image.PullPolicy,
        ImagePullSecrets = jobs.Image.PullSecrets.Count > 0 ? jobs.Image.PullSecrets : null,
        ServiceAccountName = jobs.ServiceAccountName,
    };

    private static BackupSummary? ToSummary(BackupStatusDocument document) =>
        document is { ManifestDigest: { } digest, SizeBytes: { } size, StoredBytes: { } stored } && Enum.TryParse(document.Engine, out BackupEngine engine)
            ? new()
            {
                ManifestDigest = digest,
                SizeBytes = size,
                StoredBytes = stored,
                Segments = document.Segments ?? 0,
                Engine = engine,
                EncryptionKeyId = document.EncryptionKeyId,
                Positions = new()
                {
                    ToolVersion = document.ToolVersion,
                    ServerVersion = document.ServerVersion,
                    ServerUuid = document.ServerUuid,
                    GtidExecuted = document.GtidExecuted,
                    BinlogFile = document.Binlog?.File,
                    BinlogPosition = document.Binlog?.Position,
                    LsnFrom = document.Lsn?.From,
                    LsnTo = document.Lsn?.To,
                    LsnLast = document.Lsn?.Last,
                },
            }
            : null;
}

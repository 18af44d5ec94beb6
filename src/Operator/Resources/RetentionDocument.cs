using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>Which of a cluster's backups stay and which go.</summary>
internal sealed record RetentionDocument
{
    public int? Kept { get; init; }

    public IReadOnlyList<RetentionCountDocument>? KeptBy { get; init; }

    public int? Expiring { get; init; }

    public IReadOnlyList<ExpiringDocument>? Next { get; init; }

    public int? Removing { get; init; }

    public long? Pruned { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public static RetentionDocument From(RetentionStatus status) => new()
    {
        Kept = status.Kept,
        KeptBy = status.KeptBy.Count > 0 ? [.. status.KeptBy.Select(kept => new RetentionCountDocument { Why = kept.Why, Count = kept.Count })] : null,
        Expiring = status.Expiring,
        Next = status.Next.Count > 0
            ? [.. status.Next.Select(backup => new ExpiringDocument { Name = backup.Name, NotBefore = KubernetesTime.Write(backup.NotBefore), Message = StatusText.Shown(backup.Message) })]
            : null,
        Removing = status.Removing,
        Pruned = status.Pruned,
        Reason = status.Reason.Length > 0 ? status.Reason : null,
        Message = status.Message.Length > 0 ? StatusText.Shown(status.Message) : null,
    };

    public RetentionStatus ToStatus() => new()
    {
        Kept = Kept ?? 0,
        KeptBy = [.. (KeptBy ?? []).Where(kept => kept.Why is not null).Select(kept => new RetentionCount(kept.Why!, kept.Count ?? 0))],
        Expiring = Expiring ?? 0,
        Next = [.. (Next ?? []).Where(backup => backup.Name is not null).Select(backup => new ExpiringBackup(backup.Name!, KubernetesTime.Read(backup.NotBefore) ?? default, backup.Message ?? ""))],
        Removing = Removing ?? 0,
        Pruned = Pruned ?? 0,
        Reason = Reason ?? "",
        Message = Message ?? "",
    };
}

/// <summary>How many backups one thing keeps.</summary>
internal sealed record RetentionCountDocument
{
    public string? Why { get; init; }

    public int? Count { get; init; }
}

/// <summary>A backup that is to go.</summary>
internal sealed record ExpiringDocument
{
    public string? Name { get; init; }

    public string? NotBefore { get; init; }

    public string? Message { get; init; }
}

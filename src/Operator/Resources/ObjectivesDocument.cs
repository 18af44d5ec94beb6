using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>How a cluster stands beside its objectives.</summary>
internal sealed record ObjectivesDocument
{
    public string? RecoveryPoint { get; init; }

    public string? RecoveryPointUntil { get; init; }

    public string? ProvenRecoveryPoint { get; init; }

    public string? ProvenUntil { get; init; }

    public double? RecoverySeconds { get; init; }

    public IReadOnlyList<string>? Missed { get; init; }

    /// <summary>The same for the printer column.</summary>
    public string? MissedNames { get; init; }

    public static ObjectivesDocument From(ObjectivesStatus status) => new()
    {
        RecoveryPoint = KubernetesTime.Write(status.RecoveryPoint),
        RecoveryPointUntil = KubernetesTime.Write(status.RecoveryPointUntil),
        ProvenRecoveryPoint = KubernetesTime.Write(status.ProvenRecoveryPoint),
        ProvenUntil = KubernetesTime.Write(status.ProvenUntil),
        RecoverySeconds = status.RecoverySeconds is { } seconds ? Math.Round(seconds, 2) : null,
        Missed = status.Missed.Count > 0 ? status.Missed : null,
        MissedNames = status.Missed.Count > 0 ? string.Join(',', status.Missed) : null,
    };

    public ObjectivesStatus ToStatus() => new()
    {
        RecoveryPoint = KubernetesTime.Read(RecoveryPoint),
        RecoveryPointUntil = KubernetesTime.Read(RecoveryPointUntil),
        ProvenRecoveryPoint = KubernetesTime.Read(ProvenRecoveryPoint),
        ProvenUntil = KubernetesTime.Read(ProvenUntil),
        RecoverySeconds = RecoverySeconds,
        Missed = Missed ?? [],
    };
}

using ControlPlane.Abstractions;

namespace ControlPlane.Operator.Resources;

/// <summary>A condition in a resource's status, field by field as Kubernetes has them.</summary>
internal sealed record ConditionDocument
{
    public string? Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; init; }

    public long? ObservedGeneration { get; init; }

    public string? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public static ConditionDocument From(Condition condition) => new()
    {
        Type = condition.Type,
        Status = condition.Status switch { true => "True", false => "False", null => "Unknown" },
        ObservedGeneration = condition.ObservedGeneration,
        LastTransitionTime = KubernetesTime.Write(condition.LastTransition),
        Reason = condition.Reason,
        Message = StatusText.Shown(condition.Message),
    };

    public Condition ToCondition() => new()
    {
        Type = Type ?? "",
        Status = Status switch { "True" => true, "False" => false, _ => null },
        ObservedGeneration = ObservedGeneration ?? 0,
        LastTransition = KubernetesTime.Read(LastTransitionTime) ?? default,
        Reason = Reason ?? "",
        Message = Message ?? "",
    };
}

using ControlPlane.Abstractions;

namespace ControlPlane.Grains;

/// <summary>Conditions as Kubernetes has them: one whose status stays keeps the instant of its last change.</summary>
internal static class Conditions
{
    /// <summary>The condition of a type, given what was shown before.</summary>
    public static Condition Next(IReadOnlyList<Condition> before, string type, bool status, string reason, string message, long generation, DateTimeOffset now)
    {
        var earlier = before.FirstOrDefault(condition => condition.Type == type);
        return new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastTransition = earlier?.Status == status ? earlier.LastTransition : now,
            ObservedGeneration = generation,
        };
    }
}

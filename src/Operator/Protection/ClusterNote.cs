using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Protection;

/// <summary>What is noted of a cluster.</summary>
/// <param name="Workload">The StatefulSet that it describes; empty where that could not be read.</param>
/// <param name="Policies">The policies that select it.</param>
/// <param name="Conflicts">What they do not agree on.</param>
/// <param name="Lacks">Why nothing falls due for it, one word; null where something does.</param>
internal sealed record ClusterNote(string Workload, IReadOnlyList<string> Policies, IReadOnlyList<PolicyConflict> Conflicts, string? Lacks)
{
    /// <summary>What it takes from them.</summary>
    public IReadOnlyList<PolicyPart> Parts { get; init; } = [];

    /// <summary>Whether it has faults, so that what was in force stays.</summary>
    public bool IsFaulty => Lacks == Reasons.Invalid;

    /// <summary>What is to be noted of a resource as it was read.</summary>
    public static ClusterNote Of(SpecReading<ClusterSpec> reading, string workload, IReadOnlyList<string> policies, MergedBackup? merged = null)
    {
        var conflicts = merged?.Conflicts.Take(EffectiveSettings.MaximumConflicts).ToList() ?? [];
        return reading.Spec is { } spec
            ? new(spec.Workload.Name, policies, conflicts, spec.Unscheduled()) { Parts = merged?.Parts ?? [] }
            : new(workload, policies, conflicts, Reasons.Invalid);
    }
}

/// <summary>What is noted of a workload that looks like a database.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Image">The image by which it was known.</param>
/// <param name="Replicas">How many instances it has.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Since">When it was seen first here.</param>
internal sealed record DatabaseNote(string Uid, string Image, int Replicas, DateTimeOffset Created, DateTimeOffset Since);

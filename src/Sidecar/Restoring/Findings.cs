using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Blockers and warnings as they are found, within the bounds of a report.</summary>
internal sealed class Findings
{
    private readonly List<PlanBlocker> blockers = [];
    private readonly List<PlanWarning> warnings = [];

    /// <summary>What speaks against the restore.</summary>
    internal IReadOnlyList<PlanBlocker> Blockers => blockers;

    /// <summary>What is worth knowing.</summary>
    internal IReadOnlyList<PlanWarning> Warnings => warnings;

    internal void Block(JobFault fault, string message)
    {
        if (blockers.Count < RestorePlan.MaximumFindings)
            blockers.Add(new PlanBlocker(fault, Cut(message)));
    }

    internal void Warn(RestoreWarning warning, string message)
    {
        if (warnings.Count < RestorePlan.MaximumFindings)
            warnings.Add(new PlanWarning(warning, Cut(message)));
    }

    internal void Add(Findings others)
    {
        foreach (var (fault, message) in others.blockers)
            Block(fault, message);
        foreach (var (warning, message) in others.warnings)
            Warn(warning, message);
    }

    private static string Cut(string message) => message.Length <= RestorePlan.MaximumSentence ? message : message[..(RestorePlan.MaximumSentence - 1)] + "…";
}

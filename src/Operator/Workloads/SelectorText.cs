using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>A label selector as a query has it.</summary>
internal static class SelectorText
{
    public static string Of(V1LabelSelector selector) => string.Join(',',
    [
        .. (selector.MatchLabels ?? new Dictionary<string, string>()).Select(label => $"{label.Key}={label.Value}"),
        .. (selector.MatchExpressions ?? []).Select(Of),
    ]);

    private static string Of(V1LabelSelectorRequirement requirement) => requirement.OperatorProperty switch
    {
        "In" => $"{requirement.Key} in ({string.Join(',', requirement.Values)})",
        "NotIn" => $"{requirement.Key} notin ({string.Join(',', requirement.Values)})",
        "Exists" => requirement.Key,
        _ => $"!{requirement.Key}",
    };
}

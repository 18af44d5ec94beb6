using System.Text.Json;
using ControlPlane.Operator.Resources;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>Who owns the container <c>xtrabackup</c> of a workload, as server-side apply keeps books.</summary>
internal static class FieldOwners
{
    /// <summary>Whether we put something in that is still there.</summary>
    public static bool HasOurs(V1StatefulSet workload) => workload.Metadata.ManagedFields?.Any(IsOurs) is true;

    /// <summary>Whether the container is there.</summary>
    public static bool HasAgent(V1StatefulSet workload) => workload.Spec.Template.Spec.Containers.Any(container => container.Name == AgentFiles.Container);

    /// <summary>Whether the container is there and somebody else put it there.</summary>
    public static bool AgentIsForeign(V1StatefulSet workload) =>
        HasAgent(workload) && workload.Metadata.ManagedFields?.Any(entry => IsOurs(entry) && OwnsAgent(entry)) is not true;

    /// <summary>The managers that own the container, for people.</summary>
    public static string AgentOwners(V1StatefulSet workload) =>
        string.Join(", ", (workload.Metadata.ManagedFields ?? []).Where(OwnsAgent).Select(entry => $"'{entry.Manager}'").Distinct()) is { Length: > 0 } names
            ? names
            : "somebody";

    /// <summary>Whether all that an apply met resistance in is ours: the container or its volumes.</summary>
    public static bool AreAllOurs(IEnumerable<V1StatusCause> conflicts)
    {
        const string Template = ".spec.template.spec.";
        string[] ours = [$"{Template}containers[name=\"{AgentFiles.Container}\"]", .. Sidecar.VolumeNames.Select(name => $"{Template}volumes[name=\"{name}\"]")];
        return conflicts.All(conflict => ours.Any(path => conflict.Field?.StartsWith(path, StringComparison.Ordinal) is true));
    }

    private static bool IsOurs(V1ManagedFieldsEntry entry) => entry.Manager == ApiGroup.FieldManagers.Sidecar && entry.Operation == "Apply";

    private static bool OwnsAgent(V1ManagedFieldsEntry entry)
    {
        var fields = JsonSerializer.SerializeToElement(entry.FieldsV1);
        foreach (var step in (string[])["f:spec", "f:template", "f:spec", "f:containers", $$"""k:{"name":"{{AgentFiles.Container}}"}"""])
        {
            if (fields.ValueKind != JsonValueKind.Object || !fields.TryGetProperty(step, out fields))
                return false;
        }
        return true;
    }
}

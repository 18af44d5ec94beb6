using System.Text.Json.Nodes;
using k8s;

namespace ControlPlane.Operator.Jobs;

/// <summary>Lays an owner's settings over ours, field by field: what the owner does not mention stays as we have it.</summary>
internal static class Overlay
{
    public static T Over<T>(T ours, T? theirs)
        where T : class
    {
        if (theirs is null)
            return ours;
        var merged = JsonNode.Parse(KubernetesJson.Serialize(ours))!.AsObject();
        Merge(merged, JsonNode.Parse(KubernetesJson.Serialize(theirs))!.AsObject());
        return KubernetesJson.Deserialize<T>(merged.ToJsonString());
    }

    private static void Merge(JsonObject ours, JsonObject theirs)
    {
        foreach (var (name, value) in theirs)
        {
            if (value is JsonObject inner && ours[name] is JsonObject known)
                Merge(known, inner);
            else
                ours[name] = value?.DeepClone();
        }
    }
}

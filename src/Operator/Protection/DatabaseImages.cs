using System.IO.Enumeration;
using System.Text.Json;

namespace ControlPlane.Operator.Protection;

/// <summary>Which workloads look like databases: by the images of their containers. Pure.</summary>
internal static class DatabaseImages
{
    /// <summary>The first image of a StatefulSet's containers that is a database's; null where none is.</summary>
    public static string? Find(JsonElement statefulSet, IReadOnlyList<string> known) =>
        Child(Child(Child(Child(statefulSet, "spec"), "template"), "spec"), "containers") is { ValueKind: JsonValueKind.Array } containers
            ? containers.EnumerateArray().Select(container => Child(container, "image")).Where(image => image.ValueKind == JsonValueKind.String).Select(image => image.GetString()!)
                .FirstOrDefault(image => known.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, NameOf(image), ignoreCase: true)))
            : null;

    /// <summary>How many instances it has; one where it says nothing.</summary>
    public static int Replicas(JsonElement statefulSet) => Child(Child(statefulSet, "spec"), "replicas") is { ValueKind: JsonValueKind.Number } replicas && replicas.TryGetInt32(out var number) ? number : 1;

    // registry.example.com:5000/library/mysql:8.0@sha256:… is mysql.
    private static string NameOf(string image)
    {
        var name = image[(image.Split('@')[0].LastIndexOf('/') + 1)..];
        return name.Split(':', '@')[0];
    }

    private static JsonElement Child(JsonElement owner, string name) => owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var child) ? child : default;
}

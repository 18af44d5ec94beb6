using System.Text.Json;

namespace ControlPlane.Operator.Resources;

/// <summary>What is needed of any Kubernetes document before its kind matters.</summary>
internal sealed record ResourceHeader
{
    /// <summary>Empty for what lives in no namespace.</summary>
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string Uid { get; init; }

    public required string ResourceVersion { get; init; }

    public long Generation { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>Whether it is being deleted and only finalizers hold it.</summary>
    public bool Deleting { get; init; }

    public IReadOnlyList<string> Finalizers { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The header of a document, or null when it is no document of a resource.</summary>
    public static ResourceHeader? Read(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && Text(metadata, "name") is { } name
        && Text(metadata, "uid") is { } uid && Text(metadata, "resourceVersion") is { } version
            ? new()
            {
                Namespace = Text(metadata, "namespace") ?? "",
                Name = name,
                Uid = uid,
                ResourceVersion = version,
                Generation = metadata.TryGetProperty("generation", out var generation) && generation.TryGetInt64(out var number) ? number : 0,
                Created = KubernetesTime.Read(Text(metadata, "creationTimestamp")) ?? default,
                Deleting = Text(metadata, "deletionTimestamp") is not null,
                Finalizers = metadata.TryGetProperty("finalizers", out var finalizers) && finalizers.ValueKind == JsonValueKind.Array
                    ? [.. finalizers.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
                    : [],
                Labels = Map(metadata, "labels"),
                Annotations = Map(metadata, "annotations"),
            }
            : null;

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Dictionary<string, string> Map(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object
            ? map.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.String).ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!)
            : [];
}

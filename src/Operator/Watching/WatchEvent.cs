using System.Text.Json;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>What one line of a watch says.</summary>
internal enum WatchEventType
{
    /// <summary>Nothing that can be understood.</summary>
    Malformed,

    /// <summary>A resource was made or changed.</summary>
    Changed,

    /// <summary>A resource is gone.</summary>
    Deleted,

    /// <summary>How far the watch is.</summary>
    Bookmark,

    /// <summary>The server ends the watch and says why.</summary>
    Error,
}

/// <summary>One line of a watch, read.</summary>
internal sealed record WatchEvent
{
    public required WatchEventType Type { get; init; }

    /// <summary>The resource of a change or a deletion.</summary>
    public SeenResource? Resource { get; init; }

    /// <summary>How far the watch is after this; null when the line does not say.</summary>
    public string? Version { get; init; }

    /// <summary>The code of an error.</summary>
    public int? Code { get; init; }

    /// <summary>The message of an error.</summary>
    public string? Message { get; init; }

    /// <summary>Reads a line; what cannot be read is <see cref="WatchEventType.Malformed"/>, and ends nothing.</summary>
    public static WatchEvent Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
                && root.TryGetProperty("object", out var resource) && resource.ValueKind == JsonValueKind.Object
                    ? Read(type.GetString()!, resource)
                    : new() { Type = WatchEventType.Malformed };
        }
        catch (JsonException)
        {
            return new() { Type = WatchEventType.Malformed };
        }
    }

    private static WatchEvent Read(string type, JsonElement resource) => type switch
    {
        "BOOKMARK" => new() { Type = WatchEventType.Bookmark, Version = ResourceVersion(resource) },
        "ERROR" => new()
        {
            Type = WatchEventType.Error,
            Code = resource.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : null,
            Message = resource.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String ? message.GetString() : null,
        },
        "ADDED" or "MODIFIED" or "DELETED" when ResourceHeader.Read(resource) is { } header => new()
        {
            Type = type == "DELETED" ? WatchEventType.Deleted : WatchEventType.Changed,
            Version = header.ResourceVersion,
            Resource = new(header, System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(resource).ToArray()),
        },
        _ => new() { Type = WatchEventType.Malformed },
    };

    private static string? ResourceVersion(JsonElement resource) =>
        resource.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty("resourceVersion", out var version) && version.ValueKind == JsonValueKind.String
            ? version.GetString()
            : null;
}

using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// Reads what is passed on to Pods as it is. Kubernetes' own client says whether it has the right form: what it cannot read is a fault,
/// and so is what it leaves out when it writes again what it read.
/// </summary>
internal static class PodSettingsReader
{
    private const int LongestField = 16 * 1024;

    private static readonly Dictionary<string, Type> Types = typeof(PodSettingsDocument).GetProperties()
        .ToDictionary(property => char.ToLowerInvariant(property.Name[0]) + property.Name[1..], property => property.PropertyType);

    /// <summary>The fields that are there, as one document.</summary>
    public static string Read(FieldReader reader, IReadOnlyList<string> fields)
    {
        var document = new JsonObject();
        foreach (var field in fields)
        {
            if (reader.Raw(field) is not { } value)
                continue;
            if (Objection(reader.Path, field, value) is { } objection)
                reader.Add(field, objection);
            else
                document[field] = JsonNode.Parse(value.GetRawText());
        }
        return document.ToJsonString();
    }

    private static string? Objection(string path, string field, JsonElement value)
    {
        var text = value.GetRawText();
        if (text.Length > LongestField)
            return $"is longer than {LongestField} characters";
        try
        {
            var read = KubernetesJson.Deserialize<JsonElement>(KubernetesJson.Serialize(Parse(Types[field], text)));
            return FirstLost(value, read) is { } lost ? $"'{lost.TrimStart('.')}' is not known in Kubernetes' {field}" : PodSettingsRules.Objection(field, text);
        }
        catch (JsonException trouble)
        {
            return $"has the wrong form{(trouble.Path is { Length: > 2 } place ? $" at {place[2..]}" : "")}; see kubectl explain pod.spec";
        }
        catch (FormatException)
        {
            return "holds something that is no quantity; use for example 500m or 2Gi";
        }
    }

    private static object? Parse(Type type, string text) =>
        typeof(KubernetesJson).GetMethods()
            .Single(method => method.Name == nameof(KubernetesJson.Deserialize) && method.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(string))
            .MakeGenericMethod(type)
            .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [text, null], null);

    // The path of something in the original that is not in what was read from it.
    private static string? FirstLost(JsonElement original, JsonElement read) => (original.ValueKind, read.ValueKind) switch
    {
        (JsonValueKind.Null, _) => null,
        (JsonValueKind.Object, JsonValueKind.Object) => original.EnumerateObject()
            .Select(property => property.Value.ValueKind == JsonValueKind.Null ? null
                : read.TryGetProperty(property.Name, out var inner) ? Prefixed($".{property.Name}", FirstLost(property.Value, inner)) : $".{property.Name}")
            .FirstOrDefault(lost => lost is not null),
        (JsonValueKind.Array, JsonValueKind.Array) => original.EnumerateArray().Zip(read.EnumerateArray())
            .Select((pair, index) => Prefixed($"[{index}]", FirstLost(pair.First, pair.Second))).FirstOrDefault(lost => lost is not null),
        _ => null,
    };

    private static string? Prefixed(string place, string? lost) => lost is null ? null : place + lost;
}

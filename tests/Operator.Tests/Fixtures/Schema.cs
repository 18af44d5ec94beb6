using System.Text.Json.Nodes;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>A CRD of <c>deploy/crds</c>, and its schema as a list of paths: <c>.*</c> for the entries of a map, <c>[]</c> for the items of a list.</summary>
internal sealed class Schema
{
    public static readonly Schema Clusters = new("mysqlclusters");
    public static readonly Schema Backups = new("mysqlbackups");
    public static readonly Schema Restores = new("mysqlrestores");
    public static readonly Schema Drills = new("restoredrills");
    public static readonly Schema Policies = new("fleet/backuppolicies");
    public static readonly Schema Budgets = new("fleet/fleetbudgets");
    public static readonly Schema Members = new("fleet/memberclusters");

    public static IReadOnlyList<Schema> All => [Clusters, Backups, Restores, Drills, Policies, Budgets, Members];

    private Schema(string file)
    {
        Document = Yaml.Parse(Checkout.Read($"deploy/crds/{file}.yaml"));
        Root = (JsonObject)Document["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!;
        foreach (var (name, node) in (JsonObject)Root["properties"]!)
            Walk(name, (JsonObject)node!);
    }

    public JsonObject Document { get; }

    public JsonObject Root { get; }

    /// <summary>As it stands in a path of the API.</summary>
    public string Plural => Document["spec"]!["names"]!["plural"]!.GetValue<string>();

    /// <summary>Whether its resources live in no namespace.</summary>
    public bool IsOfTheFleet => Document["spec"]!["scope"]!.GetValue<string>() == "Cluster";

    /// <summary>Every property by its path.</summary>
    public SortedDictionary<string, JsonObject> Properties { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The paths that the reader is to know: those of the spec, without what lies within fields that are passed on to Pods as they are, or
    /// that are refused as a whole.
    /// </summary>
    public IEnumerable<string> SpecPaths => Properties.Keys.Where(path => path.StartsWith("spec.", StringComparison.Ordinal) && !Ancestors(path).Any(IsOpaque));

    /// <summary>A document with every section in it and nothing else.</summary>
    public JsonObject Skeleton() => new() { ["spec"] = Skeleton("spec", Properties["spec"]) };

    public static bool IsOpaque(string path) => UnsupportedFields.Fields.ContainsKey(path) || path.EndsWith(".valueFrom", StringComparison.Ordinal)
        || PodSettings.StorageFields.Any(field => path == $"{StorageReader.Pattern}.{field}") || PodSettings.AgentFields.Any(field => path == $"spec.backup.{field}")
        || PodSettings.DrillFields.Any(field => path == $"spec.{field}" || path == $"spec.backup.drills[].{field}");

    private static IEnumerable<string> Ancestors(string path)
    {
        for (var i = 1; i < path.Length; i++)
        {
            if (path[i] is '.' or '[')
                yield return path[..i];
        }
    }

    private void Walk(string path, JsonObject schema)
    {
        Properties[path] = schema;
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
            Walk($"{path}.{name}", (JsonObject)property!);
        if (schema["additionalProperties"] is JsonObject entry)
            WalkWithin($"{path}.*", entry);
        if (schema["items"] is JsonObject item)
            WalkWithin($"{path}[]", item);
    }

    private void WalkWithin(string path, JsonObject schema)
    {
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
            Walk($"{path}.{name}", (JsonObject)property!);
    }

    private static JsonNode? Skeleton(string path, JsonObject schema)
    {
        if (IsOpaque(path))
            return null;
        if (schema["items"] is JsonObject { } item && item["properties"] is not null)
            return new JsonArray(Skeleton($"{path}[]", item));
        if (schema["additionalProperties"] is JsonObject { } entry && entry["properties"] is not null)
            return new JsonObject { ["main"] = Skeleton($"{path}.*", entry) };
        return schema["properties"] is JsonObject properties
            ? new JsonObject(properties.Select(property => KeyValuePair.Create(property.Key, Skeleton($"{path}.{property.Key}", (JsonObject)property.Value!))))
            : null;
    }
}

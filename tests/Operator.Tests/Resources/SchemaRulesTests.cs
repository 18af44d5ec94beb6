using System.Text.Json.Nodes;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Resources;

/// <summary>What the schema says of values, the reader says too: an old API server holds less of it, a stand-in none.</summary>
public sealed class SchemaRulesTests
{
    public static TheoryData<string> EnumFields => [.. Fields("enum")];

    public static TheoryData<string> NumberFields => [.. Fields("maximum")];

    public static TheoryData<string> RequiredFields =>
        [.. Schema.Clusters.SpecPaths.Append("spec").SelectMany(path => (Schema.Clusters.Properties[path]["required"] as JsonArray ?? []).Select(name => $"{path}.{name}"))
            .Where(path => !path.Contains("[]", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(EnumFields))]
    public void Read_EachWordOfTheSchema_IsKnown(string path)
    {
        foreach (var word in Schema.Clusters.Properties[path]["enum"]!.AsArray().Select(word => word!.GetValue<string>()))
            Assert.DoesNotContain(FaultsWith(path, JsonValue.Create(word)), fault => fault.Contains("is not known", StringComparison.Ordinal) || fault.Contains("not supported", StringComparison.Ordinal));
        Assert.Contains(FaultsWith(path, JsonValue.Create("Nonsense")), fault => fault.Contains("\"Nonsense\" is not known", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NumberFields))]
    public void Read_NumbersAtTheSchemasLimits_AreJudgedLikewise(string path)
    {
        var (least, most) = (Schema.Clusters.Properties[path]["minimum"]!.GetValue<long>(), Schema.Clusters.Properties[path]["maximum"]!.GetValue<long>());

        Assert.All([least, most], number => Assert.Empty(FaultsWith(path, JsonValue.Create(number))));
        Assert.All([least - 1, most + 1], number => Assert.NotEmpty(FaultsWith(path, JsonValue.Create(number))));
    }

    [Theory]
    [MemberData(nameof(RequiredFields))]
    public void Read_WithoutAFieldThatTheSchemaDemands_SaysThatItIsMissing(string path) =>
        Assert.Contains(FaultsWith(path, null), fault => fault.EndsWith("is missing.", StringComparison.Ordinal));

    private static IEnumerable<string> Fields(string rule) =>
        Schema.Clusters.SpecPaths.Where(path => Schema.Clusters.Properties[path].ContainsKey(rule));

    private static IReadOnlyList<string> FaultsWith(string path, JsonNode? value)
    {
        var document = Yaml.Parse(Checkout.Read("tests/Operator.Tests/Cases/reader/everything.yaml")).Stored();
        var storage = path.Contains(".filesystem", StringComparison.Ordinal) ? "volume" : path.Contains(".gcs", StringComparison.Ordinal) ? "gcs-main" : path.Contains(".azure", StringComparison.Ordinal) ? "azure-main" : "s3-main";
        var parts = path.Replace(".*", $".{storage}", StringComparison.Ordinal).Split('.');
        var parent = parts[..^1].Aggregate((JsonNode)document, (node, part) => part.EndsWith("[]", StringComparison.Ordinal) ? node[part[..^2]]![0]! : node[part]!);

        // It says the same as retention.count, and never stands beside it.
        if (parts[^1] == "keep")
            ((JsonObject)parent).Remove("retention");
        if (value is null)
            ((JsonObject)parent).Remove(parts[^1]);
        else
            parent[parts[^1]] = value;
        return Documents.ReadCluster(document).Faults?.Faults ?? [];
    }
}

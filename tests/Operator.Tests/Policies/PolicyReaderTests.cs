using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Policies;

public sealed class PolicyReaderTests
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{ "members": ["local"] }""", true)]
    [InlineData("""{ "members": ["eu-*"] }""", false)]
    [InlineData("""{ "members": ["eu-*", "lo*"] }""", true)]
    [InlineData("""{ "namespaces": ["shop"] }""", true)]
    [InlineData("""{ "namespaces": ["sho"] }""", false)]
    [InlineData("""{ "namespaces": ["s*p"] }""", true)]
    [InlineData("""{ "namespaces": ["*"] }""", true)]
    [InlineData("""{ "selector": {} }""", true)]
    [InlineData("""{ "selector": { "matchLabels": { "tier": "gold" } } }""", true)]
    [InlineData("""{ "selector": { "matchLabels": { "tier": "silver" } } }""", false)]
    [InlineData("""{ "selector": { "matchLabels": { "team": "" } } }""", false)]
    [InlineData("""{ "selector": { "matchExpressions": [{ "key": "tier", "operator": "In", "values": ["silver", "gold"] }] } }""", true)]
    [InlineData("""{ "selector": { "matchExpressions": [{ "key": "team", "operator": "In", "values": ["a"] }] } }""", false)]
    [InlineData("""{ "selector": { "matchExpressions": [{ "key": "tier", "operator": "NotIn", "values": ["gold"] }] } }""", false)]
    [InlineData("""{ "selector": { "matchExpressions": [{ "key": "team", "operator": "NotIn", "values": ["a"] }] } }""", true)]
    [InlineData("""{ "selector": { "matchExpressions": [{ "key": "tier", "operator": "Exists" }] } }""", true)]
    [InlineData("""{ "selector": { "matchExpressions": [{ "key": "tier", "operator": "DoesNotExist" }] } }""", false)]
    [InlineData("""{ "selector": { "matchExpressions": [{ "key": "team", "operator": "DoesNotExist", "values": [] }] } }""", true)]
    [InlineData("""{ "namespaces": ["shop"], "selector": { "matchLabels": { "tier": "silver" } } }""", false)]
    public void Matches_AClusterOfTheShop_AsKubernetesWould(string clusters, bool expected)
    {
        var reading = Documents.ReadPolicy(Documents.Policy(spec: $$"""{ "clusters": {{clusters}} }"""));

        Assert.Empty(reading.Faults?.Faults ?? []);
        Assert.Equal(expected, reading.Spec!.Selection.Matches(Local, Documents.Header(Documents.Cluster().With("metadata/labels", """{ "tier": "gold" }"""))));
    }

    [Theory]
    [InlineData("spec", "-", "spec: is missing.")]
    [InlineData("spec/clusters", "-", "spec.clusters: is missing.")]
    [InlineData("spec/clusters/names", "[]", "spec.clusters.names: is not known")]
    [InlineData("spec/clusters/members", "\"local\"", "spec.clusters.members: is no list.")]
    [InlineData("spec/clusters/namespaces", "[\"Shop\"]", "spec.clusters.namespaces[0]: \"Shop\" is no name and no pattern of names; use")]
    [InlineData("spec/clusters/namespaces", "[5]", "spec.clusters.namespaces[0]: 5 is no text")]
    [InlineData("spec/clusters/selector", "{\"matchLabels\":{\"a/b/c\":\"x\"}}", "spec.clusters.selector.matchLabels: \"a/b/c\" is no key of a label")]
    [InlineData("spec/clusters/selector", "{\"matchLabels\":{\"a\":\"-x\"}}", "spec.clusters.selector.matchLabels.a: \"-x\" is no value of a label")]
    [InlineData("spec/clusters/selector", "{\"matchExpressions\":[{\"operator\":\"Exists\"}]}", "matchExpressions[0].key: is missing.")]
    [InlineData("spec/clusters/selector", "{\"matchExpressions\":[{\"key\":\"a\"}]}", "matchExpressions[0].operator: is missing.")]
    [InlineData("spec/clusters/selector", "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Is\",\"values\":[\"b\"]}]}", "\"Is\" is not known; use In, NotIn, Exists or DoesNotExist.")]
    [InlineData("spec/clusters/selector", "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}", "values: is empty; In needs at least one value.")]
    [InlineData("spec/clusters/selector", "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"b\"]}]}", "values: has no effect with Exists; remove it.")]
    [InlineData("spec/priority", "1001", "spec.priority: 1001 is no whole number from -1000 to 1000.")]
    [InlineData("spec/suspended", "true", "spec.suspended: is not known")]
    [InlineData("spec/backup/sourcePod", "\"orders-1\"", "spec.backup.sourcePod: is not known")]
    [InlineData("spec/backup/image", "\"a b\"", "spec.backup.image: \"a b\" is no reference of an image")]
    [InlineData("spec/backup/schedule", "[{\"schedule\":\"@daily\"}]", "spec.backup.schedule[0].name: is missing.")]
    [InlineData("spec/backup/schedule", "[{\"name\":\"a\",\"schedule\":\"0 0 30 2 *\"}]", "spec.backup.schedule[0].schedule: ")]
    [InlineData("spec/backup/storages", "{\"main\":{\"type\":\"s3\"}}", "spec.backup.storages.main.s3: is missing.")]
    [InlineData("spec/backup/storages", "{\"main\":{\"s3\":{\"bucket\":\"backups\"}}}", "spec.backup.storages.main.type: is missing.")]
    [InlineData("spec/backup/storages", "{\"main\":{\"verifyTLS\":false}}", "spec.backup.storages.main.type: is missing.")]
    [InlineData("spec/backup/drills", "[{\"name\":\"weekly\",\"schedule\":\"@every 5m\"}]", "spec.backup.drills[0].schedule: ")]
    [InlineData("spec/backup/drills", "[{\"name\":\"weekly\",\"clusterName\":\"orders\"}]", "spec.backup.drills[0].clusterName: is not known")]
    [InlineData("spec/backup/drills", "[{\"name\":\"weekly\",\"backup\":{\"name\":\"b\"}}]", "spec.backup.drills[0].backup.name: is not known")]
    public void Read_AFaultyPolicy_SaysWhatIsWrong(string path, string value, string expected)
    {
        var reading = Documents.ReadPolicy(Documents.Policy(spec: """{ "clusters": {}, "backup": {} }""").With(path, value));

        Assert.Contains(reading.Faults!.Faults, fault => fault.Contains(expected, StringComparison.Ordinal));
        Assert.Equal(reading.Spec?.Faults ?? reading.Faults.Faults, reading.Faults.Faults);
    }

    [Theory]
    [InlineData("""{ "enabled": true }""")]
    [InlineData("""{ "schedule": [{ "name": "nightly", "storageName": "main" }] }""")]
    [InlineData("""{ "schedule": [{ "name": "nightly", "keep": 7 }] }""")]
    [InlineData("""{ "storages": { "main": { "uploadBandwidth": "50Mi" } } }""")]
    [InlineData("""{ "drills": [{ "name": "weekly", "jitterSeconds": 60, "backup": { "storageName": "main" } }] }""")]
    public void Read_APartOfACluster_AsksForNothingThatMayStandElsewhere(string backup) =>
        Assert.Empty(Documents.ReadPolicy(Documents.Policy(spec: $$"""{ "clusters": {}, "backup": {{backup}} }""")).Faults?.Faults ?? []);

    [Fact]
    public void Read_ASelectionThatIsInPartUnreadable_SelectsRatherTooMuch()
    {
        var reading = Documents.ReadPolicy(Documents.Policy(spec: """{ "clusters": { "namespaces": ["shop"], "selector": { "matchLabels": { "tier": "-" } } } }"""));

        Assert.NotNull(reading.Faults);
        Assert.True(reading.Spec!.Selection.Matches(Local, Documents.Header(Documents.Cluster())));
        Assert.False(reading.Spec.Selection.Matches(Local, Documents.Header(Documents.Cluster().With("metadata/namespace", "\"bank\""))));
    }

    [Fact]
    public void Digest_OfAPolicy_ChangesWithWhatItGivesAndNotWithWhomItSelects()
    {
        var policy = Documents.Policy(spec: """{ "clusters": {}, "backup": { "backoffLimit": 3 } }""");
        var digest = Documents.ReadPolicy(policy).Spec!.Digest;

        Assert.Equal(digest, Documents.ReadPolicy(((JsonObject)policy.DeepClone()).With("spec/clusters/namespaces", "[\"shop\"]").With("status/clusters", "5")).Spec!.Digest);
        Assert.NotEqual(digest, Documents.ReadPolicy(((JsonObject)policy.DeepClone()).With("spec/priority", "1")).Spec!.Digest);
        Assert.NotEqual(digest, Documents.ReadPolicy(((JsonObject)policy.DeepClone()).With("spec/backup/backoffLimit", "4")).Spec!.Digest);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Policies;

public sealed class PolicyMergeTests
{
    private const string Main = """{ "main": { "type": "s3", "s3": { "bucket": "backups" } } }""";

    public static TheoryData<string, string, string, string> OwnAndPolicy => new()
    {
        { "a field that only the policy has", "{}", """{ "image": "i:1" }""", """{ "image": "i:1" }""" },
        { "a field that both have", """{ "image": "own:1" }""", """{ "image": "i:1" }""", """{ "image": "own:1" }""" },
        { "a field that is null is absent", """{ "image": null }""", """{ "image": "i:1" }""", """{ "image": "i:1" }""" },
        { "false is a word", """{ "enabled": false }""", """{ "enabled": true }""", """{ "enabled": false }""" },
        { "retention is one value", """{ "retention": { "count": 3 } }""", """{ "retention": { "daily": 7 } }""", """{ "retention": { "count": 3 } }""" },
        {
            "windows are one value", """{ "windows": [{ "from": "20:00", "to": "21:00" }] }""", """{ "windows": [{ "from": "22:00", "to": "06:00" }], "blackouts": [{ "end": "2026-12-24T12:00:00Z" }] }""",
            """{ "windows": [{ "from": "20:00", "to": "21:00" }], "blackouts": [{ "end": "2026-12-24T12:00:00Z" }] }"""
        },
        { "no windows are a word", """{ "windows": [] }""", """{ "windows": [{ "from": "22:00", "to": "06:00" }] }""", """{ "windows": [] }""" },
        { "objectives are many", """{ "objectives": { "rpo": "1h" } }""", """{ "objectives": { "rpo": "26h", "rto": "2h" } }""", """{ "objectives": { "rpo": "1h", "rto": "2h" } }""" },
        {
            "a schedule of the same name, field by field", """{ "schedule": [{ "name": "nightly", "keep": 30 }] }""",
            """{ "schedule": [{ "name": "nightly", "schedule": "30 2 * * *", "storageName": "main", "keep": 7 }] }""",
            """{ "schedule": [{ "name": "nightly", "keep": 30, "schedule": "30 2 * * *", "storageName": "main" }] }"""
        },
        {
            "schedules of different names", """{ "schedule": [{ "name": "b" }] }""", """{ "schedule": [{ "name": "a", "keep": 1 }] }""",
            """{ "schedule": [{ "name": "b" }, { "name": "a", "keep": 1 }] }"""
        },
        { "a schedule is stopped", """{ "schedule": [{ "name": "a", "suspended": true }] }""", """{ "schedule": [{ "name": "a", "keep": 1 }] }""", """{ "schedule": [{ "name": "a", "suspended": true, "keep": 1 }] }""" },
        { "keep and retention are one", """{ "schedule": [{ "name": "a", "keep": 0 }] }""", """{ "schedule": [{ "name": "a", "retention": { "daily": 7 } }] }""", """{ "schedule": [{ "name": "a", "keep": 0 }] }""" },
        {
            "what a storage has beside its place", """{ "storages": { "main": { "uploadBandwidth": "10Mi" } } }""", $$"""{ "storages": {{Main}} }""",
            """{ "storages": { "main": { "uploadBandwidth": "10Mi", "type": "s3", "s3": { "bucket": "backups" } } } }"""
        },
        {
            "a storage's place is one", """{ "storages": { "main": { "type": "gcs", "gcs": { "bucket": "other" } } } }""", $$"""{ "storages": {{Main}} }""",
            """{ "storages": { "main": { "type": "gcs", "gcs": { "bucket": "other" } } } }"""
        },
        { "a list of another form stays for the reader", """{ "schedule": {} }""", """{ "schedule": [{ "name": "a", "keep": 1 }] }""", """{ "schedule": {} }""" },
        { "entries without a name stay", """{ "schedule": [{ "keep": 1 }, 5] }""", """{ "schedule": [{ "name": "a", "keep": 1 }] }""", """{ "schedule": [{ "keep": 1 }, 5, { "name": "a", "keep": 1 }] }""" },
    };

    [Theory]
    [MemberData(nameof(OwnAndPolicy))]
    public void Merge_OwnAndAPolicy_OwnWinsFieldByField(string what, string own, string policy, string expected)
    {
        var merged = PolicyMerge.Merge(Element(own), [Policy("gold", policy)]);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), WithoutNulls(merged.Document)), $"{what}: {merged.Document.ToJsonString()}");
        Assert.Empty(merged.Conflicts);
    }

    [Fact]
    public void Merge_AHigherPriority_IsHeardFirstFieldByField()
    {
        var merged = PolicyMerge.Merge(null, [Policy("base", """{ "image": "i:1", "backoffLimit": 1 }"""), Policy("gold", """{ "backoffLimit": 9 }""", 10)]);

        Assert.Equal("""{"backoffLimit":9,"image":"i:1"}""", merged.Document.ToJsonString());
        Assert.Equal([("backoffLimit", "gold"), ("image", "base")], merged.Given.Select(given => (given.Key.ToString(), given.Value)).Order());
        Assert.Empty(merged.Conflicts);
    }

    [Fact]
    public void Merge_TwoThatContradict_TakesItFromNeitherAndSaysSo()
    {
        var merged = PolicyMerge.Merge(null, [Policy("gold", """{ "image": "i:1", "backoffLimit": 1 }"""), Policy("silver", """{ "backoffLimit": 9 }"""), Policy("base", """{ "backoffLimit": 5 }""", -1)]);

        Assert.Equal("""{"image":"i:1"}""", merged.Document.ToJsonString());
        var conflict = Assert.Single(merged.Conflicts);
        Assert.Equal(("backoffLimit", "gold,silver"), (conflict.Field, string.Join(',', conflict.Policies)));
        Assert.StartsWith("Policies 'gold' and 'silver' give different values for backoffLimit: it is taken from none of them.", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_TwoThatSayTheSame_DoNotContradict() =>
        Assert.Empty(PolicyMerge.Merge(null, [Policy("a", """{ "retention": { "daily": 7, "weekly": 5 } }"""), Policy("b", """{ "retention": { "weekly": 5, "daily": 7 } }""")]).Conflicts);

    [Fact]
    public void Merge_AContradictionThatTheClusterSettles_IsNone() =>
        Assert.Empty(PolicyMerge.Merge(Element("""{ "backoffLimit": 2 }"""), [Policy("a", """{ "backoffLimit": 1 }"""), Policy("b", """{ "backoffLimit": 9 }""")]).Conflicts);

    [Fact]
    public void Merge_AContestedPlace_LeavesOutTheStorageAndWhatNeedsIt()
    {
        var other = Main.Replace("backups", "others", StringComparison.Ordinal);
        var merged = PolicyMerge.Merge(
            Element("""{ "storages": { "own": { "type": "s3", "s3": { "bucket": "mine" } } }, "schedule": [{ "name": "weekly", "schedule": "@weekly", "storageName": "own" }] }"""),
            [
                Policy("gold", $$"""{ "storages": {{Main}}, "schedule": [{ "name": "nightly", "schedule": "@daily", "storageName": "main" }] }"""),
                Policy("silver", $$"""{ "storages": {{other}}, "drills": [{ "name": "monthly", "schedule": "@monthly", "backup": { "storageName": "main" } }] }"""),
            ]);

        Assert.Equal(["weekly"], merged.Document["schedule"]!.AsArray().Select(entry => entry!["name"]!.GetValue<string>()));
        Assert.Empty(merged.Document["drills"]!.AsArray());
        Assert.Equal(["own"], merged.Document["storages"]!.AsObject().Select(entry => entry.Key));
        Assert.Contains("no storages.main, no drills.monthly, no schedule.nightly until they agree", Assert.Single(merged.Conflicts).Message, StringComparison.Ordinal);
        Assert.Empty(merged.Given);
    }

    [Fact]
    public void Merge_AContestedRetention_KeepsTheScheduleAndAllItsBackups()
    {
        var merged = PolicyMerge.Merge(null, [
            Policy("gold", """{ "schedule": [{ "name": "nightly", "schedule": "@daily", "storageName": "main", "keep": 7 }] }"""),
            Policy("silver", """{ "schedule": [{ "name": "nightly", "schedule": "@daily", "storageName": "main", "keep": 30 }] }""")]);

        Assert.Equal("""{"schedule":[{"name":"nightly","schedule":"@daily","storageName":"main"}]}""", merged.Document.ToJsonString());
        Assert.Equal("schedule.nightly.keep", Assert.Single(merged.Conflicts).Field);
    }

    [Fact]
    public void Merge_InAnyOrder_IsTheSame()
    {
        var random = new Random(20261127);
        for (var round = 0; round < 300; round++)
        {
            var own = Part(random);
            var policies = Enumerable.Range(0, random.Next(1, 6)).Select(index => Policy($"p{index}", Part(random), random.Next(-1, 2))).ToList();
            var shuffled = policies.ToArray();
            random.Shuffle(shuffled);

            var (one, other) = (PolicyMerge.Merge(Element(own), policies), PolicyMerge.Merge(Element(own), shuffled));

            Assert.Equal(one.Document.ToJsonString(), other.Document.ToJsonString());
            Assert.Equal(JsonSerializer.Serialize(one.Conflicts), JsonSerializer.Serialize(other.Conflicts));
            Assert.Equal(one.Given.Select(given => $"{given.Key} {given.Value}").Order(), other.Given.Select(given => $"{given.Key} {given.Value}").Order());

            // Whatever policies say, the cluster's own stands, unless the entry it belongs to cannot be without what is contested.
            var merged = Slot.Of(JsonSerializer.SerializeToElement(one.Document));
            Assert.All(Slot.Of(Element(own)).Where(mine => mine.Key.Entry.Length == 0), mine => Assert.True(JsonElement.DeepEquals(mine.Value[0].Value, merged[mine.Key][0].Value), own));

            // What stands there and is not the cluster's own is what the policy says that it is from.
            Assert.All(one.Given, given => Assert.True(JsonElement.DeepEquals(
                Slot.Of(policies.Single(policy => policy.Name == given.Value).Backup)[given.Key][0].Value, merged[given.Key][0].Value)));
        }
    }

    private static string Part(Random random)
    {
        var part = new JsonObject();
        foreach (var field in new[] { "image", "backoffLimit", "serviceAccountName" }.Where(_ => random.Next(2) == 0))
            part[field] = random.Next(3);
        if (random.Next(2) == 0)
            part["objectives"] = new JsonObject { ["rpo"] = $"{random.Next(1, 3)}h" };
        if (random.Next(2) == 0)
            part["storages"] = new JsonObject { ["main"] = new JsonObject { ["type"] = "s3", ["s3"] = new JsonObject { ["bucket"] = $"b{random.Next(2)}" } } };
        part["schedule"] = new JsonArray([.. Enumerable.Range(0, 3).Where(_ => random.Next(2) == 0).Select(index =>
            new JsonObject { ["name"] = $"s{index}", ["schedule"] = $"{random.Next(2)} * * * *", ["storageName"] = "main", ["keep"] = random.Next(1, 3) })]);
        return part.ToJsonString();
    }

    internal static PolicySpec Policy(string name, string backup, int priority = 0) =>
        Documents.ReadPolicy(Documents.Policy(name, $$"""{ "clusters": {}, "priority": {{priority}}, "backup": {{backup}} }""")).Spec! with { Faults = [] };

    private static JsonElement Element(string json) => JsonDocument.Parse(json).RootElement.Clone();

    private static JsonObject WithoutNulls(JsonObject document)
    {
        foreach (var field in document.Where(field => field.Value is null).Select(field => field.Key).ToList())
            document.Remove(field);
        return document;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Policies;

public sealed class EffectiveReaderTests
{
    private const string Nightly = """{ "schedule": [{ "name": "nightly", "schedule": "30 2 * * *", "storageName": "main", "keep": 7 }] }""";

    [Fact]
    public void Read_WithoutAPolicy_IsAsTheClusterAlone()
    {
        Assert.Equal(JsonSerializer.Serialize(Documents.ReadCluster(Documents.Cluster())), JsonSerializer.Serialize(Read(Documents.Cluster())));
        Assert.Null(Read(Documents.Cluster()).Spec!.Effective);
    }

    [Fact]
    public void Read_ABareClusterWithAPolicy_IsReadWhole()
    {
        var bare = Documents.Cluster().With("spec/backup", "-");
        var spec = Read(bare, PolicyMergeTests.Policy("gold", """
            { "enabled": true, "image": "i:1", "storages": { "main": { "type": "s3", "s3": { "bucket": "backups" } } },
              "schedule": [{ "name": "nightly", "schedule": "30 2 * * *", "storageName": "main" }], "retention": { "daily": 7 },
              "drills": [{ "name": "weekly", "schedule": "0 5 * * 0", "checks": { "tables": 3 } }], "encryptionKeySecret": { "name": "keys" } }
            """)).Spec!;

        Assert.True(spec.BackupEnabled);
        Assert.Equal(("i:1", "backups", "keys"), (spec.Image.Name, spec.Storages["main"].Request.S3!.Bucket, spec.Storages["main"].Sealing!.SecretName));
        Assert.Equal(("nightly", 7), (spec.Schedules[0].Name, spec.Schedules[0].Retention!.Daily));
        Assert.Equal(new DrillPlan("weekly", """{"checks":{"tables":3},"schedule":"0 5 * * 0"}"""), Assert.Single(spec.Drills));
        Assert.Null(spec.Unscheduled());
    }

    [Fact]
    public void Values_OfAClusterWithAPolicy_SayWhereEachIsFrom()
    {
        var cluster = Documents.Cluster().With("spec/backup/schedule", """[{ "name": "nightly", "keep": 30 }]""");
        var effective = Read(cluster, PolicyMergeTests.Policy("base", """{ "backoffLimit": 3 }""", -5), PolicyMergeTests.Policy("gold", Nightly)).Spec!.Effective!;

        Assert.Equal(["gold", "base"], effective.Policies);
        string[] expected =
        [
            "activeDeadlineSeconds=43200 default", "backoffLimit=3 policy/base", "enabled=true spec", "image=controlplane/sidecar:1.0 spec",
            "schedule.nightly.concurrencyPolicy=Forbid default", "schedule.nightly.jitterSeconds=0 default", "schedule.nightly.keep=30 spec",
            "schedule.nightly.missedRunPolicy=RunOnce default", "schedule.nightly.schedule=30 2 * * * policy/gold", "schedule.nightly.storageName=main policy/gold",
            "schedule.nightly.suspended=false default", "schedule.nightly.timeZone=UTC default",
            "storages.main.readBack=Full default", "storages.main.s3={\"bucket\":\"backups\"} spec", "storages.main.type=s3 spec", "storages.main.verifyTLS=true default",
        ];
        Assert.Equal(expected, effective.Values.Select(value => $"{value.Field}={value.Value} {value.Origin}"));
    }

    [Fact]
    public void Values_OfWhatMayHoldASecret_AreNotShown()
    {
        var effective = Read(Documents.Cluster(), PolicyMergeTests.Policy("gold", """
            { "storages": { "main": { "containerOptions": { "env": [{ "name": "X", "value": "hunter2" }], "args": { "xtrabackup": ["--throttle=5"] } } } } }
            """)).Spec!.Effective!;

        Assert.Contains(effective.Values, value => value is { Field: "storages.main.containerOptions", Origin: "policy/gold" });
        Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(effective), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_OfVeryMuch_AreBounded()
    {
        var schedules = new JsonArray([.. Enumerable.Range(0, 64).Select(index => new JsonObject { ["name"] = $"s{index}", ["schedule"] = "@daily", ["storageName"] = "main", ["keep"] = 5 })]);
        var effective = Read(Documents.Cluster(), PolicyMergeTests.Policy("gold", new JsonObject { ["schedule"] = schedules }.ToJsonString())).Spec!.Effective!;

        Assert.Equal(EffectiveSettings.MaximumValues, effective.Values.Count);
        Assert.All(effective.Values, value => Assert.NotEqual("default", value.Origin));
    }

    [Fact]
    public void Digest_OfWhatIsInForce_ChangesWithItAlone()
    {
        var one = Digest(Documents.Cluster(), PolicyMergeTests.Policy("gold", Nightly));

        Assert.Equal(one, Digest(Documents.Cluster(), PolicyMergeTests.Policy("gold", Nightly)));
        Assert.NotEqual(one, Digest(Documents.Cluster(), PolicyMergeTests.Policy("gold", Nightly.Replace("7", "8", StringComparison.Ordinal))));
        Assert.NotEqual(one, Digest(Documents.Cluster(), PolicyMergeTests.Policy("gold", Nightly), PolicyMergeTests.Policy("other", "{}")));
    }

    [Fact]
    public void Read_AFaultOfAPolicy_HoldsTheClusterAndNamesThePolicy()
    {
        var faulty = Documents.ReadPolicy(Documents.Policy("gold", """{ "clusters": {}, "backup": { "backoffLimit": 99 } }""")).Spec!;

        var reading = Read(Documents.Cluster(), faulty, PolicyMergeTests.Policy("base", "{}"));

        Assert.Null(reading.Spec);
        Assert.StartsWith("policy/gold cannot be read, and nothing is judged without it: spec.backup.backoffLimit: 99 is no whole number", Assert.Single(reading.Faults!.Faults), StringComparison.Ordinal);
        Assert.Equal(3, reading.Faults.Generation);
    }

    [Theory]
    [InlineData("""{ "schedule": [{ "name": "nightly", "schedule": "@daily", "storageName": "mian" }] }""", "spec.backup.schedule[0].storageName: \"mian\" is none of spec.backup.storages; use main. (In policy/gold.)")]
    [InlineData("""{ "storages": { "aside": { "uploadBandwidth": "1Mi" } } }""", "spec.backup.storages.aside.type: is missing.")]
    [InlineData("""{ "drills": [{ "name": "weekly", "suspended": true }] }""", "spec.backup.drills[0].schedule: is missing.")]
    public void Read_WhatPoliciesLeaveUnfinished_IsAFaultOfTheCluster(string policy, string expected) =>
        Assert.Contains(expected, Read(Documents.Cluster(), PolicyMergeTests.Policy("gold", policy)).Faults!.Faults);

    [Fact]
    public void Read_AContradiction_IsStatedAndTheRestIsInForce()
    {
        var effective = Read(Documents.Cluster(), PolicyMergeTests.Policy("gold", Nightly), PolicyMergeTests.Policy("silver", Nightly.Replace("7", "30", StringComparison.Ordinal))).Spec!;

        Assert.Null(effective.Schedules[0].Retention);
        Assert.Equal((1, "schedule.nightly.keep"), (effective.Effective!.ConflictCount, effective.Effective.Conflicts[0].Field));
    }

    private static string Digest(JsonObject cluster, params PolicySpec[] policies) => Read(cluster, policies).Spec!.Effective!.Digest;

    private static SpecReading<ClusterSpec> Read(JsonObject cluster, params PolicySpec[] policies) => EffectiveReader.Read(Documents.Header(cluster), Documents.Element(cluster), policies);
}

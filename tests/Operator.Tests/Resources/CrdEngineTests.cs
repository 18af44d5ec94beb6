using System.Text.Json.Nodes;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Resources;

/// <summary>The schemas in today's engine, which holds what an old API server drops: rules in CEL, and that no field is unknown.</summary>
public sealed class CrdEngineTests(CrdEngine engine) : IClassFixture<CrdEngine>
{
    private const string Storage = "spec/backup/storages/main/";

    public static TheoryData<string, string, string> LaterFields => ClusterFaults.Later;

    [Fact]
    public void Crds_InTheEngine_AreServedWithoutComplaint()
    {
        Assert.Equal(2 * Schema.All.Count, engine.Conditions.Count(condition => condition!["status"]!.GetValue<string>() == "True"));
        Assert.DoesNotContain(engine.Conditions, condition => condition!["type"]!.GetValue<string>() == "NonStructuralSchema");
    }

    [Theory]
    [InlineData("mysqlclusters", "deploy/cr.yaml")]
    [InlineData("mysqlclusters", "tests/Operator.Tests/Cases/reader/everything.yaml")]
    [InlineData("mysqlbackups", "deploy/backup/backup.yaml")]
    [InlineData("mysqlbackups", "deploy/backup/import.yaml")]
    [InlineData("mysqlrestores", "deploy/backup/restore.yaml")]
    [InlineData("restoredrills", "deploy/backup/drill.yaml")]
    [InlineData("backuppolicies", "deploy/policy.yaml")]
    [InlineData("memberclusters", "deploy/backup/member.yaml")]
    [InlineData("fleetbudgets", "deploy/budget.yaml")]
    public async Task Create_AnExample_IsTaken(string plural, string path)
    {
        foreach (var document in Yaml.ParseAll(Checkout.Read(path)))
            Assert.Null(await engine.ObjectionAsync(plural, document));
    }

    [Theory]
    [InlineData("spec/suspendid", "true", "unknown field \"spec.suspendid\"")]
    [InlineData("metadata/name", "\"a.b\"", "metadata.name: use 1 to 63")]
    [InlineData("spec/workload/container", "\"xtrabackup\"", "container is the one that runs the server")]
    [InlineData("spec/engine", "\"Mydumper\"", "supported values: \"Auto\", \"XtraBackup\", \"MariaDbBackup\"")]
    [InlineData("spec/credentialsSecret", "-", "spec.credentialsSecret: Required value")]
    [InlineData("spec/backup/backoffLimit", "21", "should be less than or equal to 20")]
    [InlineData("spec/backup/backoffLimit", "\"6\"", "must be of type integer")]
    [InlineData("spec/backup/schedule", "[{\"name\":\"a\",\"schedule\":\"@every 5m\",\"storageName\":\"main\"}]", "give the times, for example")]
    [InlineData("spec/backup/schedule", "[{\"name\":\"a\",\"schedule\":\"@daily\",\"storageName\":\"main\"},{\"name\":\"a\",\"schedule\":\"@daily\",\"storageName\":\"main\"}]", "Duplicate value")]
    [InlineData("spec/backup/schedule", "[{\"name\":\"a\",\"schedule\":\"@daily\",\"storageName\":\"main\",\"keep\":0,\"retention\":{\"daily\":1}}]", "keep is 0, which keeps all backups")]
    [InlineData("spec/backup/schedule", "[{\"name\":\"a\",\"schedule\":\"@daily\",\"storageName\":\"main\",\"keep\":1,\"retention\":{\"count\":1}}]", "keep says the same as retention.count")]
    [InlineData("spec/backup/schedule", "[{\"name\":\"a\",\"schedule\":\"@daily\",\"storageName\":\"main\",\"retention\":{}}]", "retention names no rule")]
    [InlineData("spec/backup/retention", "{}", "retention names no rule")]
    [InlineData("spec/backup/retention", "{\"maxAge\":\"1d12h\"}", "should match")]
    [InlineData("spec/backup/retention", "{\"count\":0}", "should be greater than or equal to 1")]
    [InlineData("spec/backup/schedule", "[{\"schedule\":\"@daily\"}]", "name: Required value")]
    [InlineData("spec/backup/storages/v", "{\"s3\":{\"bucket\":\"backups\"}}", "type is missing: where a storage is")]
    [InlineData("spec/backup/drills", "[{\"name\":\"a\",\"schedule\":\"@every 5m\"}]", "give the times, for example")]
    [InlineData("spec/backup/drills", "[{\"schedule\":\"@weekly\"}]", "name: Required value")]
    [InlineData(Storage + "s3", "-", "s3 is missing for type s3")]
    [InlineData(Storage + "filesystem", "{\"persistentVolumeClaim\":\"x\"}", "filesystem does not belong to a storage of another type")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"filesystem\"}", "filesystem is missing for type filesystem")]
    [InlineData(Storage + "gcs", "{\"bucket\":\"backups\"}", "gcs does not belong to a storage of another type")]
    [InlineData("spec/backup/storages/g", "{\"type\":\"gcs\"}", "gcs is missing for type gcs")]
    [InlineData("spec/backup/storages/g", "{\"type\":\"gcs\",\"gcs\":{\"bucket\":\"backups\",\"endpointUrl\":\"https://evilgoogleapis.com\"}}", "endpointUrl is not Google's")]
    [InlineData("spec/backup/storages/g", "{\"type\":\"gcs\",\"gcs\":{\"bucket\":\"aaa/b\",\"prefix\":\"c\"}}", "prefix stands in bucket too")]
    [InlineData(Storage + "s3/prefix", "\"a/../b\"", "prefix has '.' or '..' between its slashes")]
    [InlineData(Storage + "s3", "{\"bucket\":\"aaa/b\",\"prefix\":\"c\"}", "prefix stands in bucket too")]
    [InlineData(Storage + "s3/endpointUrl", "\"https://u:p@h\"", "should match")]
    [InlineData(Storage + "s3/storageClass", "\"GLACIER\"", "cannot be read back at once")]
    [InlineData(Storage + "s3/serverSideEncryption", "{\"type\":\"AES256\",\"kmsKeyId\":\"k\"}", "kmsKeyId has no effect with type AES256")]
    [InlineData(Storage + "encryptionKeySecret", "{\"key\":\"k\"}", "encryptionKeySecret.name: Required value")]
    [InlineData("spec/backup/encryptionKeySecret", "{\"name\":\"keys\",\"key\":\"a/b\"}", "should match")]
    [InlineData(Storage + "uploadBandwidth", "65535", "should be greater than or equal to 65536")]
    [InlineData(Storage + "uploadBandwidth", "1099511627777", "should be less than or equal to 1099511627776")]
    [InlineData(Storage + "uploadBandwidth", "\"50 MiB\"", "should match")]
    [InlineData(Storage + "uploadBandwidth", "1.5", "must be of type integer,string")]
    [InlineData(Storage + "readBack", "\"None\"", "supported values: \"Full\", \"Listing\"")]
    [InlineData(Storage + "compression", "{\"codec\":\"lz4\",\"level\":13}", "lz4 has levels 1 to 12")]
    [InlineData(Storage + "azure", "{\"container\":\"backups\",\"credentialsSecret\":\"s\"}", "azure does not belong to a storage of another type")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\"}", "azure is missing for type azure")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"a--b\",\"credentialsSecret\":\"s\"}}", "should match")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"ab/cd\",\"credentialsSecret\":\"s\"}}", "container has 3 to 63 characters")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"backups/x./y\",\"credentialsSecret\":\"s\"}}", "container has a part that ends with a dot")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"backups\",\"prefix\":\"a/..\",\"credentialsSecret\":\"s\"}}", "prefix has a part that ends with a dot")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"backups/a\",\"prefix\":\"b\",\"credentialsSecret\":\"s\"}}", "prefix stands in container too")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"backups\"}}", "endpointUrl is missing: without credentialsSecret")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"backups\",\"endpointUrl\":\"http://10.0.0.7\"}}", "endpointUrl is not https")]
    [InlineData("spec/backup/storages/v", "{\"type\":\"azure\",\"azure\":{\"container\":\"backups\",\"storageClass\":\"Archive\",\"credentialsSecret\":\"s\"}}", "supported values: \"Hot\", \"Cool\", \"Cold\"")]
    [InlineData(Storage + "compression", "{\"codec\":\"none\",\"level\":3}", "level has no effect with codec none")]
    [InlineData(Storage + "containerOptions", "{\"env\":[{\"name\":\"X\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"a\"}}}]}", "valueFrom is not taken")]
    [InlineData(Storage + "tolerations", "[{\"kee\":\"a\"}]", "unknown field \"spec.backup.storages.main.tolerations[0].kee\"")]
    public async Task Create_AFaultyCluster_IsRefusedWithAReason(string path, string value, string expected)
    {
        var objection = await engine.ObjectionAsync("mysqlclusters", Fresh(Documents.Cluster()).With(path, value));

        Assert.Contains(expected, objection, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(LaterFields))]
    public async Task Create_WithWhatLaterVersionsDo_IsRefused(string path, string value, string expected)
    {
        var objection = await engine.ObjectionAsync("mysqlclusters", Fresh(Documents.Cluster()).With(path, value));

        Assert.NotNull(objection);
        if (!path.EndsWith("/type", StringComparison.Ordinal))
            Assert.Contains(expected.Contains("not supported", StringComparison.Ordinal) ? "is not supported by this version; remove it" : "has no effect here", objection, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "spec.clusters: Required value")]
    [InlineData("""{ "clusters": { "namespaces": ["Shop"] } }""", "should match")]
    [InlineData("""{ "clusters": { "selector": { "matchExpressions": [{ "key": "a", "operator": "In" }] } } }""", "values is empty; In and NotIn need at least one value")]
    [InlineData("""{ "clusters": { "selector": { "matchExpressions": [{ "key": "a", "operator": "Exists", "values": ["b"] }] } } }""", "values has no effect with Exists and DoesNotExist")]
    [InlineData("""{ "clusters": {}, "priority": 1001 }""", "should be less than or equal to 1000")]
    [InlineData("""{ "clusters": {}, "backup": { "sourcePod": "a" } }""", "unknown field \"spec.backup.sourcePod\"")]
    [InlineData("""{ "clusters": {}, "backup": { "storages": { "main": { "type": "s3" } } } }""", "s3 is missing for type s3")]
    public async Task Create_AFaultyPolicy_IsRefusedWithAReason(string spec, string expected) =>
        Assert.Contains(expected, await engine.ObjectionAsync("backuppolicies", Fresh(Documents.Policy(spec: spec))), StringComparison.Ordinal);

    [Fact]
    public async Task Create_ABareCluster_GetsNoDefaultsThatAPolicyGives()
    {
        var collection = "apis/backup.controlplane/v1/namespaces/shop/mysqlclusters?dryRun=All";
        var (status, stored) = await engine.SendAsync(HttpMethod.Post, collection, Fresh(Documents.Cluster()).With("spec/backup", """{ "schedule": [{ "name": "a" }], "storages": { "main": {} }, "drills": [{ "name": "b" }] }"""));

        Assert.True(status == 201, stored.ToJsonString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{ "schedule": [{ "name": "a" }], "storages": { "main": {} }, "drills": [{ "name": "b" }] }"""), stored["spec"]!["backup"]), stored.ToJsonString());
    }

    [Theory]
    [InlineData("spec/clusterName", "\"other\"", "clusterName cannot be changed; create another backup")]
    [InlineData("spec/storageName", "\"other\"", "storageName cannot be changed; create another backup")]
    [InlineData("spec/sourcePod", "\"orders-1\"", "sourcePod cannot be changed; create another backup")]
    [InlineData("spec/activeDeadlineSeconds", "60", "activeDeadlineSeconds cannot be changed; create another backup")]
    [InlineData("spec/containerOptions", "{\"args\":{\"xtrabackup\":[\"--throttle=5\"]}}", "containerOptions cannot be changed; create another backup")]
    [InlineData("spec/retention", "{\"maxAge\":\"1d\"}", "retention cannot be changed; create another backup, or hold this one")]
    [InlineData("spec/cancelled", "false", "cancelled cannot be taken back; create another backup")]
    public async Task Update_OfABackup_ChangesNothingButThatItIsCancelled(string path, string value, string expected)
    {
        var collection = "apis/backup.controlplane/v1/namespaces/shop/mysqlbackups";
        var name = $"b-{Guid.NewGuid():N}";
        Assert.Equal(201, (await engine.SendAsync(HttpMethod.Post, collection, Fresh(Documents.Backup()).With("metadata/name", $"\"{name}\""))).Status);
        try
        {
            var (status, stored) = await engine.SendAsync(HttpMethod.Patch, $"{collection}/{name}", new JsonObject().With("spec/cancelled", "true"), "application/merge-patch+json");
            Assert.Equal(200, status);

            (status, var answer) = await engine.SendAsync(HttpMethod.Put, $"{collection}/{name}?fieldValidation=Strict", stored.With(path, value));

            Assert.Equal(422, status);
            Assert.Contains(expected, answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        finally
        {
            await engine.SendAsync(HttpMethod.Delete, $"{collection}/{name}", null);
        }
    }

    [Theory]
    [InlineData("spec/clusterName", "-", "spec.clusterName: Required value")]
    [InlineData("spec/schedule", "\"\"", "should be at least 1 chars long")]
    [InlineData("spec/schedule", "\"@every 5m\"", "give the times, for example")]
    [InlineData("spec/backup", "{\"name\":\"b\",\"choose\":\"Random\"}", "choose has no effect beside name")]
    [InlineData("spec/backup", "{\"name\":\"b\",\"storageName\":\"main\"}", "storageName has no effect beside name")]
    [InlineData("spec/backup", "{\"choose\":\"Oldest\"}", "supported values: \"Newest\", \"Random\"")]
    [InlineData("spec/checks", "{\"queries\":[{\"expected\":\"1\"}]}", "query: Required value")]
    [InlineData("spec/checks", "{\"queries\":[{\"query\":\"select 1\",\"expected\":\"\"}]}", "should be at least 1 chars long")]
    [InlineData("spec/volume", "{\"size\":1024}", "should be greater than or equal to 268435456")]
    [InlineData("spec/volume", "{\"size\":\"8 GiB\"}", "should match")]
    [InlineData("spec/resources", "{\"limit\":{}}", "unknown field \"spec.resources.limit\"")]
    [InlineData("spec/historyLimit", "51", "should be less than or equal to 50")]
    public async Task Create_AFaultyDrill_IsRefusedWithAReason(string path, string value, string expected) =>
        Assert.Contains(expected, await engine.ObjectionAsync("restoredrills", Fresh(Documents.Drill()).With(path, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("timeZone", "\"UTC\"")]
    [InlineData("jitterSeconds", "5")]
    [InlineData("missedRunPolicy", "\"Skip\"")]
    public async Task Create_ADrillWithoutASchedule_TakesNothingThatGoesWithOne(string field, string value) =>
        Assert.Contains($"{field} has no effect without schedule", await engine.ObjectionAsync("restoredrills", Fresh(Documents.Drill()).With("spec/schedule", "-").With($"spec/{field}", value)), StringComparison.Ordinal);

    [Fact]
    public async Task Update_OfADrill_ChangesAllButItsClusterAndTakesTheStatus()
    {
        var collection = "apis/backup.controlplane/v1/namespaces/shop/restoredrills";
        var name = $"d-{Guid.NewGuid():N}";
        Assert.Equal(201, (await engine.SendAsync(HttpMethod.Post, collection, Fresh(Documents.Drill()).With("metadata/name", $"\"{name}\""))).Status);
        try
        {
            var (refused, why) = await engine.SendAsync(HttpMethod.Patch, $"{collection}/{name}", new JsonObject().With("spec/clusterName", "\"other\""), "application/merge-patch+json");
            Assert.True(refused == 422 && why.ToJsonString().Contains("clusterName cannot be changed; create another drill", StringComparison.Ordinal), why.ToJsonString());
            var (changed, answer) = await engine.SendAsync(HttpMethod.Patch, $"{collection}/{name}", new JsonObject().With("spec/schedule", "null").With("spec/suspended", "true"), "application/merge-patch+json");
            Assert.True(changed == 200, answer.ToJsonString());
            var status = System.Text.Json.JsonSerializer.SerializeToNode(DrillStatusDocument.Write(DrillReaderTests.Full()), StatusJson.Default.DrillStatusDocument);
            var (taken, shown) = await engine.SendAsync(
                HttpMethod.Patch, $"{collection}/{name}/status?fieldManager={ApiGroup.FieldManagers.Status}&force=true&fieldValidation=Strict",
                new() { ["apiVersion"] = ApiGroup.ApiVersion, ["kind"] = ApiGroup.Drills.Kind, ["metadata"] = new JsonObject { ["name"] = name }, ["status"] = status },
                "application/apply-patch+yaml");
            Assert.True(taken == 200, shown.ToJsonString());
            Assert.Equal(2, shown["status"]!["history"]!.AsArray().Count);
        }
        finally
        {
            await engine.SendAsync(HttpMethod.Delete, $"{collection}/{name}", null);
        }
    }

    [Fact]
    public async Task Update_OfABackupsKey_IsTakenWheneverItIsOne()
    {
        var collection = "apis/backup.controlplane/v1/namespaces/shop/mysqlbackups";
        var name = $"b-{Guid.NewGuid():N}";
        Assert.Equal(201, (await engine.SendAsync(HttpMethod.Post, collection, Fresh(Documents.Backup()).With("metadata/name", $"\"{name}\""))).Status);
        try
        {
            foreach (var (key, expected) in new[] { ("\"key-2026\"", 200), ("\"key-2027\"", 200), ("\"a/b\"", 422), ("\"\"", 422), ("null", 200) })
            {
                var (status, answer) = await engine.SendAsync(HttpMethod.Patch, $"{collection}/{name}", new JsonObject().With("spec/encryptionKey", key), "application/merge-patch+json");
                Assert.True(status == expected, $"{key}: {answer.ToJsonString()}");
            }
        }
        finally
        {
            await engine.SendAsync(HttpMethod.Delete, $"{collection}/{name}", null);
        }
    }

    [Fact]
    public async Task Import_OfABackup_IsTakenAsItIsAndNeverChanged()
    {
        const string Folder = "backup1-4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162";
        var collection = "apis/backup.controlplane/v1/namespaces/shop/mysqlbackups";
        var name = $"b-{Guid.NewGuid():N}";
        foreach (var (value, complaint) in new[] { ("{}", "folder: Required value"), ("{\"folder\":\"shop/orders/backup1\"}", "should match"), ("{\"folder\":\"backup1\"}", "should match") })
        {
            var (status, refused) = await engine.SendAsync(HttpMethod.Post, collection, Fresh(Documents.Backup()).With("metadata/name", $"\"{name}\"").With("spec/importFrom", value));
            Assert.True(status == 422 && refused.ToJsonString().Contains(complaint, StringComparison.Ordinal), $"{value}: {refused.ToJsonString()}");
        }

        var import = Fresh(Documents.Backup()).With("metadata/name", $"\"{name}\"").With("spec/importFrom/folder", $"\"{Folder}\"");
        Assert.Equal(422, (await engine.SendAsync(HttpMethod.Post, collection, ((JsonObject)import.DeepClone()).With("spec/sourcePod", "\"orders-mysql-0\""))).Status);
        Assert.Equal(201, (await engine.SendAsync(HttpMethod.Post, collection, import)).Status);
        try
        {
            foreach (var change in new[] { $"{{\"folder\":\"another-{Folder}\"}}", "null" })
            {
                var (status, answer) = await engine.SendAsync(HttpMethod.Patch, $"{collection}/{name}", new JsonObject().With("spec/importFrom", change), "application/merge-patch+json");
                Assert.True(status == 422 && answer.ToJsonString().Contains("importFrom cannot be changed", StringComparison.Ordinal), $"{change}: {answer.ToJsonString()}");
            }
        }
        finally
        {
            await engine.SendAsync(HttpMethod.Delete, $"{collection}/{name}", null);
        }
    }

    [Fact]
    public async Task Status_ThatThePlaneAndTheRunnerWrite_IsTaken()
    {
        var collection = "apis/backup.controlplane/v1/namespaces/shop/mysqlbackups";
        var name = $"b-{Guid.NewGuid():N}";
        Assert.Equal(201, (await engine.SendAsync(HttpMethod.Post, collection, Fresh(Documents.Backup()).With("metadata/name", $"\"{name}\""))).Status);
        try
        {
            var status = System.Text.Json.JsonSerializer.SerializeToNode(StatusDocumentTests.Full().ToDocument(), StatusJson.Default.BackupStatusDocument);
            var progress = JsonNode.Parse("""{"attempt":1,"stage":"Uploading","bytesRead":0,"bytesStored":0,"bytesPerSecond":0,"percent":0,"summary":"0%","estimatedCompletion":"2026-03-01T10:00:00.123+00:00"}""");
            await ApplyAsync(ApiGroup.FieldManagers.Status, status);
            var (code, answer) = await ApplyAsync("controlplane-runner", new JsonObject { ["progress"] = progress });

            Assert.True(code == 200, answer.ToJsonString());
            Assert.Equal("Succeeded", answer["status"]!["phase"]!.GetValue<string>());
            Assert.Equal(2, answer["status"]!["attempts"]!.AsArray().Count);
        }
        finally
        {
            await engine.SendAsync(HttpMethod.Delete, $"{collection}/{name}", null);
        }

        Task<(int Status, JsonObject Answer)> ApplyAsync(string manager, JsonNode? status) => engine.SendAsync(
            HttpMethod.Patch, $"{collection}/{name}/status?fieldManager={manager}&force=true&fieldValidation=Strict",
            new() { ["apiVersion"] = ApiGroup.ApiVersion, ["kind"] = ApiGroup.Backups.Kind, ["metadata"] = new JsonObject { ["name"] = name }, ["status"] = status },
            "application/apply-patch+yaml");
    }

    [Theory]
    [InlineData("spec/backupSource", "{\"destination\":\"s3://a/b\",\"storage\":{\"type\":\"s3\"}}", "exactly one of backupName and backupSource")]
    [InlineData("spec/backupName", "-", "exactly one of backupName and backupSource")]
    [InlineData("spec/pitr", "{\"type\":\"latest\"}", "pitr is not supported by this version")]
    [InlineData("spec/replicaVolumes", "\"Drop\"", "supported values: \"Restore\", \"Delete\", \"Keep\"")]
    [InlineData("spec/dryrun", "true", "unknown field \"spec.dryrun\"")]
    public async Task Create_AFaultyRestore_IsRefusedWithAReason(string path, string json, string reason) =>
        Assert.Contains(reason, await engine.ObjectionAsync("mysqlrestores", Fresh(Documents.Restore()).With(path, json)), StringComparison.Ordinal);

    [Fact]
    public async Task Restore_OnceItIsThere_ChangesNothingButTwoWordsAndTakesItsStatus()
    {
        var collection = "apis/backup.controlplane/v1/namespaces/shop/mysqlrestores";
        var name = $"r-{Guid.NewGuid():N}";
        Assert.Equal(201, (await engine.SendAsync(HttpMethod.Post, collection, Fresh(Documents.Restore()).With("metadata/name", $"\"{name}\""))).Status);
        try
        {
            Assert.Contains("replicaVolumes cannot be changed", (await MergeAsync("""{"replicaVolumes":"Keep"}""")).Answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(200, (await MergeAsync("""{"confirmed":true,"cancelled":true}""")).Status);
            Assert.Contains("cancelled cannot be taken back", (await MergeAsync("""{"cancelled":false}""")).Answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
            await ApplyAsync(ApiGroup.FieldManagers.Status, """{"phase":"Restoring","reason":"VolumesRestoring","stopped":{"replicas":2},"plan":{"bytesNeeded":1,"steps":["a"]}}""");
            await ApplyAsync("controlplane-runner-a", """{"volumes":[{"name":"a","attempt":1,"stage":"Downloading","bytesDone":1,"bytesPerSecond":1,"summary":"1%"}]}""");
            var (code, answer) = await ApplyAsync("controlplane-runner-b", """{"volumes":[{"name":"b","attempt":2,"stage":"Preparing","bytesDone":1,"bytesPerSecond":1,"summary":"preparing"}]}""");

            Assert.True(code == 200, answer.ToJsonString());
            Assert.Equal(("Restoring", 2), (answer["status"]!["phase"]!.GetValue<string>(), answer["status"]!["volumes"]!.AsArray().Count));
        }
        finally
        {
            await engine.SendAsync(HttpMethod.Delete, $"{collection}/{name}", null);
        }

        Task<(int Status, JsonObject Answer)> MergeAsync(string spec) => engine.SendAsync(
            HttpMethod.Patch, $"{collection}/{name}", new() { ["spec"] = JsonNode.Parse(spec) }, "application/merge-patch+json");

        Task<(int Status, JsonObject Answer)> ApplyAsync(string manager, string status) => engine.SendAsync(
            HttpMethod.Patch, $"{collection}/{name}/status?fieldManager={manager}&force=true&fieldValidation=Strict",
            new() { ["apiVersion"] = ApiGroup.ApiVersion, ["kind"] = ApiGroup.Restores.Kind, ["metadata"] = new JsonObject { ["name"] = name }, ["status"] = JsonNode.Parse(status) },
            "application/apply-patch+yaml");
    }

    [Theory]
    [InlineData("spec/secretName", "-", "spec.secretName: Required value")]
    [InlineData("spec/server", "\"ftp://h\"", "should match")]
    [InlineData("spec/tlsServerName", "\"berlin\"", "tlsServerName has no effect without server")]
    [InlineData("spec/apiCalls", "257", "should be less than or equal to 256")]
    [InlineData("spec/kubeconfig", "\"x\"", "unknown field \"spec.kubeconfig\"")]
    [InlineData("metadata/name", "\"local\"", "local is the Kubernetes cluster where the plane runs")]
    [InlineData("metadata/name", "\"berlin.de\"", "no dots")]
    public async Task Create_AFaultyMember_IsRefusedWithAReason(string path, string json, string reason) =>
        Assert.Contains(reason, await engine.ObjectionAsync("memberclusters", Fresh(Documents.Member()).With(path, json)), StringComparison.Ordinal);

    [Theory]
    [InlineData("spec/key", "\"admin.conf\"", "key has no effect beside server")]
    [InlineData("spec/context", "\"berlin\"", "context has no effect beside server")]
    public async Task Create_AMemberWithTwoWays_IsRefusedWithAReason(string path, string json, string reason) => Assert.Contains(
        reason, await engine.ObjectionAsync("memberclusters", Fresh(Documents.Member()).With("spec/server", "\"https://10.0.0.1\"").With(path, json)), StringComparison.Ordinal);

    private static JsonObject Fresh(JsonObject document)
    {
        document["metadata"] = new JsonObject { ["name"] = document["metadata"]!["name"]!.DeepClone() };
        return document;
    }
}

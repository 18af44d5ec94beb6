using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>Resources as an API server holds them, to be changed field by field.</summary>
internal static class Documents
{
    public const string Uid = "4f2c6f0e-0000-4000-8000-000000000001";

    private const string Metadata = $$"""
        "namespace": "shop", "uid": "{{Uid}}", "resourceVersion": "7", "generation": 3, "creationTimestamp": "2026-03-01T10:00:00Z"
        """;

    public static JsonObject Cluster() => (JsonObject)JsonNode.Parse($$"""
        { "apiVersion": "backup.controlplane/v1", "kind": "MySQLCluster", "metadata": { "name": "orders", {{Metadata}} },
          "spec": { "workload": { "name": "orders-mysql" }, "credentialsSecret": "orders-backup",
                    "backup": { "enabled": true, "image": "controlplane/sidecar:1.0",
                                "storages": { "main": { "type": "s3", "s3": { "bucket": "backups" } } } } } }
        """)!;

    public static JsonObject Backup() => (JsonObject)JsonNode.Parse($$"""
        { "apiVersion": "backup.controlplane/v1", "kind": "MySQLBackup", "metadata": { "name": "backup1", {{Metadata}} },
          "spec": { "clusterName": "orders", "storageName": "main", "type": "full" } }
        """)!;

    public static JsonObject Restore() => (JsonObject)JsonNode.Parse($$"""
        { "apiVersion": "backup.controlplane/v1", "kind": "MySQLRestore", "metadata": { "name": "back1", {{Metadata}} },
          "spec": { "clusterName": "orders", "backupName": "backup1" } }
        """)!;

    public static JsonObject Drill() => (JsonObject)JsonNode.Parse($$"""
        { "apiVersion": "backup.controlplane/v1", "kind": "RestoreDrill", "metadata": { "name": "weekly", {{Metadata}} },
          "spec": { "clusterName": "orders", "schedule": "0 5 * * 0" } }
        """)!;

    public static JsonObject Member() => (JsonObject)JsonNode.Parse($$"""
        { "apiVersion": "backup.controlplane/v1", "kind": "MemberCluster",
          "metadata": { "name": "berlin", "uid": "{{Uid}}", "resourceVersion": "7", "generation": 3, "creationTimestamp": "2026-03-01T10:00:00Z" },
          "spec": { "secretName": "member-berlin" } }
        """)!;

    public static JsonObject Policy(string name = "gold", string spec = """{ "clusters": {} }""") => (JsonObject)JsonNode.Parse($$"""
        { "apiVersion": "backup.controlplane/v1", "kind": "BackupPolicy",
          "metadata": { "name": "{{name}}", "uid": "{{Uid}}", "resourceVersion": "7", "generation": 3, "creationTimestamp": "2026-03-01T10:00:00Z" },
          "spec": {{spec}} }
        """)!;

    /// <summary>It has no namespace.</summary>
    public static JsonObject Budget() => (JsonObject)JsonNode.Parse($$"""
        { "apiVersion": "backup.controlplane/v1", "kind": "FleetBudget", "metadata": { "name": "store", "uid": "{{Uid}}", "resourceVersion": "7", "generation": 3 },
          "spec": { "each": "Storage", "atMost": { "total": 8 } } }
        """)!;

    /// <summary>Sets the field at a path to a value, making the objects on the way; <c>-</c> takes it away.</summary>
    public static JsonObject With(this JsonObject document, string path, string json)
    {
        var parts = path.Split('/');
        var parent = document;
        foreach (var part in parts[..^1])
            parent = (JsonObject)(parent[part] ??= new JsonObject());
        if (json == "-")
            parent.Remove(parts[^1]);
        else
            parent[parts[^1]] = JsonNode.Parse(json);
        return document;
    }

    /// <summary>Puts in what the API server adds, for a document from a file.</summary>
    public static JsonObject Stored(this JsonObject document)
    {
        foreach (var (name, value) in (JsonObject)JsonNode.Parse($"{{ {Metadata} }}")!)
            document["metadata"]![name] = value?.DeepClone();
        return document;
    }

    public static ResourceHeader Header(JsonObject document) => ResourceHeader.Read(Element(document))!;

    public static JsonElement Element(JsonObject document) => JsonSerializer.SerializeToElement(document);

    public static SpecReading<ClusterSpec> ReadCluster(JsonObject document) => ClusterReader.Read(Header(document), Element(document));

    public static SpecReading<PolicySpec> ReadPolicy(JsonObject document) => PolicyReader.Read(Header(document), Element(document));

    public static SpecReading<RestoreSpec> ReadRestore(JsonObject document) => RestoreReader.Read(Header(document), Element(document));

    public static SpecReading<DrillSpec> ReadDrill(JsonObject document) => DrillReader.Read(Header(document), Element(document));

    public static SpecReading<FleetBudgetSpec> ReadBudget(JsonObject document) => FleetBudgetReader.Read(Header(document), Element(document));

    public static SpecReading<MemberClusterSpec> ReadMember(JsonObject document) => MemberReader.Read(Header(document), Element(document));

    public static SpecReading<BackupSpec> ReadBackup(JsonObject document) => BackupReader.Read(Header(document), Element(document));
}

using System.Text.Json.Nodes;

namespace ControlPlane.Members;

/// <summary>The documents of one database cluster of the benchmark, the same in real and stand-in members.</summary>
internal static class ClusterDocuments
{
    // Refused at once: the plane has no road to the agents of another Kubernetes cluster.
    private const string Nowhere = "127.0.0.1";

    public static JsonObject Workload(string @namespace, string name) => Parse($$$$$"""
        {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"{{{{{name}}}}}","namespace":"{{{{{@namespace}}}}}","labels":{"app":"{{{{{name}}}}}"}},
         "spec":{"replicas":1,"serviceName":"{{{{{name}}}}}","selector":{"matchLabels":{"app":"{{{{{name}}}}}"}},
          "template":{"metadata":{"labels":{"app":"{{{{{name}}}}}"}},"spec":{
           "containers":[{"name":"mysql","image":"mariadb:10.11","volumeMounts":[{"name":"datadir","mountPath":"/var/lib/mysql"}]},{"name":"xtrabackup","image":"controlplane/sidecar:1.0"}],
           "volumes":[{"name":"datadir","emptyDir":{}}]}}}}
        """);

    public static JsonObject Cluster(string @namespace, string name) => Parse($$$$$"""
        {"apiVersion":"backup.controlplane/v1","kind":"MySQLCluster","metadata":{"name":"{{{{{name}}}}}","namespace":"{{{{{@namespace}}}}}","labels":{"app":"{{{{{name}}}}}","tier":"gold"}},
         "spec":{"workload":{"kind":"StatefulSet","name":"{{{{{name}}}}}","container":"mysql","dataVolume":"datadir","dataPath":"/var/lib/mysql"},"credentialsSecret":"backup","sidecar":{"mode":"Present"},
          "backup":{"enabled":true,"image":"controlplane/sidecar:1.0",
           "storages":{"main":{"type":"s3","schedulerName":"none","s3":{"bucket":"backups","region":"eu-central-1","credentialsSecret":"s3"}}},
           "schedule":[{"name":"nightly","schedule":"30 2 * * *","jitterSeconds":3600,"storageName":"main","keep":7}]}}}
        """);

    public static JsonObject Pod(string @namespace, string workload, string uid) => Parse($$$$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{{{workload}}}}}-0","namespace":"{{{{{@namespace}}}}}","labels":{"app":"{{{{{workload}}}}}"},
          "ownerReferences":[{"apiVersion":"apps/v1","kind":"StatefulSet","name":"{{{{{workload}}}}}","uid":"{{{{{uid}}}}}","controller":true}]},
         "spec":{"schedulerName":"none","containers":[{"name":"mysql","image":"mariadb:10.11"},{"name":"xtrabackup","image":"controlplane/sidecar:1.0"}]},
         "status":{{{{{PodStatus().ToJsonString()}}}}}}
        """);

    public static JsonObject PodStatus() => Parse($$$$$"""
        {"phase":"Running","podIP":"{{{{{Nowhere}}}}}","conditions":[{"type":"Ready","status":"True"}],
         "containerStatuses":[{"name":"xtrabackup","ready":true,"restartCount":0,"image":"none","imageID":"none"}]}
        """);

    public static JsonObject Backup(string @namespace, string cluster, string name) => Parse($$$$$"""
        {"apiVersion":"backup.controlplane/v1","kind":"MySQLBackup","metadata":{"name":"{{{{{name}}}}}","namespace":"{{{{{@namespace}}}}}"},"spec":{"clusterName":"{{{{{cluster}}}}}","storageName":"main","type":"full"}}
        """);

    private static JsonObject Parse(string text) => (JsonObject)JsonNode.Parse(text)!;
}

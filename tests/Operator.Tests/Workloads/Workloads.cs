using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Tests.Workloads;

/// <summary>A cluster as its owner describes it, and the workload that goes with it.</summary>
internal static class Workloads
{
    public static ClusterKey Key(string @namespace = "shop") => new(new(MemberKey.Local), @namespace, "orders");

    public static ClusterSpec Spec() => new()
    {
        Uid = "4f2c1d6e-0000-4000-8000-00000000000c",
        Generation = 3,
        Workload = new() { Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" },
        CredentialsSecret = "orders-backup",
        BackupEnabled = true,
        Image = new() { Name = "controlplane/sidecar:1.0", PullPolicy = "IfNotPresent" },
        Storages = new Dictionary<string, StorageSpec>(),
    };

    public static V1StatefulSet StatefulSet() => KubernetesYaml.Deserialize<V1StatefulSet>("""
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: orders-mysql, namespace: shop, uid: 4f2c1d6e-0000-4000-8000-00000000000d }
        spec:
          replicas: 0
          serviceName: orders-mysql
          selector: { matchLabels: { app: orders-mysql } }
          template:
            metadata: { labels: { app: orders-mysql } }
            spec:
              securityContext: { runAsUser: 999, runAsGroup: 998, fsGroup: 998 }
              containers:
                - name: mysql
                  image: localhost/mariadb:dev
                  volumeMounts: [ { name: datadir, mountPath: /var/lib/mysql }, { name: tmp, mountPath: /tmp } ]
                - { name: exporter, image: localhost/exporter:1 }
              volumes: [ { name: tmp, emptyDir: {} } ]
          volumeClaimTemplates:
            - metadata: { name: datadir }
              spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
        """);
}

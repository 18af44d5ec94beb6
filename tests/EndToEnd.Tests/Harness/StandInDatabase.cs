namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A database of a <see cref="StandInNode"/>: a StatefulSet that never runs, and the <c>MySQLCluster</c> that describes it.</summary>
/// <param name="Name">The cluster's name.</param>
/// <param name="Backup">Its <c>spec.backup</c> in one line of YAML; null where policies say all.</param>
/// <param name="Tier">Its label <c>tier</c>, by which policies select it.</param>
internal sealed record StandInDatabase(string Name, string? Backup = null, string Tier = "none")
{
    /// <summary>The label of the databases' Pods.</summary>
    internal const string Label = "stand-in";

    /// <summary>Where backups would go. No scheduler takes their Pods, so that no node runs them.</summary>
    internal const string Storages = "storages: { main: { type: s3, schedulerName: none, s3: { bucket: backups, region: eu-central-1, credentialsSecret: none } } }";

    /// <summary>A <c>spec.backup</c> with one schedule.</summary>
    internal static string Scheduled(string schedule) => $"{{ enabled: true, image: none, {Storages}, schedule: [{{ name: often, schedule: \"{schedule}\", storageName: main }}] }}";

    internal string Workload => $$"""
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: {{Name}}-mysql }
        spec:
          serviceName: {{Name}}
          selector: { matchLabels: { app: {{Name}} } }
          template:
            metadata: { labels: { app: {{Name}}, {{Label}}: database } }
            spec:
              schedulerName: none
              containers: [{ name: mysql, image: none, volumeMounts: [{ name: datadir, mountPath: /var/lib/mysql }] }]
              volumes: [{ name: datadir, emptyDir: {} }]
        """;

    internal string Cluster => $$"""
        apiVersion: backup.controlplane/v1
        kind: MySQLCluster
        metadata: { name: {{Name}}, labels: { tier: {{Tier}} } }
        spec:
          workload: { kind: StatefulSet, name: {{Name}}-mysql, container: mysql, dataVolume: datadir, dataPath: /var/lib/mysql }
          credentialsSecret: none
        {{(Backup is null ? "" : $"  backup: {Backup}")}}
        """;
}

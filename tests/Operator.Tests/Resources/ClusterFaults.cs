using System.Text.Json.Nodes;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Resources;

/// <summary>One wrong field at a time: where, what, and a part of what the owner is told.</summary>
internal static class ClusterFaults
{
    private const string Storage = "spec/backup/storages/main/";
    private const string S3 = Storage + "s3/";

    public static TheoryData<string, string, string> All => [.. Spec, .. Schedules, .. Storages, .. Places, .. Google, .. AzurePlaces, .. Options, .. Pods, .. Later];

    private static TheoryData<string, string, string> Spec => new()
    {
        { "metadata/name", $"\"{new string('a', 64)}\"", "metadata.name: " },
        { "metadata/name", "\"a.b\"", "metadata.name: \"a.b\" is no label" },
        { "spec", "-", "spec: is missing." },
        { "spec", "[]", "spec: a list is no object" },
        { "spec/workload", "-", "spec.workload: is missing." },
        { "spec/workload/name", "-", "spec.workload.name: is missing." },
        { "spec/workload/name", "\"Orders\"", "spec.workload.name: \"Orders\" is no name in Kubernetes; use" },
        { "spec/workload/kind", "\"Deployment\"", "spec.workload.kind: \"Deployment\" is not known; use StatefulSet." },
        { "spec/workload/container", "\"xtrabackup\"", "spec.workload.container: \"xtrabackup\" is the agent's own container" },
        { "spec/workload/dataPath", "\"var/lib\"", "spec.workload.dataPath: \"var/lib\" is no absolute path" },
        { "spec/workload/dataPath", "\"/var/../etc\"", "is no absolute path" },
        { "spec/workload/dataPath", "\"/\"", "is no absolute path" },
        { "spec/workload/datapath", "\"/x\"", "spec.workload.datapath: is not known; did you mean 'dataPath'." },
        { "spec/engine", "\"Mydumper\"", "spec.engine: \"Mydumper\" is not known; use Auto, XtraBackup or MariaDbBackup." },
        { "spec/engine", "1", "spec.engine: 1 is no text" },
        { "spec/credentialsSecret", "-", "spec.credentialsSecret: is missing." },
        { "spec/credentialsSecret", "\"\"", "spec.credentialsSecret: \"\" is no name" },
        { "spec/sidecar", "{\"mode\":\"Auto\"}", "spec.sidecar.mode: \"Auto\" is not known; use Inject or Present." },
        { "spec/suspended", "\"true\"", "spec.suspended: \"true\" is neither true nor false." },
        { "spec/backups", "{}", "spec.backups: is not known; did you mean 'backup'." },
        { "spec/backup/enabled", "1", "spec.backup.enabled: 1 is neither true nor false." },
        { "spec/backup/image", "-", "spec.backup.image: is missing." },
        { "spec/backup/image", "\"a b\"", "spec.backup.image: \"a b\" is no reference of an image" },
        { "spec/backup/imagePullPolicy", "\"Sometimes\"", "use Always, IfNotPresent or Never." },
        { "spec/backup/imagePullSecrets", "[\"registry\"]", "spec.backup.imagePullSecrets[0]: is no object" },
        { "spec/backup/imagePullSecrets", "[{}]", "spec.backup.imagePullSecrets[0].name: is missing." },
        { "spec/backup/backoffLimit", "21", "spec.backup.backoffLimit: 21 is no whole number from 0 to 20." },
        { "spec/backup/backoffLimit", "1.5", "spec.backup.backoffLimit: 1.5 is no whole number" },
        { "spec/backup/activeDeadlineSeconds", "59", "is no whole number from 60 to 604800." },
        { "spec/backup/activeDeadlineSeconds", "99999999999999999999999", "is no whole number from 60 to 604800." },
        { "spec/backup/startingDeadlineSeconds", "\"1h\"", "spec.backup.startingDeadlineSeconds: \"1h\" is no whole number" },
        { "spec/backup/sourcePod", "\"orders_1\"", "spec.backup.sourcePod: " },
        { "spec/backup/serviceAccountName", "\"a/b\"", "spec.backup.serviceAccountName: " },
        { "spec/backup/encryptionKeySecret", "{\"key\":\"k\"}", "spec.backup.encryptionKeySecret.name: is missing." },
        { "spec/backup/encryptionKeySecret", "\"backup-keys\"", "spec.backup.encryptionKeySecret: \"backup-keys\" is no object" },
        { "spec/backup/storages", "[]", "spec.backup.storages: a list is no object" },
    };

    private static TheoryData<string, string, string> Schedules => new()
    {
        { "spec/backup/schedule", "{}", "spec.backup.schedule: is no list" },
        { "spec/backup/schedule", "[\"nightly\"]", "spec.backup.schedule[0]: is no object" },
        { "spec/backup/schedule", Schedule("name", "-"), "spec.backup.schedule[0].name: is missing." },
        { "spec/backup/schedule", Schedule("name", "\"Nightly\""), "spec.backup.schedule[0].name: \"Nightly\" is no label" },
        { "spec/backup/schedule", $"[{Schedule("name", "\"a\"")[1..^1]},{Schedule("name", "\"a\"")[1..^1]}]", "spec.backup.schedule[1].name: \"a\" is an earlier entry's name; give each schedule a name of its own." },
        { "spec/backup/schedule", Schedule("schedule", "-"), "spec.backup.schedule[0].schedule: is missing." },
        { "spec/backup/schedule", Schedule("schedule", "\"@every 5m\""), "spec.backup.schedule[0].schedule: \"@every 5m\" counts from whenever the plane started" },
        { "spec/backup/schedule", Schedule("schedule", "\"0 0 2 * * *\""), "schedule: \"0 0 2 * * *\" has 6 fields; use five" },
        { "spec/backup/schedule", Schedule("schedule", "\"0 0 30 2 *\""), "schedule: \"0 0 30 2 *\" never falls due" },
        { "spec/backup/schedule", Schedule("keep", "-1"), "spec.backup.schedule[0].keep: -1 is no whole number from 0 to 10000." },
        { "spec/backup/schedule", Schedule("retention", "{\"hourly\":3}"), "spec.backup.schedule[0].retention.hourly: is not known; " },
        { "spec/backup/retention", "{\"count\":0}", "spec.backup.retention.count: 0 is no whole number from 1 to 10000." },
        { "spec/backup/retention", "{}", "spec.backup.retention: names no rule; use at least one of" },
        { "spec/backup/objectives", "{}", "spec.backup.objectives: names no objective; use at least one of" },
        { "spec/backup/objectives", "{\"rpo\":\"24\"}", "spec.backup.objectives.rpo: \"24\" is no length of time; use a whole number of minutes" },
        { "spec/backup/schedule", Schedule("storageName", "-"), "spec.backup.schedule[0].storageName: is missing." },
        { "spec/backup/schedule", Schedule("storageName", "\"mian\""), "spec.backup.schedule[0].storageName: \"mian\" is none of spec.backup.storages; use main." },
        { "spec/backup/schedule", Schedule("type", "\"incremental\""), "spec.backup.schedule[0].type: \"incremental\" is not supported by this version; use full." },
        { "spec/backup/schedule", Schedule("timeZone", "\"Local\""), "spec.backup.schedule[0].timeZone: \"Local\" is no time zone of the IANA database; use for example Europe/Prague." },
        { "spec/backup/schedule", Schedule("jitterSeconds", "86401"), "spec.backup.schedule[0].jitterSeconds: 86401 is no whole number from 0 to 86400." },
        { "spec/backup/schedule", Schedule("concurrencyPolicy", "\"Allow\""), "concurrencyPolicy: \"Allow\" is not known; use Forbid or Queue." },
        { "spec/backup/schedule", Schedule("missedRunPolicy", "\"RunAll\""), "missedRunPolicy: \"RunAll\" is not known; use RunOnce or Skip." },
        { "spec/backup/schedule", Schedule("suspended", "1"), "spec.backup.schedule[0].suspended: 1 is neither true nor false." },
        { "spec/backup/schedule", Schedule("timezone", "\"UTC\""), "spec.backup.schedule[0].timezone: is not known; did you mean 'timeZone'." },
    };

    private static string Schedule(string field, string value) =>
        new JsonArray(new JsonObject { ["name"] = "nightly", ["schedule"] = "30 2 * * *", ["storageName"] = "main" }.With(field, value)).ToJsonString();

    private static TheoryData<string, string, string> Storages => new()
    {
        { "spec/backup/storages/a b", "{\"type\":\"s3\"}", "spec.backup.storages: \"a b\" is no name of a storage" },
        { Storage + "type", "-", "spec.backup.storages.main.type: is missing." },
        { Storage + "type", "\"nfs\"", "spec.backup.storages.main.type: \"nfs\" is not known; use s3, gcs, azure or filesystem." },
        { Storage + "s3", "-", "spec.backup.storages.main.s3: is missing." },
        { Storage + "filesystem", "{\"persistentVolumeClaim\":\"x\"}", "filesystem: does not belong to a storage of type s3" },
        { "spec/backup/storages/v", "{\"type\":\"filesystem\"}", "spec.backup.storages.v.filesystem: is missing." },
        { "spec/backup/storages/v", "{\"type\":\"filesystem\",\"filesystem\":{\"persistentVolumeClaim\":\"x\",\"path\":\"a/../b\"}}", "path: \"a/../b\" has an empty part, '.' or '..'" },
        { "spec/backup/storages/v", "{\"type\":\"filesystem\",\"caBundle\":{\"secretName\":\"x\"},\"filesystem\":{\"persistentVolumeClaim\":\"x\"}}", "caBundle: has no effect on a storage of type filesystem" },
        { Storage + "azure", "{\"container\":\"backups\"}", "azure: does not belong to a storage of type s3; remove it, or change the type to azure." },
        { "spec/backup/storages/a", "{\"type\":\"azure\"}", "spec.backup.storages.a.azure: is missing." },
        { Storage + "verifyTLS", "\"no\"", "verifyTLS: \"no\" is neither true nor false." },
        { Storage + "verifyTls", "false", "verifyTls: is not known; did you mean 'verifyTLS'." },
        { Storage + "caBundle", "{}", "caBundle.secretName: is missing." },
        { Storage + "caBundle", "{\"secretName\":\"x\",\"key\":\"../ca\"}", "caBundle.key: \"../ca\" is no key of a Secret" },
        { Storage + "encryptionKeySecret", "{\"name\":\"Keys\"}", "encryptionKeySecret.name: \"Keys\" is no name in Kubernetes" },
        { Storage + "encryptionKeySecret", "{\"name\":\"keys\",\"key\":\"a/b\"}", "encryptionKeySecret.key: \"a/b\" is no key of a Secret" },
        { Storage + "encryptionKeySecret", "{\"name\":\"keys\",\"key\":\"..a\"}", "encryptionKeySecret.key: \"..a\" is no key of a Secret" },
        { Storage + "encryptionKeySecret", "{\"name\":\"keys\",\"keyId\":\"a\"}", "encryptionKeySecret.keyId: is not known; did you mean 'key'." },
        { Storage + "uploadBandwidth", "\"63Ki\"", "spec.backup.storages.main.uploadBandwidth: \"63Ki\" is no whole number of bytes from 64Ki to 1Ti; use for example 50Mi." },
        { Storage + "uploadBandwidth", "0", "uploadBandwidth: 0 is no whole number of bytes" },
        { Storage + "uploadBandwidth", "-65536", "uploadBandwidth: -65536 is no whole number of bytes" },
        { Storage + "uploadBandwidth", "\"2Ti\"", "uploadBandwidth: \"2Ti\" is no whole number of bytes" },
        { Storage + "uploadBandwidth", "\"100000.5\"", "uploadBandwidth: \"100000.5\" is no whole number of bytes" },
        { Storage + "uploadBandwidth", "\"50 MiB\"", "uploadBandwidth: \"50 MiB\" is no whole number of bytes" },
        { Storage + "uploadBandwidth", "\"1e9\"", "uploadBandwidth: \"1e9\" is no whole number of bytes" },
        { Storage + "uploadBandwidth", "1e300", "uploadBandwidth: 1e300 is no whole number of bytes" },
        { Storage + "uploadBandwidth", "true", "uploadBandwidth: true is no whole number of bytes" },
        { Storage + "readBack", "\"None\"", "spec.backup.storages.main.readBack: \"None\" is not known; use Full or Listing." },
        { Storage + "compression", "{\"level\":20}", "compression.level: 20 is no whole number from 1 to 19." },
        { Storage + "compression", "{\"codec\":\"gzip\"}", "compression.codec: \"gzip\" is not known; use zstd, lz4 or none." },
        { Storage + "compression", "{\"codec\":\"lz4\",\"level\":13}", "compression.level: is 13; lz4 has levels 1 to 12" },
        { Storage + "compression", "{\"codec\":\"none\",\"level\":3}", "compression.level: has no effect with codec none" },
    };

    private static TheoryData<string, string, string> Places => new()
    {
        { S3 + "bucket", "-", "spec.backup.storages.main.s3.bucket: is missing." },
        { S3 + "bucket", "\"My_Bucket\"", "s3.bucket: \"My_Bucket\" is no name of a bucket" },
        { S3 + "bucket", "\"ab\"", "is no name of a bucket" },
        { S3 + "bucket", "\"a..b\"", "is no name of a bucket" },
        { S3 + "bucket", "\"backups/../x\"", "has an empty part, '.' or '..'" },
        { S3 + "prefix", "\"a//b\"", "s3.prefix: \"a//b\" has an empty part" },
        { S3 + "prefix", "\"a\\u0000b\"", "has control characters" },
        { S3 + "prefix", $"\"{new string('é', 300)}\"", "is too long; a prefix has at most 512 bytes" },
        { S3 + "region", "\"eu central\"", "s3.region: \"eu central\" is no region" },
        { S3 + "endpointUrl", "\"s3.example.com\"", "s3.endpointUrl: is no address of a store" },
        { S3 + "endpointUrl", "\"ftp://s3.example.com\"", "is no address of a store" },
        { S3 + "endpointUrl", "\"https://u:p@s3.example.com\"", "has a user or password in it" },
        { S3 + "endpointUrl", "\"https://s3.example.com/bucket\"", "has a path or query in it" },
        { S3 + "endpointUrl", "\"https://s3.example.com/?x=1\"", "has a path or query in it" },
        { S3 + "endpointUrl", "\"http://169.254.169.254\"", "is an address of the machine or its cloud's metadata service" },
        { S3 + "endpointUrl", "\"http://2852039166\"", "metadata service" },
        { S3 + "endpointUrl", "\"http://0xa9fea9fe/\"", "metadata service" },
        { S3 + "endpointUrl", "\"http://169.254.169.254./\"", "metadata service" },
        { S3 + "endpointUrl", "\"http://[::ffff:169.254.169.254]/\"", "metadata service" },
        { S3 + "endpointUrl", "\"http://[fe80::1]/\"", "metadata service" },
        { S3 + "endpointUrl", "\"http://[fd00:ec2::254]/\"", "metadata service" },
        { S3 + "endpointUrl", "\"http://metadata.google.internal\"", "metadata service" },
        { S3 + "endpointUrl", "\"http://0.0.0.0:9000\"", "metadata service" },
        { S3 + "credentialsSecret", "\"\"", "s3.credentialsSecret: \"\" is no name" },
        { S3 + "storageClass", "\"GLACIER\"", "cannot be used: its objects cannot be read back at once" },
        { S3 + "storageClass", "\"standard\"", "is no storage class" },
        { S3 + "serverSideEncryption", "{}", "serverSideEncryption.type: is missing." },
        { S3 + "serverSideEncryption", "{\"type\":\"AES256\",\"kmsKeyId\":\"k\"}", "kmsKeyId: has no effect with type AES256" },
        { S3 + "forcePathStyle", "\"yes\"", "forcePathStyle: \"yes\" is neither true nor false." },
    };

    private static TheoryData<string, string, string> Google => new()
    {
        { Storage + "gcs", "{\"bucket\":\"backups\"}", "spec.backup.storages.main.gcs: does not belong to a storage of type s3" },
        { "spec/backup/storages/g", "{\"type\":\"gcs\"}", "spec.backup.storages.g.gcs: is missing." },
        { "spec/backup/storages/g", Gcs(""), "storages.g.gcs.bucket: is missing." },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"My_Bucket\""), "gcs.bucket: \"My_Bucket\" is no name of a bucket; use 3 to 63 of a-z, 0-9, '-', '_' and '.'" },
        { "spec/backup/storages/g", Gcs($"\"bucket\":\"{new string('a', 64)}\""), "is no name of a bucket" },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"backups/x\",\"prefix\":\"y\""), "gcs.prefix: stands in bucket too" },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"backups\",\"storageClass\":\"GLACIER\""), "gcs.storageClass: \"GLACIER\" is not known; use STANDARD, NEARLINE, COLDLINE or ARCHIVE." },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"backups\",\"region\":\"eu\""), "gcs.region: is not known" },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"backups\",\"endpointUrl\":\"http://metadata.google.internal\",\"credentialsSecret\":\"x\""), "gcs.endpointUrl: is an address of the machine or its cloud's metadata service" },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"backups\",\"endpointUrl\":\"https://storage.example.com\""), "gcs.endpointUrl: is not Google's: without credentialsSecret" },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"backups\",\"endpointUrl\":\"http://storage.googleapis.com\""), "gcs.endpointUrl: is not Google's" },
        { "spec/backup/storages/g", Gcs("\"bucket\":\"backups\",\"endpointUrl\":\"https://evilgoogleapis.com\""), "gcs.endpointUrl: is not Google's" },
    };

    private static string Gcs(string fields) => $"{{\"type\":\"gcs\",\"gcs\":{{{fields}}}}}";

    private static TheoryData<string, string, string> AzurePlaces
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (name, json, expected) in AzureFields)
                rows.Add("spec/backup/storages/a", Azure("s", name, json), expected);
            rows.Add("spec/backup/storages/a", Azure("s", "container", "-"), "spec.backup.storages.a.azure.container: is missing.");
            rows.Add("spec/backup/storages/a", Azure(null, "prefix", "\"x\""), "azure.endpointUrl: is missing: without credentialsSecret it names the account");
            rows.Add("spec/backup/storages/a", Azure(null, "endpointUrl", "\"\""), "azure.endpointUrl: is missing: without credentialsSecret it names the account");
            rows.Add("spec/backup/storages/a", Azure(null, "endpointUrl", "\"http://10.0.0.7:10000\""), "azure.endpointUrl: is not https, as a workload identity demands");
            return rows;
        }
    }

    private static string Azure(string? secret, string field, string value)
    {
        var azure = new JsonObject { ["container"] = "backups", ["credentialsSecret"] = secret };
        return new JsonObject { ["type"] = "azure", ["azure"] = azure.With(field, value) }.ToJsonString();
    }

    private static IReadOnlyList<(string Field, string Value, string Expected)> AzureFields =>
    [
        ("container", "\"Backups\"", "azure.container: \"Backups\" is no name of a container; use 3 to 63"),
        ("container", "\"ab\"", "is no name of a container"),
        ("container", "\"a--b\"", "is no name of a container"),
        ("container", "\"a.bc\"", "is no name of a container"),
        ("container", "\"$root\"", "is no name of a container"),
        ("container", $"\"{new string('a', 64)}\"", "is no name of a container"),
        ("container", "\"backups/../x\"", "has an empty part, '.' or '..'"),
        ("container", "\"backups/x./y\"", "has a part that ends with a dot"),
        ("prefix", "\"prod./x\"", "azure.prefix: \"prod./x\" has a part that ends with a dot, which Azure does not keep"),
        ("endpointUrl", "\"myaccount\"", "azure.endpointUrl: is no address of a store"),
        ("endpointUrl", "\"http://10.0.0.7:10000/devstoreaccount1\"", "give scheme, host and port alone, and the container in container"),
        ("endpointUrl", "\"https://x.blob.core.windows.net/?sv=1\"", "has a path or query in it"),
        ("endpointUrl", "\"http://168.63.129.16\"", "metadata service"),
        ("credentialsSecret", "\"\"", "azure.credentialsSecret: \"\" is no name"),
        ("storageClass", "\"Archive\"", "azure.storageClass: \"Archive\" cannot be used: its objects cannot be read back at once"),
        ("storageClass", "\"cool\"", "azure.storageClass: \"cool\" is not known; use Hot, Cool or Cold."),
        ("accountName", "\"x\"", "azure.accountName: is not known"),
    ];

    private static TheoryData<string, string, string> Options => new()
    {
        { Storage + "containerOptions", "{\"env\":[{\"name\":\"1X\"}]}", "containerOptions.env[0].name: \"1X\" is no name of a variable" },
        { Storage + "containerOptions", "{\"env\":[{\"name\":\"X\",\"valueFrom\":{}}]}", "env[0].valueFrom: is not taken; write a literal value" },
        { Storage + "containerOptions", "{\"env\":[{\"name\":\"X\"},{\"name\":\"X\"}]}", "env[1].name: X is given twice" },
        { Storage + "containerOptions", "{\"env\":[{\"name\":\"AWS_ACCESS_KEY_ID\"}]}", "AWS_ACCESS_KEY_ID may not be given here" },
        { Storage + "containerOptions", "{\"args\":{\"xtrabackup\":[\"--target-dir=/x\"]}}", "Tool argument 1, --target-dir, is not taken" },
        { Storage + "containerOptions", "{\"env\":[{\"name\":\"X\",\"value\":5}]}", "env[0].value: is no text; write it in quotes." },
        { Storage + "containerOptions", "{\"args\":{\"xtrabackup\":[5]}}", "args.xtrabackup[0]: is no text" },
        { Storage + "containerOptions", "{\"args\":{\"xbcloud\":[\"--parallel=2\"]}}", "args.xbcloud: has no effect here" },
        { Storage + "containerOptions", "{\"args\":{\"xbstream\":[\"-x\"]}}", "args.xbstream: has no effect here" },
    };

    private static TheoryData<string, string, string> Pods => new()
    {
        { Storage + "resources", "{\"limits\":{\"memory\":\"lots\"}}", "resources: holds something that is no quantity" },
        { Storage + "resources", "{\"limit\":{}}", "resources: 'limit' is not known" },
        { Storage + "nodeSelector", "{\"pool\":1}", "nodeSelector: has the wrong form" },
        { Storage + "affinity", "{\"nodeAffinity\":{\"prefered\":[]}}", "affinity: 'nodeAffinity.prefered' is not known" },
        { Storage + "affinity", "{\"nodeAffinity\":[]}", "affinity: has the wrong form at nodeAffinity" },
        { Storage + "tolerations", "[{\"key\":\"a\",\"tolerationSeconds\":\"x\"}]", "tolerations: has the wrong form" },
        { Storage + "topologySpreadConstraints", "{}", "topologySpreadConstraints: has the wrong form" },
        { Storage + "priorityClassName", "\"Low\"", "priorityClassName: is no name in Kubernetes" },
        { Storage + "labels", "{\"backup.controlplane/uid\":\"x\"}", "labels: 'backup.controlplane/uid' is set by the control plane" },
        { Storage + "labels", "{\"a b\":\"x\"}", "labels: 'a b' is no key" },
        { Storage + "labels", "{\"team\":\"a b\"}", "labels: 'team' has no proper value" },
        { Storage + "annotations", "{\"backup.controlplane/request\":\"{}\"}", "is set by the control plane" },
        { Storage + "podSecurityContext", "{\"runAsUser\":0}", "asks for more than the Pod security standard 'restricted' allows" },
        { Storage + "podSecurityContext", "{\"sysctls\":[{\"name\":\"a\",\"value\":\"b\"}]}", "use no sysctls" },
        { Storage + "containerSecurityContext", "{\"privileged\":true}", "use privileged: false" },
        { Storage + "containerSecurityContext", "{\"capabilities\":{\"add\":[\"SYS_ADMIN\"]}}", "use no added capabilities" },
        { "spec/backup/containerSecurityContext", "{\"allowPrivilegeEscalation\":true}", "spec.backup.containerSecurityContext: asks for more" },
        { "spec/backup/resources", "\"big\"", "spec.backup.resources: has the wrong form" },
    };

    /// <summary>What later versions do, and what has no effect.</summary>
    public static TheoryData<string, string, string> Later => new()
    {
        { "spec/backup/pitr", "{\"enabled\":false}", "spec.backup.pitr: is not supported by this version; remove it." },
        { "spec/backup/initImage", "\"x\"", "spec.backup.initImage: has no effect here" },
        { Storage + "volumeSpec", "{}", "volumeSpec: has no effect here" },
    };
}

using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Jobs;
using ControlPlane.Protocol;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Tests.Jobs;

public sealed class JobBuilderTests
{
    private const string Authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

    public static TheoryData<string> Cases => ["backup-s3", "backup-s3-everything", "backup-filesystem", "backup-sealed", "backup-gcs", "backup-azure", "delete-s3", "sweep-identity", "sweep-cluster", "prune-s3", "rewrap-s3", "backup-limited", "restore-volume", "plan-restore", "undo-restore", "drill", "drill-volume"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Build_OfAnOrder_IsTheJobOfTheCase(string name)
    {
        var expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", name, "job.yaml"));

        var actual = KubernetesYaml.Serialize(Build(Order(name))) + "\n";

        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Build_Twice_IsTheSame(string name) =>
        Assert.Equal(KubernetesJson.Serialize(Build(Order(name))), KubernetesJson.Serialize(Build(Order(name))));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Build_TheRequest_IsReadBackAndSaysWhereTheAgentIs(string name)
    {
        var order = Order(name);

        var request = JsonSerializer.Deserialize(Build(order).Spec.Template.Metadata.Annotations[JobFiles.RequestAnnotation], ProtocolJson.Default.JobRequest)!;

        Assert.Equal(order.Request.Backup, request.Backup);
        Assert.Equal(order.Request.Operation == JobOperation.Backup, request.Source is not null);
        if (request.Source is { } source)
        {
            Assert.Equal(new Uri("https://10.36.0.17:6450"), source.Agent);
            Assert.Equal("orders.shop.agent.backup.controlplane", source.ServerName);
            Assert.Equal(Authority, source.Authority);
        }
    }

    [Fact]
    public void Build_ForAnAgentOnIpv6_WritesAnAddressWithBrackets()
    {
        var order = Orders.Backup();
        order = order with { Source = order.Source! with { Address = "fd00::17" } };

        Assert.Contains("https://[fd00::17]:6450", Build(order).Spec.Template.Metadata.Annotations[JobFiles.RequestAnnotation], StringComparison.Ordinal);
    }

    [Fact]
    public void Build_OwnersMetadata_CannotTakeOursAway()
    {
        var order = WithPod("""{"labels":{"backup.controlplane/uid":"another","team":"shop"},"annotations":{"backup.controlplane/request":"{}","a":"b"}}""");

        var template = Build(order).Spec.Template.Metadata;

        Assert.Equal(Orders.Uid, template.Labels["backup.controlplane/uid"]);
        Assert.Equal("shop", template.Labels["team"]);
        Assert.Contains(Orders.Uid, template.Annotations[JobFiles.RequestAnnotation], StringComparison.Ordinal);
        Assert.Equal("b", template.Annotations["a"]);
    }

    [Fact]
    public void Build_OwnersSecurity_ChangesWhatItNamesAndNothingElse()
    {
        var order = WithPod("""{"podSecurityContext":{"fsGroup":2000,"runAsUser":2000},"containerSecurityContext":{"readOnlyRootFilesystem":false}}""");

        var pod = Build(order).Spec.Template.Spec;

        Assert.Equal((2000L, 2000L, Runner.User, true), (pod.SecurityContext.FsGroup, pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup, pod.SecurityContext.RunAsNonRoot));
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        var container = pod.Containers[0].SecurityContext;
        Assert.Equal((false, false), (container.ReadOnlyRootFilesystem, container.AllowPrivilegeEscalation));
        Assert.Equal(["ALL"], container.Capabilities.Drop);
    }

    [Fact]
    public void Build_OwnersAffinity_KeepsAndGainsTheSourcesNode()
    {
        var order = WithPod("""
            {"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"Exists"}]}]}},
             "podAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"podAffinityTerm":{"topologyKey":"zone"}}]}}}
            """);

        var affinity = Build(order).Spec.Template.Spec.Affinity;

        Assert.NotNull(affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution);
        Assert.Equal(["zone", "kubernetes.io/hostname"], affinity.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution.Select(term => term.PodAffinityTerm.TopologyKey));
    }

    [Fact]
    public void Build_ALongName_FitsIntoLabelsAndStandsWholeInAnAnnotation()
    {
        var name = string.Join('.', Enumerable.Repeat("a-rather-long-part", 12));

        var job = Build(Orders.Backup(name: name));

        Assert.True(job.Metadata.Labels["backup.controlplane/backup"].Length <= 63);
        Assert.Equal(name, job.Metadata.Annotations["backup.controlplane/backup"]);
        Assert.True(job.Metadata.Name.Length <= 63);
    }

    [Fact]
    public void Build_OfASealedBackup_MountsItsOneKeyAndNamesItOnly()
    {
        var pod = Build(Orders.Sealed()).Spec.Template.Spec;

        var volume = pod.Volumes.Single(volume => volume.Name == Runner.Volumes.EncryptionKeys).Secret;
        Assert.Equal(("backup-keys", true, "key-2026"), (volume.SecretName, volume.Optional, Assert.Single(volume.Items).Key));
        var mount = pod.Containers[0].VolumeMounts.Single(mount => mount.Name == Runner.Volumes.EncryptionKeys);
        Assert.Equal((JobFiles.EncryptionKeys, true), (mount.MountPath, mount.ReadOnlyProperty));
        Assert.Null(pod.Containers[0].Env);
    }

    [Fact]
    public void Build_OfARewrap_MountsAllKeysAndNoTicket()
    {
        var pod = Build(Order("rewrap-s3")).Spec.Template.Spec;

        Assert.Null(pod.Volumes.Single(volume => volume.Name == Runner.Volumes.EncryptionKeys).Secret.Items);
        Assert.DoesNotContain(pod.Volumes, volume => volume.Name == Runner.Volumes.Ticket);
        Assert.False(pod.AutomountServiceAccountToken);
    }

    // A server of another user could not read what the runner wrote; and neither of them is to reach anything.
    [Fact]
    public void Build_OfADrill_HasTheServerBesideTheRunnerOnOneVolumeAndNothingElse()
    {
        var pod = Build(Orders.Drill()).Spec.Template.Spec;

        Assert.Equal(["runner", "server"], pod.Containers.Select(container => container.Name));
        var server = pod.Containers[1];
        Assert.Equal([JobFiles.DataVolume], server.VolumeMounts.Select(mount => mount.MountPath));
        Assert.Equal((true, false, "ALL"), (server.SecurityContext.ReadOnlyRootFilesystem, server.SecurityContext.AllowPrivilegeEscalation, Assert.Single(server.SecurityContext.Capabilities.Drop)));
        Assert.Equal((Runner.User, false, "8Gi"), (pod.SecurityContext.RunAsUser, pod.AutomountServiceAccountToken, pod.Volumes.Single(volume => volume.Name == "data").EmptyDir.SizeLimit.ToString()));
        Assert.Equal("fast", Build(Orders.Drill("fast")).Spec.Template.Spec.Volumes.Single(volume => volume.Name == "data").Ephemeral.VolumeClaimTemplate.Spec.StorageClassName);
    }

    private static V1Job Build(JobOrder order) => JobBuilder.Build(order, Authority, TimeSpan.FromHours(1));

    private static JobOrder WithStorage(StorageSpec storage) =>
        Orders.Backup() with { Storage = storage, Request = Orders.Backup().Request with { Storage = storage.Request } };

    private static JobOrder WithPod(string json)
    {
        var order = Orders.Backup();
        return order with { Storage = order.Storage with { PodJson = json } };
    }

    private static JobOrder Order(string name) => name switch
    {
        "backup-s3" => Orders.Backup(),
        "restore-volume" => Orders.Restore(JobOperation.RestoreVolume),
        "plan-restore" => Orders.Restore(JobOperation.PlanRestore),
        "drill" => Orders.Drill(),
        "drill-volume" => Orders.Drill("fast"),
        "undo-restore" => Orders.Restore(JobOperation.UndoRestore),
        "backup-s3-everything" => Orders.Backup() with
        {
            Storage = Orders.S3() with
            {
                Request = Orders.S3().Request with { HasCaBundle = true },
                CaBundle = new("store-ca", "bundle.pem"),
                PodJson = """
                    {"resources":{"limits":{"cpu":"2","memory":"1Gi"}},"nodeSelector":{"disk":"ssd"},"tolerations":[{"key":"backup","operator":"Exists","effect":"NoSchedule"}],
                     "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"}],"schedulerName":"other","priorityClassName":"low",
                     "runtimeClassName":"gvisor","labels":{"team":"shop"},"annotations":{"a":"b"}}
                    """,
            },
            Jobs = new() { Image = new() { Name = "registry/sidecar:1.0", PullPolicy = "Always", PullSecrets = ["pull-one", "pull-two"] }, ServiceAccountName = "s3-writer" },
            Environment = new Dictionary<string, string> { ["HTTPS_PROXY"] = "http://proxy:3128", ["AWS_EC2_METADATA_DISABLED"] = "true" },
        },
        "backup-filesystem" => Orders.Backup() with
        {
            Storage = new() { Request = new() { Name = "volume", Type = StorageType.FileSystem, FileSystem = new() { PersistentVolumeClaim = "backup-volume", Path = "mysql" } } },
        },
        "backup-sealed" => Orders.Sealed(),
        "backup-gcs" => Orders.Backup() with { Storage = Orders.Gcs(), Request = Orders.Backup().Request with { Storage = Orders.Gcs().Request } },
        "backup-azure" => WithStorage(new() { Request = new() { Name = "azure-main", Type = StorageType.Azure, CredentialsSecret = "azure-credentials", Azure = new() { Container = "backups", Prefix = "prod", StorageClass = "Cool" } } }),
        "delete-s3" => Orders.Removal(),
        "rewrap-s3" => Orders.Sealed() with
        {
            Job = JobNames.For("backup1", Orders.Uid, JobOperation.Rewrap, 1),
            Request = Orders.Sealed().Request with { Operation = JobOperation.Rewrap, Sealing = new() { SecretName = "backup-keys", KeyId = "key-2027" } },
            Source = null,
            ActiveDeadline = TimeSpan.FromMinutes(10),
        },
        "backup-limited" => Orders.Backup() with
        {
            Request = Orders.Backup().Request with { Version = JobRequest.BandwidthVersion, UploadBytesPerSecond = 50 << 20, ReadBack = ReadBack.Listing },
        },
        "sweep-identity" => Orders.Removal() with
        {
            Job = JobNames.For("backup1", Orders.Uid, JobOperation.Sweep, 2),
            Request = Orders.Removal().Request with { Operation = JobOperation.Sweep, Attempt = 2 },
            Storage = new() { Request = Orders.S3().Request with { CredentialsSecret = null } },
        },
        "sweep-cluster" => Orders.ClusterSweep(),
        "prune-s3" => Orders.Prune(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such case."),
    };
}

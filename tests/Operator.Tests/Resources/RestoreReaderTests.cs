using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Resources;

public sealed class RestoreReaderTests
{
    private const string Uid = "4f2c6f0e-0000-4000-8000-000000000009";
    private const string Storage = """{"type":"s3","s3":{"bucket":"backups","prefix":"prod","credentialsSecret":"s3-credentials"},"encryptionKeySecret":{"name":"keys","key":"key-2026"}}""";

    [Fact]
    public void Read_TheLeastThatIsNeeded_TakesTheDefaults()
    {
        var spec = Documents.ReadRestore(Documents.Restore()).Spec!;

        Assert.Equal(("orders", "backup1", 3), (spec.ClusterName, spec.BackupName, spec.Generation));
        Assert.Equal((ReplicaVolumes.Restore, KeepPrevious.IfSpace), (spec.ReplicaVolumes, spec.KeepPrevious));
        Assert.False(spec.DryRun || spec.Cancelled || spec.Confirmed);
    }

    [Fact]
    public void Read_ABackupByItsPlace_KnowsWhichAndWithWhichKey()
    {
        var place = Documents.ReadRestore(Placed($"s3://backups/prod/shop/orders/backup1-{Uid}/")).Spec!.Source!;

        Assert.Equal(("shop", "orders", "backup1", Uid), (place.Backup.Backup!.Namespace, place.Backup.Backup.Cluster, place.Backup.Backup.Name, place.Backup.Backup.Uid));
        Assert.Equal(("keys", "key-2026"), (place.Storage.Sealing!.SecretName, place.Storage.Sealing.KeyId));
        Assert.Equal("s3-credentials", place.Storage.Request.CredentialsSecret);
    }

    [Fact]
    public void Read_APlaceOfXbCloud_TakesItsNameAsItIs() =>
        Assert.Equal("cluster1/2024-05-01-full", Documents.ReadRestore(Placed("s3://backups/prod/cluster1/2024-05-01-full")).Spec!.Source!.Backup.XbCloud);

    [Fact]
    public void Read_WithEverythingWrong_SaysAllOfItAtOnce()
    {
        var document = Placed("s3://backups/prod/x/y/z").With("spec/clusterName", "\"A\"").With("spec/backupName", "\"backup1\"").With("spec/replicaVolumes", "\"Drop\"")
            .With("spec/keepPrevious", "\"Maybe\"").With("spec/pitr", "{\"type\":\"latest\"}").With("spec/dryrun", "true");

        var faults = Documents.ReadRestore(document).Faults!.Faults;

        Assert.Equal(6, faults.Count);
        Assert.All(["spec.clusterName", "spec.backupName", "spec.replicaVolumes", "spec.keepPrevious", "spec.pitr", "spec.dryrun"], field => Assert.Contains(faults, fault => fault.StartsWith(field, StringComparison.Ordinal)));
        Assert.Contains(faults, fault => fault.Contains("is not supported by this version", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("spec/backupName", "-", "spec.backupName: is missing; name a MySQLBackup, or say in backupSource")]
    [InlineData("spec/backupSource", "{}", "spec.backupSource.destination: is missing")]
    [InlineData("spec/backupSource", "{\"destination\":\"s3://a/b\",\"storage\":[]}", "spec.backupSource.storage: a list is no object")]
    [InlineData("spec/backupSource", "{\"destination\":\"/a/b\",\"storage\":{}}", "spec.backupSource.destination: \"/a/b\" is no place of a backup")]
    [InlineData("spec/backupSource", "{\"destination\":\"s3://a/b\",\"storage\":{\"type\":\"s3\",\"s3\":{\"bucket\":\"other\"}}}", "lies in no folder of the storage, which begins at s3://other/")]
    [InlineData("spec/backupSource", "{\"destination\":\"s3://abc/b\",\"storage\":{\"type\":\"s3\",\"s3\":{\"bucket\":\"abc\",\"buckett\":\"x\"}}}", "spec.backupSource.storage.s3.buckett")]
    [InlineData("spec/dryRun", "\"yes\"", "spec.dryRun: \"yes\" is neither true nor false")]
    public void Read_WithAFault_NamesTheFieldAndWhatWouldBeRight(string path, string json, string fault)
    {
        var document = path == "spec/backupSource" ? Documents.Restore().With("spec/backupName", "-") : Documents.Restore();

        Assert.Contains(Documents.ReadRestore(document.With(path, json)).Faults!.Faults, said => said.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AnEarlierStatus_IsRemembered()
    {
        var status = new RestoreStatus
        {
            Uid = Documents.Uid,
            ObservedGeneration = 2,
            Phase = RestorePhase.Restoring,
            Reason = "VolumesRestoring",
            From = "backup1",
            StoppedReplicas = 3,
            Plan = new() { BytesNeeded = 7, ExpectedSeconds = 94, ExpectedBy = "By that.", Steps = ["It is done."], Warnings = ["Look."] },
        };
        var document = Documents.Restore();
        document["status"] = System.Text.Json.JsonSerializer.SerializeToNode(RestoreStatusDocument.Write(status), StatusJson.Default.RestoreStatusDocument);

        var recorded = Documents.ReadRestore(document).Spec!.Recorded!;

        Assert.Equal((RestorePhase.Restoring, 3, 7, Documents.Uid), (recorded.Phase, recorded.StoppedReplicas, recorded.Plan!.BytesNeeded, recorded.Uid));
        Assert.Equal((94, "By that."), (recorded.Plan.ExpectedSeconds, recorded.Plan.ExpectedBy));
    }

    [Fact]
    public void Example_AsItStands_HasNoFaults() => Assert.Null(Documents.ReadRestore(Yaml.Parse(Checkout.Read("deploy/backup/restore.yaml")).Stored()).Faults);

    private static System.Text.Json.Nodes.JsonObject Placed(string destination) =>
        Documents.Restore().With("spec/backupName", "-").With("spec/backupSource", $$"""{"destination":"{{destination}}","storage":{{Storage}}}""");
}

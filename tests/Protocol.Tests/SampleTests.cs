using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace ControlPlane.Protocol.Tests;

/// <summary>
/// Documents of earlier days. A sample is never changed: whatever no longer reads here no longer reads in somebody's bucket or in a Job that
/// was started before an upgrade.
/// </summary>
public sealed class SampleTests
{
    [Fact]
    public void JobRequest_OfVersion1_Reads()
    {
        var request = Read("job-request", ProtocolJson.Default.JobRequest);

        Assert.Equal((JobOperation.Backup, 2, "4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162"), (request.Operation, request.Attempt, request.Backup.Uid));
        Assert.Equal((false, true, "s3-credentials"), (request.Storage.VerifyTls, request.Storage.HasCaBundle, request.Storage.CredentialsSecret));
        Assert.Equal(("prod", new Uri("https://store.example:9000"), true, "STANDARD_IA"), (request.Storage.S3!.Prefix, request.Storage.S3.Endpoint, request.Storage.S3.ForcePathStyle, request.Storage.S3.StorageClass));
        Assert.Equal((BackupEngine.MariaDbBackup, "--parallel=2"), (request.Source!.Engine, Assert.Single(request.Source.ToolArguments)));
        Assert.Equal((Codec.None, 3), (request.Compression.Codec, request.Compression.Level));
    }

    [Fact]
    public void JobRequest_WithoutWhatHasADefault_TakesIt()
    {
        var request = Read("job-request-least", ProtocolJson.Default.JobRequest);

        Assert.Equal((1, null), (request.Version, request.Sealing));
        Assert.True(request.Storage.VerifyTls);
        Assert.Equal("", request.Storage.FileSystem!.Path);
        Assert.Equal(new CompressionRequest { Codec = Codec.Zstd, Level = 1 }, request.Compression);
    }

    [Fact]
    public void JobRequest_ForAzure_Reads()
    {
        var storage = Read("job-request-azure", ProtocolJson.Default.JobRequest).Storage;

        Assert.Equal((StorageType.Azure, "azure-credentials"), (storage.Type, storage.CredentialsSecret));
        Assert.Equal(
            new AzureStorageRequest { Container = "backups", Prefix = "prod", Endpoint = new Uri("https://myaccount.blob.core.windows.net"), StorageClass = "Cool" }, storage.Azure);
    }

    [Fact]
    public void JobReport_OfVersion1_Reads()
    {
        var report = Read("job-report", ProtocolJson.Default.JobReport);

        Assert.Null(report.Fault);
        Assert.Equal((2, BackupEngine.XtraBackup, 1977L), (report.Summary!.Segments, report.Summary.Engine, report.Summary.Positions.BinlogPosition));
        Assert.Equal((JobFault.StorageDenied, 4L), (Read("job-report-failed", ProtocolJson.Default.JobReport).Fault, Read("job-report-failed", ProtocolJson.Default.JobReport).ObjectsRemoved));
    }

    [Fact]
    public void Manifest_OfVersion1_Reads()
    {
        var manifest = Read("manifest", ProtocolJson.Default.BackupManifest);

        Assert.Equal((1, "full", BackupEngine.MariaDbBackup, Codec.Zstd, "xbstream"), (manifest.Version, manifest.Type, manifest.Engine, manifest.Codec, manifest.Stream.Format));
        Assert.Equal(manifest.Stream.SizeBytes, manifest.Segments.Sum(segment => segment.SizeBytes));
        Assert.Equal("data/01/00000001", manifest.Segments[1].Key);
    }

    [Fact]
    public void SealedDocuments_OfVersion2_Read()
    {
        var request = Read("job-request", ProtocolJson.Default.JobRequest, "v2");
        Assert.Equal((2, Codec.Lz4, new SealingRequest { SecretName = "backup-keys", KeyId = "key-2026" }), (request.Version, request.Compression.Codec, request.Sealing));

        var manifest = Read("manifest", ProtocolJson.Default.BackupManifest, "v2");
        Assert.Equal((2, SealingDescription.AesGcmChunks, "key-2026"), (manifest.Version, manifest.Sealing!.Scheme, manifest.Sealing.KeyId));
        Assert.Equal((120, 64), (manifest.Sealing.WrappedKey.Length, manifest.Sealing.Mac.Length));
    }

    [Fact]
    public void SweepDocuments_OfVersion4_Read()
    {
        var request = Read("job-request", ProtocolJson.Default.JobRequest, "v4");
        Assert.Equal((JobOperation.SweepCluster, 691_200L, true), (request.Operation, request.Sweep!.SafeAgeSeconds, request.Sweep.OnlyReports));
        Assert.Equal("4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162", Assert.Single(request.Sweep.KnownUids));

        var report = Read("job-report", ProtocolJson.Default.JobReport, "v4");
        Assert.Equal((4L, 12, 4096L, 2, 5L), (report.ObjectsRemoved, report.Sweep!.Backups, report.Sweep.BytesRemoved, report.Sweep.UploadsGivenUp, report.Sweep.Left));
        Assert.Equal((3L, 1, 1, 1, true), (report.Sweep.Strangers, report.Sweep.StrangerKeys.Count, report.Sweep.Damaged, report.Sweep.DamagedBackups.Count, report.Sweep.OnlyReported));
    }

    [Fact]
    public void PruneDocuments_OfVersion5_Read()
    {
        var request = Read("job-request", ProtocolJson.Default.JobRequest, "v5");
        Assert.Equal((JobOperation.Prune, "b7", "4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405163"), (request.Operation, request.Prune!.Backups[1].Name, request.Prune.Backups[1].Uid));

        var report = Read("job-report", ProtocolJson.Default.JobReport, "v5");
        var failure = Assert.Single(report.Prune!.Failures);
        Assert.Equal((12L, JobFault.ObjectLocked, 1), (report.ObjectsRemoved, failure.Fault, Assert.Single(failure.Backups)));
        Assert.Equal(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), failure.LockedUntil);
    }

    [Fact]
    public void RestoreDocuments_OfVersion6_Read()
    {
        var request = Read("job-request", ProtocolJson.Default.JobRequest, "v6");
        Assert.Equal((JobOperation.RestoreVolume, "ledger", null), (request.Operation, request.Restore!.Source!.Backup!.Cluster, request.Restore.Source.XbCloud));
        Assert.Equal(new VolumeRequest { Name = "datadir-orders-mysql-0", DataDirectory = "data", Keep = KeepPrevious.Never, Previous = PreviousData.DropAfterwards }, request.Restore.Volume);
        Assert.Equal(new RestoreTarget { Engine = BackupEngine.MariaDbBackup, ServerVersion = "10.11.19-MariaDB" }, request.Restore.Target);

        var drill = Read("job-request-drill", ProtocolJson.Default.JobRequest, "v6").Restore!;
        Assert.Equal(("cluster1-2026-11-20-10:00:00-full", 20, true, 300, "1"), (drill.Source!.XbCloud, drill.Drill!.TablesChecked, drill.Drill.CountsRows, drill.Drill.QuerySeconds, drill.Drill.Queries[0].Expected));
    }

    [Fact]
    public void RestoreReports_OfVersion6_Read()
    {
        var report = Read("job-report", ProtocolJson.Default.JobReport, "v6");
        Assert.Equal((JobFault.PreviousMissing, VolumeHolds.Unfinished, false, 9L), (report.Fault, report.Volume!.Holds, report.Volume.PreviousKept, report.Volume.Positions!.LsnTo));
        Assert.Equal((30L, PreviousData.DeleteFirst, "0750", "u1"), (report.Plan!.BytesNeeded, report.Plan.Volume!.Previous, report.Plan.Volume.Mode, report.Plan.Volume.RemainsOf));
        Assert.Equal((JobFault.VolumeFull, RestoreWarning.AccountsOfBackup), (report.Plan.Blockers[0].Fault, report.Plan.Warnings[0].Warning));
        Assert.Equal((12, 3, 5L, 1), (report.Drill!.Tables, report.Drill.TablesChecked, report.Drill.Rows, report.Drill.Findings.Count));
    }

    [Fact]
    public void ImportDocuments_OfVersion7_Read()
    {
        var request = Read("job-request", ProtocolJson.Default.JobRequest, "v7");
        Assert.Equal((JobOperation.Import, "orders-nightly-202611010230-4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162"), (request.Operation, request.Folder!.ToString()));
        Assert.Equal(("shop", "orders", "4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162", "9e8d7c60-0000-4000-8000-000000000009"), (request.Stored.Namespace, request.Stored.Cluster, request.Stored.Uid, request.Backup.Uid));

        var report = Read("job-report", ProtocolJson.Default.JobReport, "v7");
        Assert.Equal(("orders-mysql-1", 3, new DateTimeOffset(2026, 11, 1, 2, 40, 0, TimeSpan.Zero)), (report.Import!.SourcePod, report.Summary!.Segments, report.Import.Completed));
    }

    [Fact]
    public void AgentsDocuments_OfVersion1_Read()
    {
        Assert.Empty(Read("agent-run-request", ProtocolJson.Default.AgentRunRequest).ToolArguments);
        var view = Read("agent-run-view", ProtocolJson.Default.AgentRunView);
        Assert.Equal((AgentRunPhase.Failed, JobFault.ToolFailed, 1, new BackupPositions()), (view.Phase, view.Fault, view.ExitCode, view.Positions));
        Assert.Equal((InstanceRole.Replica, 1.5), (Read("instance-view", ProtocolJson.Default.InstanceView).Role, Read("instance-view", ProtocolJson.Default.InstanceView).LagSeconds));
        Assert.Equal((BackupStage.Checking, 63), (Read("backup-progress", ProtocolJson.Default.BackupProgress).Stage, Read("backup-progress", ProtocolJson.Default.BackupProgress).Percent));
    }

    [Theory]
    [InlineData("{\"uid\":\"u1\"}")]
    [InlineData("{\"uid\":null,\"attempt\":1}")]
    [InlineData("{\"uid\":\"u1\",\"attempt\":1,\"message\":null}")]
    [InlineData("{\"uid\":\"u1\",\"attempt\":1,\"fault\":\"Unheard\"}")]
    public void Read_OfADocumentThatLacksOrMistakesSomething_IsRefused(string text) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(text, ProtocolJson.Default.JobReport));

    [Fact]
    public void Write_OfADocument_HasWordsForEnumsAndNoNulls()
    {
        var text = JsonSerializer.Serialize(new JobReport { Uid = "u1", Attempt = 1, Fault = JobFault.SecretMissing }, ProtocolJson.Default.JobReport);

        Assert.Equal("""{"uid":"u1","attempt":1,"fault":"SecretMissing","message":""}""", text);
    }

    // What is read and written again still says the same, but for what this version does not know.
    private static T Read<T>(string name, JsonTypeInfo<T> type, string version = "v1")
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Samples", version, name + ".json"));
        var document = JsonSerializer.Deserialize(text, type)!;
        var again = JsonSerializer.SerializeToNode(document, type)!;
        Forget(JsonNode.Parse(text)!, again);
        return document;
    }

    private static void Forget(JsonNode before, JsonNode after)
    {
        foreach (var (name, value) in before.AsObject().Where(member => member.Key != "ofALaterVersion"))
        {
            if (value is JsonObject)
                Forget(value, after[name]!);
            else if (value is JsonValue && !DateTimeOffset.TryParse(value.ToString(), out _))
                Assert.Equal(value.ToString(), after[name]!.ToString());
        }
    }
}

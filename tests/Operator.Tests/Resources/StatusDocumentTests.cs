using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Resources;

public sealed class StatusDocumentTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void ToStatus_OfWhatWasWritten_IsTheSameAgain()
    {
        var storages = Documents.ReadCluster(Yaml.Parse(Checkout.Read("tests/Operator.Tests/Cases/reader/everything.yaml")).Stored()).Spec!.Storages;
        foreach (var storage in storages.Values)
        {
            var status = Full() with { Storage = storage, UploadBytesPerSecond = storage.UploadBytesPerSecond ?? 0 };

            var back = RoundTrip(status);

            Assert.Equal(JsonSerializer.Serialize(status), JsonSerializer.Serialize(back));
        }
    }

    [Fact]
    public void ToDocument_OfTheLeast_WritesNoEmptyText()
    {
        var status = new BackupStatus { Uid = Documents.Uid, ObservedGeneration = 1, Phase = BackupPhase.Pending, Reason = "" };

        var json = JsonSerializer.Serialize(status.ToDocument(), StatusJson.Default.BackupStatusDocument);

        Assert.Equal("""{"observedGeneration":1,"phase":"Pending","conditions":[],"attempts":[]}""", json);
    }

    [Fact]
    public void ToDocument_OfLongTexts_CutsThem()
    {
        var document = (Full() with
        {
            Message = new string('x', 10_000),
            Summary = Full().Summary! with { Positions = new() { GtidExecuted = new string('1', 5_000) } },
        }).ToDocument();

        Assert.Equal((StatusText.MessageLimit, StatusText.GtidLimit), (document.Message!.Length, document.GtidExecuted!.Length));
    }

    [Fact]
    public void ToDocument_OfASuccess_HasTheTablesTexts()
    {
        var document = Full().ToDocument();

        Assert.Equal(("4m12s", "1.5GiB"), (document.Duration, document.Size));
    }

    [Fact]
    public void ClusterStatus_ThereAndBack_IsTheSame()
    {
        var status = new ClusterStatus
        {
            Uid = Documents.Uid,
            ObservedGeneration = 4,
            Conditions = [new() { Type = "Ready", Status = null, Reason = "SidecarNotReady", Message = "m", LastTransition = Noon, ObservedGeneration = 4 }],
            LastSuccessfulBackup = new("backup1", Noon, 5),
            Storages = "s3-main",
            Sweeps =
            [
                new()
                {
                    Storage = "s3-main", LastSweep = Noon, ObjectsRemoved = 1, BytesRemoved = 2, UploadsGivenUp = 3, Strangers = 4, DamagedBackups = 5,
                    Reason = "BackupsDamaged", Message = "m", Offered = 6, Missing = 7,
                    Offers = [new() { Folder = "b1-u", Completed = Noon, SizeBytes = 8, Schedule = "nightly", Due = Noon }, new() { Folder = "b2-u" }],
                },
                new() { Storage = "volume", Reason = "StorageMissing" },
            ],
            Schedules =
            [
                new() { Name = "nightly", NextDue = Noon, LastDue = Noon, LastOutcome = "Missed", Missed = 7, LastMissed = Noon, MissedReason = "PlaneAway", Message = "m" },
                new() { Name = "stopped" },
            ],
            Retention = new()
            {
                Kept = 5, KeptBy = [new("Newest", 1), new("Rule", 4)], Expiring = 2, Next = [new("backup0", Noon, "goes: no rule keeps it")],
                Removing = 3, Pruned = 9, Reason = "PruneFailed", Message = "m",
            },
            Import = new() { Word = "now 1", Started = Noon, Completed = Noon, Found = 3, Imported = 1, Refused = 2, Refusals = [new("b1", "b1-u", "WrongKey", "m")], Reason = "ImportFailed", Message = "m" },
            Proven = new() { Drill = "weekly", Completed = Noon, Passed = true, Reason = "Proven", Message = "m", Backup = "backup1", RecoverySeconds = 30.5, BytesOfData = 7 },
            Objectives = new() { RecoveryPoint = Noon, RecoveryPointUntil = Noon, ProvenRecoveryPoint = Noon, ProvenUntil = Noon, RecoverySeconds = 30.5, Missed = ["rpo", "rto"] },
        };

        Assert.Equal(JsonSerializer.Serialize(status), JsonSerializer.Serialize(ClusterStatusDocument.From(status).ToStatus(Documents.Uid)));
    }

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1024, "1KiB")]
    [InlineData(1_610_612_736, "1.5GiB")]
    [InlineData(long.MaxValue, "8EiB")]
    public void Size_OfBytes_IsShort(long bytes, string expected) => Assert.Equal(expected, StatusText.Size(bytes));

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(59, "59s")]
    [InlineData(3599, "59m59s")]
    [InlineData(3660, "1h1m")]
    [InlineData(90000, "1d1h")]
    public void Duration_OfSeconds_HasTwoUnits(int seconds, string expected) => Assert.Equal(expected, StatusText.Duration(TimeSpan.FromSeconds(seconds)));

    private static BackupStatus RoundTrip(BackupStatus status)
    {
        var json = JsonSerializer.Serialize(status.ToDocument(), StatusJson.Default.BackupStatusDocument);
        return JsonSerializer.Deserialize(json, StatusJson.Default.BackupStatusDocument)!.ToStatus(Documents.Uid)!;
    }

    internal static BackupStatus Full() => new()
    {
        Uid = Documents.Uid,
        ObservedGeneration = 2,
        Phase = BackupPhase.Succeeded,
        Reason = "Completed",
        Message = "Complete and checked.",
        Conditions = [new() { Type = "Complete", Status = true, Reason = "Completed", LastTransition = Noon, ObservedGeneration = 2 }],
        Attempts =
        [
            new() { Number = 1, Source = "orders-1", Job = "mbk-1", Started = Noon, Ended = Noon.AddSeconds(9), Outcome = "Failed", Reason = "StreamBroken", Message = "cut" },
            new() { Number = 2, Source = "orders-0", Job = "mbk-2", Started = Noon },
        ],
        Destination = "s3://backups/prod/shop/orders/backup1-x/",
        Jobs = new() { Image = new() { Name = "sidecar", PullPolicy = "Never", PullSecrets = ["registry"] }, ServiceAccountName = "runner" },
        Source = "orders-0",
        Started = Noon,
        Completed = Noon.AddSeconds(252),
        Verified = new() { Uid = Documents.Uid, Drill = "weekly", Time = Noon, Passed = true, Reason = "Proven", Message = "m", RecoverySeconds = 30.5 },
        Unusual = [new() { Reason = "SizeCollapsed", Value = 10, Median = 100.5, Deviations = 46, Backups = 20, Message = "m" }],
        Summary = new()
        {
            ManifestDigest = "sha256:0",
            SizeBytes = 1_610_612_736,
            StoredBytes = 5,
            Segments = 3,
            Engine = BackupEngine.MariaDbBackup,
            EncryptionKeyId = "key-2026",
            Positions = new()
            {
                ToolVersion = "10.11",
                ServerVersion = "10.11-log",
                ServerUuid = "u",
                GtidExecuted = "0-1-2",
                BinlogFile = "binlog.1",
                BinlogPosition = 4,
                LsnFrom = 0,
                LsnTo = 7,
                LsnLast = 8,
            },
        },
    };
}

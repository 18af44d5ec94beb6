using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class ReportTests
{
    [Fact]
    public void Bytes_OfAnyReport_FitAndStillRead() =>
        Gen.Select(Gen.String[0, 9000], Gen.Int[0, 9000], Gen.Bool).Sample((message, gtid, whole) =>
        {
            var bytes = ReportWriter.Bytes(Report(message, whole ? new string('7', gtid) : null));
            var read = JsonSerializer.Deserialize(bytes, ProtocolJson.Default.JobReport)!;
            return bytes.Length <= JobReport.MaxBytes && read.Uid == "u1" && (read.Summary is not null) == whole;
        });

    [Fact]
    public void Bytes_OfAShortReport_KeepEveryWord()
    {
        var report = Report("Žluťoučký kůň \u0001 \"pěl\"", "0-11-3");

        Assert.Equal(report, JsonSerializer.Deserialize(ReportWriter.Bytes(report), ProtocolJson.Default.JobReport));
    }

    [Fact]
    public void Bytes_OfALongGtidSet_CutItBeforeTheMessage()
    {
        var read = JsonSerializer.Deserialize(ReportWriter.Bytes(Report("important", new string('7', 5000))), ProtocolJson.Default.JobReport)!;

        Assert.Equal("important", read.Message);
        Assert.EndsWith("7…", read.Summary!.Positions.GtidExecuted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ObjectStoreFault.Transient, JobFault.StorageUnavailable)]
    [InlineData(ObjectStoreFault.Corrupted, JobFault.StorageUnavailable)]
    [InlineData(ObjectStoreFault.Denied, JobFault.StorageDenied)]
    [InlineData(ObjectStoreFault.NoBucket, JobFault.StorageMissing)]
    [InlineData(ObjectStoreFault.Locked, JobFault.ObjectLocked)]
    [InlineData(ObjectStoreFault.NotFound, JobFault.ManifestMismatch)]
    [InlineData(ObjectStoreFault.Refused, JobFault.InvalidRequest)]
    public void Read_OfAStoresFault_IsTheJobs(ObjectStoreFault fault, JobFault expected) =>
        Assert.Equal((expected, "words"), JobFaultException.Read(new ObjectStoreException(fault, "words")));

    [Fact]
    public void Read_OfAnythingElse_IsOurFault() =>
        Assert.Equal(JobFault.Internal, JobFaultException.Read(new InvalidOperationException("x")).Fault);

    [Theory]
    [InlineData(630, 1000, 412.0, "63% 412MiB/s 1s")]
    [InlineData(100, 100_000, 412.0, "0% 412MiB/s 4m")]
    [InlineData(5000, 1000, 412.0, "99% 412MiB/s")]
    [InlineData(10, null, 0.25, "256KiB/s")]
    [InlineData(10, 1_000_000, 100.0, "0% 100MiB/s 2h46m")]
    [InlineData(10, 1000, 0.0, "1% 0KiB/s")]
    public void Of_Counts_IsOneShortLine(long readMiB, int? expectedMiB, double speed, string summary)
    {
        var counts = new ProgressCounts(readMiB << 20, 0, 0, (long?)expectedMiB << 20);

        var progress = ProgressText.Of(2, BackupStage.Uploading, counts, (long)(speed * (1 << 20)), DateTimeOffset.UnixEpoch);

        Assert.Equal(summary, progress.Summary);
    }

    [Fact]
    public void Of_CountsWhileChecking_AreOfWhatIsReadBack() =>
        Assert.Equal(50, ProgressText.Of(1, BackupStage.Checking, new ProgressCounts(100, 40, 20, 100), 1, DateTimeOffset.UnixEpoch).Percent);

    [Fact]
    public void Document_OfProgress_NamesTheUidAndOnlyProgress()
    {
        var backup = new BackupIdentity { Namespace = "shop", Cluster = "orders", Name = "b1", Uid = "u1" };
        var progress = ProgressText.Of(1, BackupStage.Uploading, new ProgressCounts(1, 1, 0, 2), 1, DateTimeOffset.UnixEpoch);

        using var document = JsonDocument.Parse(StatusTarget.Of(backup).Document(StatusTarget.Status(progress)));

        Assert.Equal("u1", document.RootElement.GetProperty("metadata").GetProperty("uid").GetString());
        Assert.Equal("progress", Assert.Single(document.RootElement.GetProperty("status").EnumerateObject()).Name);
    }

    [Fact]
    public void Bytes_OfAPlanAndADrillThatFoundAllThatTheyMay_StaysWithinTheLimit()
    {
        var blocker = new PlanBlocker(JobFault.VersionMismatch, new string('ä', RestorePlan.MaximumSentence));
        var warning = new PlanWarning(RestoreWarning.ServerVersionDiffers, new string('\'', RestorePlan.MaximumSentence));
        var positions = new BackupPositions { GtidExecuted = new string('1', 9000) };
        var plan = new RestorePlan { Positions = positions, Blockers = [.. Enumerable.Repeat(blocker, RestorePlan.MaximumFindings)], Warnings = [.. Enumerable.Repeat(warning, RestorePlan.MaximumFindings)] };
        var drill = new DrillSummary { GtidExecuted = positions.GtidExecuted, Findings = [.. Enumerable.Repeat(new string('ä', DrillSummary.MaximumFinding), DrillSummary.MaximumFindings)] };

        foreach (var report in new[] { Report(new string('m', 900), null) with { Plan = plan }, Report(new string('m', 900), null) with { Drill = drill } })
        {
            var bytes = ReportWriter.Bytes(report);
            Assert.InRange(bytes.Length, 1000, JobReport.MaxBytes);
            var read = JsonSerializer.Deserialize(bytes, ProtocolJson.Default.JobReport)!;
            Assert.True(read.Plan?.Blockers.Count > 0 || read.Drill?.Findings.Count > 0);
        }
    }

    private static JobReport Report(string message, string? gtid) => new()
    {
        Uid = "u1",
        Attempt = 1,
        Message = message,
        Summary = gtid is null ? null : new BackupSummary
        {
            ManifestDigest = "sha256:" + new string('a', 64),
            SizeBytes = 1,
            StoredBytes = 2,
            Segments = 3,
            Engine = BackupEngine.MariaDbBackup,
            Positions = new BackupPositions { GtidExecuted = gtid },
        },
    };
}

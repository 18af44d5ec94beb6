using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Tests.Restoring;

/// <summary>What is decided before anything is touched.</summary>
public sealed class RestorePlanningTests
{
    private const long GiB = 1L << 30;

    [Theory]
    [InlineData(KeepPrevious.IfSpace, 10, 5, 9, PreviousData.Keep)]
    [InlineData(KeepPrevious.IfSpace, 8, 5, 9, PreviousData.DeleteFirst)]
    [InlineData(KeepPrevious.IfSpace, 3, 5, 9, null)]
    [InlineData(KeepPrevious.Always, 10, 5, 9, PreviousData.Keep)]
    [InlineData(KeepPrevious.Always, 8, 5, 9, null)]
    [InlineData(KeepPrevious.Never, 10, 5, 9, PreviousData.DropAfterwards)]
    [InlineData(KeepPrevious.Never, 4, 5, 9, PreviousData.DeleteFirst)]
    [InlineData(KeepPrevious.Never, 3, 5, 9, null)]
    public void Of_AVolume_SaysWhatBecomesOfItsData(KeepPrevious keep, long available, long present, long needed, PreviousData? expected) =>
        Assert.Equal(expected, RoomPlan.Of(keep, available * GiB, present * GiB, needed * GiB));

    [Fact]
    public void Needed_ForAStream_LeavesRoomForPreparing() => Assert.Equal((32 * GiB) + GiB + (128L << 20), RoomPlan.Needed(32 * GiB));

    [Theory]
    [InlineData(BackupEngine.MariaDbBackup, "10.11.19-MariaDB", "10.11.19", "10.11.19-MariaDB-log", "10.11.19", null, null)]
    [InlineData(BackupEngine.MariaDbBackup, "10.11.19-MariaDB", "10.11.19", "10.11.16-MariaDB", "10.11.19", null, RestoreWarning.ServerVersionDiffers)]
    [InlineData(BackupEngine.MariaDbBackup, "10.11.2-MariaDB", "10.11.2", "11.4.5-MariaDB", "10.11.19", null, RestoreWarning.ToolVersionDiffers)]
    [InlineData(BackupEngine.MariaDbBackup, "10.11.2-MariaDB", "10.11.19", "11.4.5-MariaDB", "10.11.19", null, RestoreWarning.UpgradeFollows)]
    [InlineData(BackupEngine.MariaDbBackup, "10.11.2-MariaDB", "10.11.2", "10.6.9-MariaDB", "10.11.2", "earlier series", null)]
    [InlineData(BackupEngine.MariaDbBackup, "10.11.2-MariaDB", "10.11.2", "11.4.5-MariaDB", "11.4.5", "only the same series", RestoreWarning.UpgradeFollows)]
    [InlineData(BackupEngine.MariaDbBackup, "10.11.2-MariaDB", "10.11.2", "10.11.2-MariaDB", null, "has no mariadb-backup", null)]
    [InlineData(BackupEngine.XtraBackup, "8.0.35", "8.0.35-31", "8.0.36", "8.0.35-31", null, RestoreWarning.ServerVersionDiffers)]
    [InlineData(BackupEngine.XtraBackup, "8.0.35", "8.0.35-31", "8.0.34", "8.0.35-31", "does not go back", null)]
    [InlineData(BackupEngine.XtraBackup, "8.0.35", "8.0.35-31", "8.4.2", "8.0.35-31", null, RestoreWarning.UpgradeFollows)]
    [InlineData(BackupEngine.XtraBackup, "5.7.44", "2.4.29", "8.0.36", "2.4.29", null, RestoreWarning.UpgradeFollows)]
    [InlineData(BackupEngine.XtraBackup, "5.7.44", "2.4.29", "8.4.2", "2.4.29", "the series before its own only", null)]
    [InlineData(BackupEngine.XtraBackup, null, null, "8.4.2", "8.4.0-1", null, RestoreWarning.VersionUnknown)]
    [InlineData(BackupEngine.XtraBackup, "8.0.35", "8.0.35-31", null, "8.0.35-31", null, RestoreWarning.VersionUnknown)]
    public void Of_Versions_RefusesWhatCannotBeReadAndTellsOfTheRest(
        BackupEngine engine, string? server, string? made, string? target, string? tool, string? blocker, RestoreWarning? warning)
    {
        var found = VersionFit.Of(engine, new BackupPositions { ServerVersion = server, ToolVersion = made }, tool, new RestoreTarget { Engine = engine, ServerVersion = target });

        Assert.Equal(blocker is null ? 0 : 1, found.Blockers.Count);
        Assert.All(found.Blockers, block => Assert.Contains(blocker!, block.Message, StringComparison.Ordinal));
        Assert.True(warning is null ? found.Warnings.Count == 0 : found.Warnings.Any(told => told.Warning == warning), string.Join(' ', found.Warnings));
    }

    [Fact]
    public void Of_AnotherEngine_IsRefusedWhateverTheVersions()
    {
        var found = VersionFit.Of(BackupEngine.XtraBackup, new BackupPositions(), "8.0.35-31", new RestoreTarget { Engine = BackupEngine.MariaDbBackup });

        Assert.Equal(JobFault.VersionMismatch, Assert.Single(found.Blockers).Fault);
    }

    [Theory]
    [InlineData("mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu (x86_64)", "10.11.19")]
    [InlineData("xtrabackup version 8.0.35-31 based on MySQL server 8.0.35 Linux (x86_64) (revision id: 55ec21d7)", "8.0.35-31")]
    [InlineData("command not found", null)]
    public void ToolVersion_InWhatAToolSays_IsFound(string saying, string? version) => Assert.Equal(version, VersionFit.ToolVersion(saying));

    [Fact]
    public void Compare_WithAnotherPosition_IsAMismatch()
    {
        var prepared = new BackupPositions { LsnTo = 7, GtidExecuted = "0-11-9" };

        RestoreTool.Compare(prepared, prepared);
        RestoreTool.Compare(prepared, null);
        Assert.Equal(JobFault.ManifestMismatch, Assert.Throws<JobFaultException>(() => RestoreTool.Compare(prepared, new BackupPositions { LsnTo = 8 })).Fault);
        Assert.Contains("0-11-8", Assert.Throws<JobFaultException>(() => RestoreTool.Compare(prepared, prepared with { GtidExecuted = "0-11-8" })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100L << 20, 128L << 20)]
    [InlineData(2L << 30, 512L << 20)]
    [InlineData(64L << 30, 1L << 30)]
    public void Memory_ForTheTool_IsAQuarterWithinBounds(long available, long expected) => Assert.Equal(expected, RestoreTool.Memory(available));

    [Theory]
    [InlineData("", null)]
    [InlineData("data/mysql", null)]
    [InlineData("../other", "no folder within the volume")]
    [InlineData("/var/lib", "no folder within the volume")]
    [InlineData(".controlplane-restore/x", "no folder within the volume")]
    public void Fault_OfADataDirectory_KeepsItWithinTheVolume(string directory, string? fault) =>
        Assert.Contains(fault ?? "", VolumePlace.Fault(new VolumeRequest { Name = "v", DataDirectory = directory }) ?? "", StringComparison.Ordinal);

    [Fact]
    public void FieldManager_OfALongName_StaysWithinTheServersBound() =>
        Assert.InRange(RestoreProgress.FieldManager(new string('a', 253)).Length, 1, 128);
}

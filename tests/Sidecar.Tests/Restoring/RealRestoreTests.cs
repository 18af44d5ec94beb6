using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;
using ControlPlane.Sidecar.Tests.Reading;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Restoring;

/// <summary>The real server and the real tool, from the request to a server that runs on what was restored.</summary>
[Collection(nameof(RealBackup))]
public sealed class RealRestoreTests(RealBackup made) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("restore-");

    public static TheoryData<string, JobFault, string> Damages => new()
    {
        { "a wrong key", JobFault.WrongKey, "key-1" },
        { "a missing key", JobFault.SecretMissing, "key-1" },
        { "a missing segment", JobFault.ManifestMismatch, "data/01/00000000 is missing" },
        { "a truncated object", JobFault.ManifestMismatch, "data/01/00000000 has" },
        { "a flipped byte", JobFault.ManifestMismatch, "data/01/00000000 " },
        { "a missing manifest", JobFault.ManifestMismatch, "manifest.json is not there" },
        { "an earlier server", JobFault.VersionMismatch, "10.6.4" },
    };

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task RestoreVolume_ThenUndo_BringsTheBackupAndThenWhatWasThere()
    {
        var (road, source) = (made.Road, made.Source);
        road.DataVolume = source.Data;
        Assert.Equal(JobFault.VolumeBusy, (await RunAsync(JobOperation.RestoreVolume)).Fault);
        Assert.Equal(made.Now, await made.LookAsync());
        await source.StopAsync();

        var report = await RunAsync(JobOperation.RestoreVolume);

        Assert.True(report.Fault is null, report.Message);
        Assert.Equal((VolumeHolds.Restored, true, made.Backup.Positions), (report.Volume!.Holds, report.Volume.PreviousKept, report.Volume.Positions! with { ServerVersion = made.Backup.Positions.ServerVersion }));
        Assert.Equal(made.Backup.SizeBytes, report.Volume.BytesWritten);
        await source.GoOnAsync();
        Assert.Equal(made.BackedUp.Split('\n')[..3], (await made.LookAsync()).Split('\n')[..3]);
        Assert.Equal("", await source.AskAsync("SELECT table_name FROM information_schema.tables WHERE table_name = 'later'"));
        Assert.Equal(JobFault.VolumeBusy, (await RunAsync(JobOperation.UndoRestore)).Fault);
        Assert.Equal(VolumeHolds.Restored, (await RunAsync(JobOperation.RestoreVolume)).Volume!.Holds);
        await source.StopAsync();

        Assert.Equal((VolumeHolds.Previous, null), (await RunAsync(JobOperation.UndoRestore) is var undone ? undone.Volume!.Holds : default, undone.Fault));
        Assert.False(Directory.Exists(Path.Combine(source.Data, VolumePlace.Hidden)));
        await source.GoOnAsync();
        Assert.Equal(made.Now, await made.LookAsync());
    }

    [Theory]
    [InlineData(PreviousData.DropAfterwards)]
    [InlineData(PreviousData.DeleteFirst)]
    public async Task RestoreVolume_WithoutKeeping_LeavesOnlyTheRestoredData(PreviousData previous)
    {
        WriteData();

        var report = await RunAsync(JobOperation.RestoreVolume, previous);

        Assert.True(report.Fault is null, report.Message);
        Assert.Equal((VolumeHolds.Restored, false), (report.Volume!.Holds, report.Volume.PreviousKept));
        Assert.False(File.Exists(On("mine.txt")));
        Assert.True(File.Exists(On("shop/orders.ibd")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(On("shop/orders.ibd")));
        Assert.Equal(JobFault.PreviousMissing, (await RunAsync(JobOperation.UndoRestore)).Fault);
        Assert.Null((await RunAsync(JobOperation.ConfirmRestore)).Fault);
        Assert.False(Directory.Exists(On(VolumePlace.Hidden)));
        Assert.Equal(VolumeHolds.Unknown, (await RunAsync(JobOperation.ConfirmRestore)).Volume!.Holds);
    }

    [Fact]
    public async Task EachJob_WhileAnotherWorksOnTheVolume_IsTurnedAwayAndTouchesNothing()
    {
        WriteData();
        using (Posix.TryLock(made.Road.DataVolume))
        {
            foreach (var operation in new[] { JobOperation.RestoreVolume, JobOperation.EmptyVolume, JobOperation.UndoRestore, JobOperation.ConfirmRestore })
                Assert.Equal(JobFault.VolumeBusy, (await RunAsync(operation)).Fault);
            Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(made.Road.DataVolume).Select(Path.GetFileName));
        }

        Assert.Null((await RunAsync(JobOperation.EmptyVolume)).Fault);
        Assert.Null((await RunAsync(JobOperation.UndoRestore)).Fault);
        Assert.True(File.Exists(On("mine.txt")));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task RestoreVolume_OfWhatCannotBeRestored_NamesItAndTouchesNothing(string damage, JobFault fault, string named)
    {
        WriteData();
        var version = damage == "an earlier server" ? "10.6.4-MariaDB" : null;
        made.Road.Store = await SpoilAsync(damage);
        made.Road.KeyFolder = damage switch { "a wrong key" => "wrong", "a missing key" => "empty", _ => "keys" };
        try
        {
            Directory.CreateDirectory(made.Road.Folder("wrong"));
            await File.WriteAllTextAsync(Path.Combine(made.Road.Folder("wrong"), "key-1"), Convert.ToBase64String(new byte[32]), TestContext.Current.CancellationToken);

            var plan = (await RunAsync(JobOperation.PlanRestore, version: version)).Plan!;
            var report = await RunAsync(JobOperation.RestoreVolume, version: version);

            Assert.Equal((fault, VolumeHolds.Unknown), (report.Fault, report.Volume!.Holds));
            Assert.Contains(named, report.Message, StringComparison.Ordinal);
            Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(made.Road.DataVolume).Select(Path.GetFileName));

            // What the store does not know of itself shows only when it is read.
            Assert.Equal(damage == "a flipped byte" ? [] : [fault], plan.Blockers.Select(blocker => blocker.Fault));
        }
        finally
        {
            (made.Road.Store, made.Road.KeyFolder) = (null, "keys");
        }
    }

    [Fact]
    public async Task PlanRestore_OfAGoodBackup_SaysWhatItTakes()
    {
        WriteData();
        await File.WriteAllTextAsync(On("mariadb_upgrade_info"), "10.11.2-MariaDB", TestContext.Current.CancellationToken);

        var plan = (await RunAsync(JobOperation.PlanRestore)).Plan!;

        Assert.Empty(plan.Blockers);
        Assert.Equal([RestoreWarning.ServerVersionDiffers, RestoreWarning.AccountsOfBackup], plan.Warnings.Select(warning => warning.Warning));
        Assert.Equal((BackupEngine.MariaDbBackup, made.Backup.Positions, "key-1"), (plan.Engine, plan.Positions, plan.EncryptionKeyId));
        Assert.Equal((RoomPlan.Needed(made.Backup.SizeBytes), PreviousData.Keep, "0700", "10.11.2-MariaDB", null), (plan.BytesNeeded, plan.Volume!.Previous, plan.Volume.Mode, plan.Volume.ServerVersion, plan.Volume.RemainsOf));
        Assert.True(plan.BytesToDownload < plan.BytesNeeded && plan.Volume.BytesAvailable > plan.BytesNeeded && plan.ToolVersion!.StartsWith("10.", StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFileSystemEntries(made.Road.DataVolume).Length);
    }

    [Fact]
    public async Task RestoreVolume_OntoTheRemainsOfAnother_IsRefusedUntilThatOneIsConfirmed()
    {
        WriteData();
        Assert.Null((await RunAsync(JobOperation.EmptyVolume)).Fault);
        var other = made.Request(JobOperation.EmptyVolume) with { Backup = made.Road.Backup with { Uid = "other" } };

        Assert.Equal(JobFault.VolumeTaken, (await made.Road.RunAsync(other)).Report.Fault);
        Assert.Null((await RunAsync(JobOperation.ConfirmRestore)).Fault);
        Assert.Null((await made.Road.RunAsync(other)).Report.Fault);
    }

    private string On(string name) => Path.Combine(made.Road.DataVolume, name);

    private void WriteData()
    {
        made.Road.DataVolume = Directory.CreateDirectory(Path.Combine(folder.FullName, "data"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        File.WriteAllText(On("mine.txt"), "mine");
        File.SetUnixFileMode(On("mine.txt"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task<JobReport> RunAsync(JobOperation operation, PreviousData previous = PreviousData.Keep, string? version = null) =>
        (await made.Road.RunAsync(made.Request(operation, previous, version))).Report;

    private async Task<IObjectStore> SpoilAsync(string damage)
    {
        var copy = await made.CopyAsync();
        var root = ObjectLayout.Root(made.Road.Backup);
        var key = root + (damage == "a missing manifest" ? ObjectLayout.Manifest : ObjectLayout.Segment(1, 0));
        var content = await OurBackups.ReadAsync(copy, key);
        if (damage is "a missing segment" or "a missing manifest")
            await copy.DeleteAsync([key], CancellationToken.None);
        if (damage is "a truncated object")
            await copy.PutAsync(key, content.AsMemory(0, content.Length - 1), PutCondition.None, CancellationToken.None);
        if (damage is "a flipped byte")
        {
            content[content.Length / 2] ^= 4;
            await copy.PutAsync(key, content, PutCondition.None, CancellationToken.None);
        }

        return copy;
    }
}

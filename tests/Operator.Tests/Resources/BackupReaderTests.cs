using ControlPlane.Abstractions.Backups;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Resources;

public sealed class BackupReaderTests
{
    [Fact]
    public void Read_TheLeast_FollowsTheCluster()
    {
        var spec = Documents.ReadBackup(Documents.Backup()).Spec!;

        Assert.Equal(("orders", "main"), (spec.ClusterName, spec.StorageName));
        Assert.Equal((null, null, null), (spec.SourcePod, spec.ActiveDeadline, spec.ContainerOptions));
        Assert.Equal((false, false, false, null), (spec.Cancelled, spec.Deleting, spec.DeletesData, spec.Recorded));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), spec.Created);
    }

    [Fact]
    public void Read_EverythingThereIs_IsCarried()
    {
        var spec = Documents.ReadBackup(Documents.Backup().With("spec/sourcePod", "\"orders-1\"").With("spec/activeDeadlineSeconds", "90").With("spec/cancelled", "true").With("spec/encryptionKey", "\"key-2027\"")
            .With("spec/containerOptions", "{\"args\":{\"xtrabackup\":[\"--throttle=5\"]}}")
            .With("metadata/finalizers", "[\"backup.controlplane/delete-data\"]").With("metadata/deletionTimestamp", "\"2026-03-01T11:00:00Z\"")).Spec!;

        Assert.Equal(("orders-1", TimeSpan.FromSeconds(90)), (spec.SourcePod, spec.ActiveDeadline));
        Assert.Equal("key-2027", spec.EncryptionKey);
        Assert.Equal(["--throttle=5"], spec.ContainerOptions!.ToolArguments);
        Assert.Equal((true, true, true), (spec.Cancelled, spec.Deleting, spec.DeletesData));
    }

    [Theory]
    [InlineData("spec/clusterName", "-", "spec.clusterName: is missing.")]
    [InlineData("spec/clusterName", "\"../x\"", "spec.clusterName: \"../x\" is no label")]
    [InlineData("spec/storageName", "[]", "spec.storageName: a list is no text")]
    [InlineData("spec/type", "\"incremental\"", "spec.type: \"incremental\" is not supported by this version; use full.")]
    [InlineData("spec/type", "\"logical\"", "spec.type: \"logical\" is not known; use full.")]
    [InlineData("spec/incrementalBaseBackupName", "\"x\"", "spec.incrementalBaseBackupName: is not supported by this version; remove it.")]
    [InlineData("spec/activeDeadlineSeconds", "1000000000", "spec.activeDeadlineSeconds: 1000000000 is no whole number from 60 to 604800.")]
    [InlineData("spec/encryptionKey", "\"../key\"", "spec.encryptionKey: \"../key\" is no key of a Secret")]
    [InlineData("spec/encryptionKey", "\"\"", "spec.encryptionKey: \"\" is no key of a Secret")]
    [InlineData("spec/encryptionKey", "{\"name\":\"keys\"}", "spec.encryptionKey: an object is no text")]
    [InlineData("spec/retention", "{\"maxAge\":\"30\"}", "spec.retention.maxAge: \"30\" is no age; use a whole number of hours, days or weeks")]
    [InlineData("spec/retention", "{\"count\":3}", "spec.retention.count: is not known; known here are maxAge.")]
    [InlineData("spec/cancelled", "\"yes\"", "spec.cancelled: \"yes\" is neither true nor false.")]
    [InlineData("spec/storagename", "\"x\"", "spec.storagename: is not known; did you mean 'storageName'.")]
    [InlineData("spec/importFrom", "{}", "spec.importFrom.folder: is missing.")]
    [InlineData("spec/importFrom", "{\"folder\":\"backup1\"}", "spec.importFrom.folder: \"backup1\" is no folder of a backup; it has the backup's name, '-' and its UID")]
    [InlineData("spec/importFrom", "{\"folder\":\"shop/other/b1-4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162\"}", "is no folder of this cluster's own place in the storage")]
    [InlineData("spec/importFrom", "{\"folder\":\"../b1-4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162\"}", "is no folder of this cluster's own place in the storage")]
    [InlineData("spec/backupSource", "{}", "spec.backupSource: is not known; known here are")]
    [InlineData("spec/containerOptions", "{\"args\":{\"xtrabackup\":[\"--user=x\"]}}", "spec.containerOptions.args.xtrabackup: Tool argument 1, --user, is not taken")]
    public void Read_OneFault_NamesFieldValueAndWhatWouldBeRight(string path, string value, string expected)
    {
        var faults = Documents.ReadBackup(Documents.Backup().With(path, value)).Faults?.Faults;

        Assert.NotNull(faults);
        Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AnImport_KnowsItsFolder()
    {
        var spec = Documents.ReadBackup(Import()).Spec!;

        Assert.Equal(new("orders-nightly-202611010230", "4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162"), spec.ImportFrom);
        Assert.Equal(["spec.importFrom"], BackupSpecs.ChangedFields(spec, spec with { ImportFrom = null }));
    }

    [Theory]
    [InlineData("spec/sourcePod", "\"orders-mysql-0\"", "spec.sourcePod: has no effect on a backup that is imported")]
    [InlineData("spec/containerOptions", "{\"args\":{\"xtrabackup\":[\"--throttle=5\"]}}", "spec.containerOptions: has arguments for the backup tool")]
    public void Read_AnImportWithWhatOnlyATakenBackupGoesBy_SaysSo(string path, string value, string expected) =>
        Assert.Contains(expected, Assert.Single(Documents.ReadBackup(Import().With(path, value)).Faults!.Faults), StringComparison.Ordinal);

    private static System.Text.Json.Nodes.JsonObject Import() =>
        Documents.Backup().With("spec/importFrom", "{\"folder\":\"orders-nightly-202611010230-4f2c0a6e-0d6e-4b1c-9c3b-1d2e3f405162\"}");

    [Fact]
    public void Read_WhatRetentionGoesBy_IsCarried()
    {
        var spec = Documents.ReadBackup(Documents.Backup().With("spec/retention", "{\"maxAge\":\"30d\"}").With("metadata/labels", "{\"backup.controlplane/schedule\":\"nightly\"}")
            .With("metadata/annotations", "{\"backup.controlplane/due\":\"2026-11-26T02:30:00Z\",\"backup.controlplane/hold\":\"ticket 4711\"}")).Spec!;

        Assert.Equal((TimeSpan.FromDays(30), "nightly", new DateTimeOffset(2026, 11, 26, 2, 30, 0, TimeSpan.Zero), true), (spec.KeepFor, spec.Schedule, spec.Due, spec.Held));
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("{\"backup.controlplane/hold\":\"\"}", true)]
    [InlineData("{\"backup.controlplane/hold\":\"true\"}", true)]
    [InlineData("{\"backup.controlplane/hold\":\" False \"}", false)]
    public void Read_AHold_IsAnyWordButFalse(string annotations, bool held)
    {
        var spec = Documents.ReadBackup(Documents.Backup().With("metadata/annotations", annotations)).Spec!;

        Assert.Equal((held, null, null), (spec.Held, spec.Schedule, spec.Due));
    }

    [Fact]
    public void Read_AFaultyOneThatIsBeingDeleted_SaysSo()
    {
        var faults = Documents.ReadBackup(Documents.Backup().With("spec/type", "5").With("metadata/deletionTimestamp", "\"2026-03-01T11:00:00Z\"")
            .With("metadata/finalizers", "[\"backup.controlplane/delete-data\"]")).Faults!;

        Assert.Equal((true, true), (faults.Deleting, faults.DeletesData));
    }

    [Fact]
    public void Read_WithAStatus_RemembersIt()
    {
        var spec = Documents.ReadBackup(Documents.Backup().With("status", "{\"phase\":\"Succeeded\",\"reason\":\"Completed\"}")).Spec!;

        Assert.Equal((BackupPhase.Succeeded, "Completed", Documents.Uid), (spec.Recorded!.Status.Phase, spec.Recorded.Status.Reason, spec.Recorded.Status.Uid));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("{}")]
    [InlineData("{\"phase\":\"Done\"}")]
    [InlineData("{\"phase\":\"7\"}")]
    [InlineData("{\"phase\":\"Running\",\"attempts\":5}")]
    public void Read_WithAStatusOfSomebodyElse_RemembersNothing(string status) =>
        Assert.Null(Documents.ReadBackup(Documents.Backup().With("status", status)).Spec!.Recorded);

    [Fact]
    public void Read_WithAForgedStorageInTheStatus_DoesNotTakeIt()
    {
        var forged = "{\"name\":\"main\",\"type\":\"s3\",\"s3\":{\"bucket\":\"backups\",\"endpointUrl\":\"http://169.254.169.254\"},\"containerSecurityContext\":{\"privileged\":true}}";

        var spec = Documents.ReadBackup(Documents.Backup().With("status", $"{{\"phase\":\"Succeeded\",\"storage\":{forged}}}")).Spec!;

        Assert.Null(spec.Recorded!.Status.Storage);
    }

    [Fact]
    public void ChangedFields_OfALaterSpec_AreNamedAndLeftOut()
    {
        var first = Documents.ReadBackup(Documents.Backup()).Spec!;
        var later = Documents.ReadBackup(Documents.Backup().With("spec/storageName", "\"other\"").With("spec/cancelled", "true").With("spec/encryptionKey", "\"key-2\"").With("metadata/generation", "4")
            .With("spec/containerOptions", "{\"args\":{\"xtrabackup\":[\"--throttle=5\"]}}")).Spec!;

        Assert.Equal(["spec.storageName", "spec.containerOptions"], BackupSpecs.ChangedFields(first, later));
        Assert.Equal(["spec.retention"], BackupSpecs.ChangedFields(first, first with { KeepFor = TimeSpan.FromDays(1), Held = true, Schedule = "nightly", Due = first.Created }));
        Assert.True(BackupSpecs.Merge(first, first with { Held = true }).Held);
        var merged = BackupSpecs.Merge(first, later);
        Assert.Equal(("main", true, "key-2", 4L), (merged.StorageName, merged.Cancelled, merged.EncryptionKey, merged.Generation));
        Assert.Empty(BackupSpecs.ChangedFields(later, later with { ContainerOptions = new() { ToolArguments = ["--throttle=5"] } }));
    }
}

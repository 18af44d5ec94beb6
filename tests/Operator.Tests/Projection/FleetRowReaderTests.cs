using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Tests.Resources;

namespace ControlPlane.Operator.Tests.Projection;

public sealed class FleetRowReaderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_ABackup_IsWhatItsResourceAndStatusSay()
    {
        var status = StatusDocumentTests.Full();
        var row = Assert.IsType<BackupRow>(Read(RowKind.Backup, Documents.Backup()
            .With("metadata/labels", $$"""{"{{ApiGroup.Labels.Schedule}}":"nightly"}""")
            .With("status", JsonSerializer.Serialize(status.ToDocument(), StatusJson.Default.BackupStatusDocument))));

        Assert.Equal(("shop", "backup1", Documents.Uid), (row.Namespace, row.Name, row.Uid));
        Assert.Equal(("orders", "main", "nightly", "Succeeded", "Completed"), (row.Cluster, row.Storage, row.Schedule, row.Phase, row.Reason));
        Assert.Equal((status.Started, status.Completed, (long?)1_610_612_736, (long?)5), (row.Started, row.Completed, row.SizeBytes, row.StoredBytes));
        Assert.Equal(("Passed", ",SizeCollapsed,"), (row.Verified, row.Unusual));
        Assert.Equal(DateTimeOffset.Parse("2026-03-01T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture), row.Created);
    }

    [Theory]
    [InlineData("Ready", "True", "SidecarReady", ClusterStandings.Ready)]
    [InlineData("Ready", "False", "SidecarNotReady", ClusterStandings.NotReady)]
    [InlineData("Ready", "Unknown", "SidecarNotReady", ClusterStandings.NotReady)]
    [InlineData("Accepted", "False", "Invalid", ClusterStandings.Invalid)]
    [InlineData("Ready", "False", "BackupsDisabled", ClusterStandings.Disabled)]
    [InlineData("Accepted", "True", "Suspended", ClusterStandings.Suspended)]
    public void Read_ACluster_StandsAsItsConditionsSay(string type, string status, string reason, string expected)
    {
        var row = Assert.IsType<ClusterRow>(Read(RowKind.Cluster, Documents.Cluster()
            .With("status/conditions", $$"""[{"type":"{{type}}","status":"{{status}}","reason":"{{reason}}"}]""").With("status/effective", """{"policies":"gold,base"}""")));

        Assert.Equal(",gold,base,", row.Policies);
        Assert.Equal(expected, row.Standing);
    }

    [Fact]
    public void Read_AClustersStatus_TakesWhatListsShow()
    {
        var status = new ClusterStatus
        {
            Uid = Documents.Uid, ObservedGeneration = 3, Conditions = [], LastSuccessfulBackup = new("b9", Noon, 7), Storages = "main,volume",
            Schedules = [new() { Name = "nightly", NextDue = Noon.AddDays(1) }, new() { Name = "stopped" }],
            Proven = new() { Drill = "weekly", Completed = Noon.AddHours(1), Passed = true, Reason = "Proven", RecoverySeconds = 30.5 },
            Objectives = new() { Missed = ["rpo", "provenWithin"] },
        };
        var row = Assert.IsType<ClusterRow>(Read(RowKind.Cluster, Documents.Cluster().With("status", JsonSerializer.Serialize(ClusterStatusDocument.From(status), StatusJson.Default.ClusterStatusDocument))));

        Assert.Equal((",main,volume,", ",nightly,", ",rpo,provenWithin,", "b9"), (row.Storages, row.Schedules, row.Missed, row.LastBackup));
        Assert.Equal((Noon, Noon.AddHours(1), 30.5, Noon.AddDays(1)), (row.RecoveryPoint, row.Proven, row.RecoverySeconds, row.NextDue));
    }

    [Theory]
    [InlineData(RowKind.Restore, "from")]
    [InlineData(RowKind.Drill, "backup")]
    public void Read_ARestoreOrADrill_SaysItsBackupAndItsTimes(RowKind kind, string backup)
    {
        var document = kind == RowKind.Restore ? Documents.Restore() : Documents.Drill();
        var row = Assert.IsType<TaskRow>(Read(kind, document.With("status", $$"""{"phase":"Succeeded","reason":"Done","{{backup}}":"backup1","started":"2026-03-01T12:00:00Z","completed":"2026-03-01T13:00:00Z"}""")));

        Assert.Equal(("Succeeded", "Done", "backup1"), (row.Phase, row.Reason, row.Backup));
        Assert.Equal((Noon, Noon.AddHours(1)), (row.Started, row.Completed));
    }

    [Fact]
    public void Read_WhatHasNoStatusYet_IsPending()
    {
        Assert.Equal(("Pending", "orders"), Read(RowKind.Backup, Documents.Backup()) is BackupRow backup ? (backup.Phase, backup.Cluster) : default);
        Assert.Equal(("Pending", "orders"), Read(RowKind.Drill, Documents.Drill()) is TaskRow drill ? (drill.Phase, drill.Cluster) : default);
        Assert.Equal((ClusterStandings.NotReady, ",", ","), Read(RowKind.Cluster, Documents.Cluster()) is ClusterRow cluster ? (cluster.Standing, cluster.Storages, cluster.Missed) : default);
    }

    /// <summary>Whatever somebody wrote into a document, it is a row all the same, and a small one.</summary>
    [Theory]
    [InlineData("spec", "7")]
    [InlineData("status", "[]")]
    [InlineData("status/conditions", """[null, 7, {"type":"Ready"}]""")]
    [InlineData("status/phase", "{}")]
    [InlineData("status/schedules", """[{"nextDue":"never"}]""")]
    [InlineData("status/unusual", """[null]""")]
    [InlineData("status/objectives", """{"missed":[null,""]}""")]
    [InlineData("spec/clusterName", "{}")]
    public void Read_AnythingElse_IsStillARow(string path, string json)
    {
        foreach (var (kind, document) in new[] { (RowKind.Cluster, Documents.Cluster()), (RowKind.Backup, Documents.Backup()), (RowKind.Restore, Documents.Restore()), (RowKind.Drill, Documents.Drill()) })
        {
            var row = Read(kind, document.With(path, json));
            Assert.Equal(Documents.Uid, row.Uid);
        }
    }

    [Fact]
    public void Read_TextsWithoutEnd_AreCut()
    {
        var row = Assert.IsType<BackupRow>(Read(RowKind.Backup, Documents.Backup().With("spec/clusterName", JsonSerializer.Serialize(new string('x', 100_000)))));

        Assert.InRange(row.Cluster.Length, 1, 253);
    }

    private static FleetRow Read(RowKind kind, JsonObject document) => FleetRowReader.Read(kind, Documents.Header(document), JsonSerializer.SerializeToUtf8Bytes(document));
}

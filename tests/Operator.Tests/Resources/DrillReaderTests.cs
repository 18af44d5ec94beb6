using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Resources;

/// <summary>What a <c>RestoreDrill</c> says, or all that is wrong with it.</summary>
public sealed class DrillReaderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_TheLeast_HasTheDefaultsOfTheSchema()
    {
        var spec = Documents.ReadDrill(Documents.Drill().With("spec/schedule", "-")).Spec!;

        Assert.Equal(("orders", null, null, false), (spec.ClusterName, spec.Schedule, spec.Backup.Name, spec.Backup.Random));
        Assert.Equal((0, true, 300, 0), (spec.Checks.TablesChecked, spec.Checks.CountsRows, spec.Checks.QuerySeconds, spec.Checks.Queries.Count));
        Assert.Equal((null, null, null, null, 10, false, ""), (spec.VolumeBytes, spec.StorageClassName, spec.Image, spec.ActiveDeadline, spec.HistoryLimit, spec.Suspended, spec.Word));
    }

    [Fact]
    public void Read_Everything_ReadsAllOfIt()
    {
        var document = Documents.Drill()
            .With("metadata/annotations", "{\"backup.controlplane/run\":\" now 1 \"}")
            .With("spec/timeZone", "\"Europe/Prague\"").With("spec/jitterSeconds", "60").With("spec/missedRunPolicy", "\"Skip\"")
            .With("spec/backup", "{\"choose\":\"Random\",\"storageName\":\"main\"}")
            .With("spec/checks", "{\"tables\":20,\"countRows\":false,\"querySeconds\":60,\"queries\":[{\"query\":\"select 1\",\"expected\":\"1\"},{\"query\":\"select 2\"}]}")
            .With("spec/volume", "{\"size\":\"200Gi\",\"storageClassName\":\"fast\"}").With("spec/image", "\"mariadb:10.11\"")
            .With("spec/resources", "{\"limits\":{\"memory\":\"2Gi\"}}").With("spec/activeDeadlineSeconds", "600").With("spec/historyLimit", "3").With("spec/suspended", "true");

        var spec = Documents.ReadDrill(document).Spec!;

        Assert.Equal(new ScheduleSpec { Name = "drill", Cron = "0 5 * * 0", TimeZone = "Europe/Prague", StorageName = "", Jitter = TimeSpan.FromMinutes(1), MissedRun = MissedRunPolicy.Skip }, spec.Schedule);
        Assert.Equal(new BackupChoice { Random = true, StorageName = "main" }, spec.Backup);
        Assert.Equal([new DrillQuery { Query = "select 1", Expected = "1" }, new DrillQuery { Query = "select 2" }], spec.Checks.Queries);
        Assert.Equal((20, false, 60), (spec.Checks.TablesChecked, spec.Checks.CountsRows, spec.Checks.QuerySeconds));
        Assert.Equal((200L << 30, "fast", "mariadb:10.11", TimeSpan.FromMinutes(10), 3, true, "now 1"), (spec.VolumeBytes, spec.StorageClassName, spec.Image, spec.ActiveDeadline, spec.HistoryLimit, spec.Suspended, spec.Word));
        Assert.Equal("2Gi", PodSettingsDocument.Parse(spec.ContainerJson).Resources!.Limits["memory"].ToString());
    }

    [Fact]
    public void Read_WithEverythingWrong_SaysAllOfItAtOnce()
    {
        var document = Documents.Drill().With("spec/clusterName", "\"A\"").With("spec/schedule", "\"@every 5m\"").With("spec/timeZone", "\"Mars/Base\"").With("spec/backup", "{\"choose\":\"Oldest\"}")
            .With("spec/checks", "{\"tables\":-1,\"queries\":[{\"expected\":\"1\"}]}").With("spec/volume", "{\"size\":\"1Ki\"}").With("spec/image", "\"a b\"").With("spec/resources", "{\"limit\":{}}")
            .With("spec/historyLimit", "0").With("spec/suspendid", "true");

        var faults = Documents.ReadDrill(document).Faults!.Faults;

        Assert.All(
            ["spec.clusterName", "spec.schedule", "spec.timeZone", "spec.backup.choose", "spec.checks.tables", "spec.checks.queries[0].query", "spec.volume.size", "spec.image", "spec.resources", "spec.historyLimit", "spec.suspendid"],
            field => Assert.Contains(faults, fault => fault.StartsWith(field, StringComparison.Ordinal)));
        Assert.Equal(11, faults.Count);
    }

    [Theory]
    [InlineData("spec/schedule", "\"\"", "spec.schedule: \"\" is empty; leave it out for a drill that runs once, or set suspended")]
    [InlineData("spec/schedule", "\"61 * * * *\"", "spec.schedule: \"61 * * * *\" is no schedule")]
    [InlineData("spec/backup", "{\"name\":\"backup1\",\"choose\":\"Random\"}", "spec.backup.choose: has no effect beside name, which says the backup; remove one of the two")]
    [InlineData("spec/backup", "{\"name\":\"backup1\",\"storageName\":\"main\"}", "spec.backup.storageName: has no effect beside name")]
    [InlineData("spec/checks", "{\"queries\":[{\"query\":\"select 1\",\"expected\":\"\"}]}", "spec.checks.queries[0].expected: \"\" has 0 characters; use 1 to 4096")]
    [InlineData("spec/volume", "{\"size\":\"65Ti\"}", "is no whole number of bytes from 256Mi to 64Ti")]
    [InlineData("spec/activeDeadlineSeconds", "5", "spec.activeDeadlineSeconds: 5 is no whole number from 60 to 604800")]
    public void Read_WithAFault_NamesTheFieldAndWhatWouldBeRight(string path, string json, string fault) =>
        Assert.Contains(Documents.ReadDrill(Documents.Drill().With(path, json)).Faults!.Faults, said => said.Contains(fault, StringComparison.Ordinal));

    [Theory]
    [InlineData("timeZone", "\"UTC\"")]
    [InlineData("jitterSeconds", "5")]
    [InlineData("missedRunPolicy", "\"Skip\"")]
    public void Read_WhatGoesWithAScheduleWithoutOne_IsRefused(string field, string json) =>
        Assert.Equal([$"spec.{field}: has no effect without schedule; add one, or remove it."], Documents.ReadDrill(Documents.Drill().With("spec/schedule", "-").With($"spec/{field}", json)).Faults!.Faults);

    // They stand in an annotation of the Job's Pod, which Kubernetes bounds.
    [Fact]
    public void Read_QueriesThatAreTooLongTogether_AreRefused()
    {
        var queries = new JsonArray([.. Enumerable.Range(0, 9).Select(_ => (JsonNode)new JsonObject { ["query"] = new string('x', 4000) })]);

        var fault = Assert.Single(Documents.ReadDrill(Documents.Drill().With("spec/checks", new JsonObject { ["queries"] = queries }.ToJsonString())).Faults!.Faults);

        Assert.Contains("spec.checks.queries: is too long; all queries and results together have at most 32768 characters", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_ThereAndBack_IsTheSame()
    {
        var status = Full();
        var document = Documents.Drill();
        document["status"] = JsonSerializer.SerializeToNode(DrillStatusDocument.Write(status), StatusJson.Default.DrillStatusDocument);

        Assert.Equal(JsonSerializer.Serialize(status), JsonSerializer.Serialize(Documents.ReadDrill(document).Spec!.Recorded));
        Assert.Equal("30s", document["status"]!["recovery"]!.GetValue<string>());
    }

    [Fact]
    public void Example_AsItStands_HasNoFaultsAndIsOfTheClusterBesideIt() =>
        Assert.Equal("orders", Documents.ReadDrill(Yaml.Parse(Checkout.Read("deploy/backup/drill.yaml")).Stored()).Spec!.ClusterName);

    internal static DrillStatus Full() => new()
    {
        Uid = Documents.Uid,
        ObservedGeneration = 3,
        Phase = DrillPhase.Failed,
        Reason = "DrillFailed",
        Message = "m",
        Conditions = [new() { Type = "Passed", Status = false, Reason = "DrillFailed", Message = "m", LastTransition = Noon, ObservedGeneration = 3 }],
        Backup = "backup1",
        Started = Noon,
        Completed = Noon.AddMinutes(1),
        LastPassed = Noon.AddDays(-7),
        Schedule = new() { Name = "drill", NextDue = Noon.AddDays(7), LastDue = Noon, LastOutcome = "Failed", Missed = 2, LastMissed = Noon.AddDays(-14), MissedReason = "PlaneAway", Message = "m" },
        History =
        [
            new()
            {
                Number = 2, Started = Noon, Completed = Noon.AddMinutes(1), Due = Noon, Passed = false, Reason = "DrillFailed", Message = "m", Backup = "backup1", BackupUid = "u1",
                Summary = new()
                {
                    BytesDownloaded = 1, BytesOfData = 2, DownloadSeconds = 20.25, PrepareSeconds = 8, StartSeconds = 2.5, CheckSeconds = 4, ServerVersion = "10.11", GtidExecuted = "0-1-2",
                    Tables = 3, TablesChecked = 2, Rows = 5, QueriesPassed = 1, Faults = 1, Findings = ["CHECK TABLE a.b: error: Corrupt"],
                },
            },
            new() { Number = 1, Started = Noon.AddDays(-7), Completed = Noon.AddDays(-7), Passed = false, Reason = "NoBackup" },
        ],
        Word = "now 1",
    };
}

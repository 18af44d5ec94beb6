using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Watching;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Watching;

public sealed class HandlersTests
{
    private readonly RecordingGrains grains = new();

    [Fact]
    public async Task Cluster_NewAndChangedAndGone_IsSaidToItsGrain()
    {
        var handler = Handler();

        await handler.HandleAsync(Change(handler, Documents.Cluster(), before: null), default);
        await handler.HandleAsync(Change(handler, Documents.Cluster(), before: "3"), default);
        await handler.HandleAsync(Change(handler, Documents.Cluster().With("spec/engine", "5"), before: "2"), default);
        await handler.HandleAsync(Change(handler, Documents.Cluster(), before: null) with { Resource = null }, default);

        Assert.Equal(["ApplyAsync", "RefuseAsync", "ForgetAsync"], grains.Calls.Select(call => call.Method));
        Assert.All(grains.Calls, call => Assert.Equal("IClusterGrain local/shop/orders", call.Grain));
        Assert.IsType<ClusterSpec>(grains.Calls[0].Argument);
        Assert.Contains("spec.engine", ((ResourceFaults)grains.Calls[1].Argument!).Faults[0], StringComparison.Ordinal);
        Assert.Equal(Documents.Uid, grains.Calls[2].Argument);
    }

    [Fact]
    public async Task Restore_NewAndFaultyAndGone_IsSaidToItsGrain()
    {
        var handler = new RestoreHandler(grains.Factory(), new());

        await handler.HandleAsync(Change(handler, Documents.Restore(), before: null), default);
        await handler.HandleAsync(Change(handler, Documents.Restore(), before: "3"), default);
        await handler.HandleAsync(Change(handler, Documents.Restore().With("spec/pitr", "{}"), before: "2"), default);
        await handler.HandleAsync(Change(handler, Documents.Restore(), before: null) with { Resource = null }, default);

        Assert.Equal(["ApplyAsync", "RefuseAsync", "ForgetAsync"], grains.Calls.Select(call => call.Method));
        Assert.All(grains.Calls, call => Assert.Equal("IRestoreGrain local/shop/back1", call.Grain));
    }

    [Theory]
    [InlineData("backup.controlplane/backup", "IBackupGrain local/shop/orders", "ObserveJobAsync")]
    [InlineData("backup.controlplane/restore", "IRestoreGrain local/shop/orders", "ObserveJobAsync")]
    [InlineData("backup.controlplane/cluster", "IClusterGrain local/shop/orders", "ObserveSweepAsync")]
    public async Task JobOwner_OfEachKind_IsToldAtItsGrain(string annotation, string grain, string method)
    {
        var document = Documents.Restore().With("metadata/annotations", """{ "backup.controlplane/cluster": "orders" }""").With("metadata/labels", $$"""{ "backup.controlplane/uid": "{{Documents.Uid}}" }""");
        document["metadata"]!["annotations"]![annotation] = "orders";
        var header = Documents.Header(document);
        var owner = JobOwner.Read(new(MemberKey.Local), "shop", JobOwner.Write(header))!;

        await owner.TellAsync(grains.Factory(), new() { Uid = Documents.Uid, Job = "j", State = JobState.Active }, default);

        Assert.Equal([(grain, method)], grains.Calls.Select(call => (call.Grain, call.Method)));
    }

    [Fact]
    public async Task Cluster_WithANewWordForASweep_AsksForIt()
    {
        var handler = Handler();
        var asked = Documents.Cluster().With("metadata/annotations", $$"""{ "backup.controlplane/sweep": " now {{new string('!', 100)}}" }""");

        await handler.HandleAsync(Change(handler, asked, before: "3"), default);
        await handler.HandleAsync(Change(handler, asked, before: Change(handler, asked, before: null).Remembered), default);

        Assert.Equal(["ApplyAsync", "AskForSweepAsync"], grains.Calls.Select(call => call.Method));
        var wish = (SweepWish)grains.Calls[1].Argument!;
        Assert.Equal((Documents.Uid, "now " + new string('!', 59)), (wish.Uid, wish.Word));
    }

    [Fact]
    public async Task Cluster_WithANewWordForAnImport_AsksForItAndSaysWhichIsDone()
    {
        var handler = Handler();
        var asked = Documents.Cluster().With("metadata/annotations", """{ "backup.controlplane/import": "now 2", "backup.controlplane/sweep": "report" }""");

        await handler.HandleAsync(Change(handler, asked, before: "3"), default);
        await handler.HandleAsync(Change(handler, asked, before: Change(handler, asked, before: null).Remembered), default);
        await handler.HandleAsync(Change(handler, asked.With("status/import", """{ "word": "now 2", "started": "2026-03-01T10:00:00Z", "completed": "2026-03-01T10:01:00Z" }"""), before: null), default);
        await handler.HandleAsync(Change(handler, asked.With("status/import", "5"), before: null), default);

        var wishes = grains.Calls.Where(call => call.Method == "AskForImportAsync").Select(call => (ImportWish)call.Argument!).ToList();
        Assert.Equal([("now 2", ""), ("now 2", "now 2"), ("now 2", "")], wishes.Select(wish => (wish.Word, wish.Done)));
        Assert.Equal(["ApplyAsync", "AskForSweepAsync", "AskForImportAsync"], grains.Calls.Take(3).Select(call => call.Method));
    }

    [Fact]
    public async Task Backup_WhoseStatusAloneChanged_IsNotSaidAgain()
    {
        var handler = new BackupHandler(grains.Factory(), new());
        var first = Change(handler, Documents.Backup(), before: null);

        await handler.HandleAsync(first, default);
        await handler.HandleAsync(Change(handler, Documents.Backup().With("status/phase", "\"Running\""), before: first.Remembered), default);
        await handler.HandleAsync(Change(handler, Documents.Backup().With("metadata/deletionTimestamp", "\"2026-03-01T11:00:00Z\""), before: first.Remembered), default);
        await handler.HandleAsync(Change(handler, Documents.Backup().With("metadata/annotations", "{\"backup.controlplane/hold\":\"4711\"}"), before: first.Remembered), default);

        Assert.True(((BackupSpec)grains.Calls[2].Argument!).Held);
        Assert.Equal(["ApplyAsync", "ApplyAsync", "ApplyAsync"], grains.Calls.Select(call => call.Method));
        Assert.True(((BackupSpec)grains.Calls[1].Argument!).Deleting);
    }

    [Theory]
    [InlineData("Starting", "Uploading", 2, BackupStage.Uploading)]
    [InlineData("Starting", "Checking", 2, BackupStage.Checking)]
    [InlineData("Running", "Checking", 2, BackupStage.Checking)]
    [InlineData("Running", "Uploading", 2, null)]
    [InlineData("Checking", "Uploading", 2, null)]
    [InlineData("Checking", "Checking", 2, null)]
    [InlineData("Running", "Checking", 1, null)]
    [InlineData("Pending", "Checking", 2, null)]
    [InlineData("Succeeded", "Checking", 2, null)]
    [InlineData("Running", "Sleeping", 2, null)]
    public void StageNews_OfPhaseAndProgress_IsWhatThePhaseDoesNotShow(string phase, string stage, int attempt, BackupStage? expected)
    {
        var document = Documents.Backup().With("status", $$"""
            { "phase": "{{phase}}", "progress": { "attempt": {{attempt}}, "stage": "{{stage}}" },
              "attempts": [ { "number": 1, "job": "j1", "started": "2026-03-01T10:00:00Z", "ended": "2026-03-01T10:01:00Z" },
                            { "number": 2, "job": "j2", "started": "2026-03-01T10:02:00Z" } ] }
            """);

        var news = BackupHandler.StageNews(Documents.Header(document), Documents.Element(document));

        Assert.Equal(expected is null ? null : new JobSighting { Uid = Documents.Uid, Job = "j2", State = JobState.Active, Stage = expected }, news);
    }

    [Fact]
    public async Task Pod_OfOurJob_IsSaidToItsBackup()
    {
        var handler = new PodHandler(grains.Factory(), new());
        var pod = (JsonObject)JsonNode.Parse($$"""
            { "metadata": { "namespace": "shop", "name": "p", "uid": "p1", "resourceVersion": "5",
                "labels": { "backup.controlplane/uid": "{{Documents.Uid}}", "job-name": "j" }, "annotations": { "backup.controlplane/backup": "backup1" },
                "ownerReferences": [ { "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "x", "controller": true } ] },
              "status": { "phase": "Running", "containerStatuses": [ { "name": "runner", "state": { "running": {} } } ] } }
            """)!;

        await handler.HandleAsync(Change(handler, pod, before: null), default);

        var call = Assert.Single(grains.Calls);
        Assert.Equal(("IBackupGrain local/shop/backup1", "ObserveJobAsync"), (call.Grain, call.Method));
        Assert.Equal((Documents.Uid, "j", JobState.Active), (((JobSighting)call.Argument!).Uid, ((JobSighting)call.Argument).Job, ((JobSighting)call.Argument).State));
    }

    [Fact]
    public async Task Drill_WithANewWord_IsSaidAgainAndOtherwiseNot()
    {
        var handler = new DrillHandler(grains.Factory(), new());
        var first = Change(handler, Documents.Drill(), before: null);
        await handler.HandleAsync(first, default);
        await handler.HandleAsync(Change(handler, Documents.Drill().With("status/phase", "\"Running\""), before: first.Remembered), default);
        await handler.HandleAsync(Change(handler, Documents.Drill().With("metadata/annotations", "{\"backup.controlplane/run\":\"now\"}"), before: first.Remembered), default);
        await handler.HandleAsync(Change(handler, Documents.Drill().With("spec/schedule", "\"x\""), before: null), default);
        await handler.HandleAsync(first with { Resource = null }, default);

        Assert.Equal(["ApplyAsync", "ApplyAsync", "RefuseAsync", "ForgetAsync"], grains.Calls.Select(call => call.Method));
        Assert.All(grains.Calls, call => Assert.Equal("IDrillGrain local/shop/weekly", call.Grain));
        Assert.Equal("now", ((DrillSpec)grains.Calls[1].Argument!).Word);
    }

    [Fact]
    public async Task Pod_OfADrill_IsSaidToItWithWhatHindersItsServer()
    {
        var handler = new PodHandler(grains.Factory(), new());
        var pod = (JsonObject)JsonNode.Parse($$"""
            { "metadata": { "namespace": "shop", "name": "p", "uid": "p1", "resourceVersion": "5",
                "labels": { "backup.controlplane/uid": "{{Documents.Uid}}", "job-name": "j" }, "annotations": { "backup.controlplane/drill": "weekly", "backup.controlplane/cluster": "orders" },
                "ownerReferences": [ { "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "x", "controller": true } ] },
              "status": { "phase": "Pending", "containerStatuses": [ { "name": "runner", "state": { "running": {} } }, { "name": "server", "state": { "waiting": { "reason": "ImagePullBackOff" } } } ] } }
            """)!;

        await handler.HandleAsync(Change(handler, pod, before: null), default);

        var (grain, method, argument) = Assert.Single(grains.Calls);
        Assert.Equal(("IDrillGrain local/shop/weekly", "ObserveJobAsync"), (grain, method));
        Assert.Equal((JobState.Active, "The Pod p cannot start: ImagePullBackOff"), (((JobSighting)argument!).State, ((JobSighting)argument).Trouble));
    }

    [Fact]
    public async Task Pod_OfASweep_IsSaidToItsCluster()
    {
        var handler = new PodHandler(grains.Factory(), new());
        var pod = (JsonObject)JsonNode.Parse($$$$"""
            { "metadata": { "namespace": "shop", "name": "p", "uid": "p1", "resourceVersion": "5",
                "labels": { "backup.controlplane/uid": "{{{{Documents.Uid}}}}", "backup.controlplane/attempt": "7", "job-name": "j" }, "annotations": { "backup.controlplane/cluster": "orders" },
                "ownerReferences": [ { "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "x", "controller": true } ] },
              "status": { "phase": "Succeeded", "containerStatuses": [ { "name": "runner", "state": { "terminated": { "exitCode": 0,
                "message": "{\"uid\":\"{{{{Documents.Uid}}}}\",\"attempt\":7,\"objectsRemoved\":3,\"sweep\":{\"strangers\":2}}" } } } ] } }
            """)!;

        await handler.HandleAsync(Change(handler, pod, before: null), default);

        var call = Assert.Single(grains.Calls);
        Assert.Equal(("IClusterGrain local/shop/orders", "ObserveSweepAsync"), (call.Grain, call.Method));
        var sighting = (JobSighting)call.Argument!;
        Assert.Equal((JobState.Complete, 3L, 2L), (sighting.State, sighting.Report!.ObjectsRemoved, sighting.Report.Sweep!.Strangers));
    }

    // Its Pod has said all there is to say: no Pod is looked for, so that no API server is needed here.
    [Fact]
    public async Task Job_WhosePodHasReported_IsNotSaidAgain()
    {
        var reported = new ReportedJobs();
        var (pods, jobs) = (new PodHandler(grains.Factory(), reported), new JobHandler(grains.Factory(), null!, reported));
        var metadata = $$"""
            "namespace": "shop", "name": "j", "uid": "p1", "resourceVersion": "5", "labels": { "backup.controlplane/uid": "{{Documents.Uid}}", "backup.controlplane/attempt": "1", "job-name": "j" },
            "annotations": { "backup.controlplane/backup": "backup1" }, "ownerReferences": [ { "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "x", "controller": true } ]
            """;
        var pod = $$$"""{ "metadata": { {{{metadata}}} }, "status": { "phase": "Succeeded", "containerStatuses": [ { "name": "runner", "state": { "terminated": { "exitCode": 0, "message": "{\"uid\":\"{{{Documents.Uid}}}\",\"attempt\":1}" } } } ] } }""";
        var job = $$"""{ "metadata": { {{metadata}} }, "status": { "conditions": [ { "type": "Complete", "status": "True" } ] } }""";

        await pods.HandleAsync(Change(pods, (JsonObject)JsonNode.Parse(pod)!, before: null), default);
        await jobs.HandleAsync(Change(jobs, (JsonObject)JsonNode.Parse(job)!, before: null), default);

        Assert.Single(grains.Calls);
    }

    [Fact]
    public async Task Pod_WithLabelsThatLeadNowhere_IsLeftAlone()
    {
        var handler = new PodHandler(grains.Factory(), new());
        var pod = (JsonObject)JsonNode.Parse($$$"""
            { "metadata": { "namespace": "shop", "name": "p", "uid": "p1", "resourceVersion": "5",
                "labels": { "backup.controlplane/uid": "x" }, "annotations": { "backup.controlplane/backup": "../other" } } }
            """)!;

        await handler.HandleAsync(Change(handler, pod, before: null), default);

        Assert.Empty(grains.Calls);
    }

    private ClusterHandler Handler() => new(grains.Factory(), Policies.Books.Of(), new(), new());

    private static ResourceChange Change(IResourceHandler handler, JsonObject document, string? before)
    {
        var header = Documents.Header(document);
        return new()
        {
            Member = new MemberKey(MemberKey.Local),
            Namespace = header.Namespace,
            Name = header.Name,
            Uid = header.Uid,
            Resource = new(header, Encoding.UTF8.GetBytes(document.ToJsonString())),
            Remembered = handler.Remember(new MemberKey(MemberKey.Local), header),
            Before = before,
        };
    }
}

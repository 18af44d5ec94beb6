using System.Text;
using System.Text.Json;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;
using ControlPlane.Protocol;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.OnCluster;

public sealed class StatusWriterTests(DevCluster cluster) : IClassFixture<DevCluster>
{
    private const string Foreign = "example.com/keep";
    private static readonly DateTimeOffset Time = DateTimeOffset.Parse("2026-11-22T12:00:00Z");

    [Fact]
    public async Task WriteAsync_ThenLess_ShowsItAndTakesBackWhatIsNoLongerSaid()
    {
        var (key, uid) = await BackupAsync("shown");
        var writer = Writer();

        await writer.WriteAsync(key, Status(uid) with { Source = "orders-mysql-1", Started = Time }, default);
        await ProgressAsync("shown");
        await writer.WriteAsync(key, Status(uid) with { Phase = BackupPhase.Failed, Reason = "StorageDenied" }, default);

        var status = (await DocumentAsync("shown")).GetProperty("status");
        Assert.Equal(("Failed", "StorageDenied"), (status.GetProperty("phase").GetString(), status.GetProperty("reason").GetString()));
        Assert.False(status.TryGetProperty("source", out _));
        Assert.Equal(42, status.GetProperty("progress").GetProperty("bytesRead").GetInt64());
    }

    [Fact]
    public async Task WriteAsync_TheSameAgain_WritesNothing()
    {
        var (key, uid) = await BackupAsync("same");
        var writer = Writer();
        await writer.WriteAsync(key, Status(uid), default);
        var version = (await DocumentAsync("same")).GetProperty("metadata").GetProperty("resourceVersion").GetString();

        await writer.WriteAsync(key, Status(uid), default);

        Assert.Equal(version, (await DocumentAsync("same")).GetProperty("metadata").GetProperty("resourceVersion").GetString());
    }

    // What the watch brought is written to at once; where that is out of date, or another's, a look comes first.
    [Fact]
    public async Task WriteAsync_WithAVersionFromTheWatch_IsRightWhateverItIs()
    {
        var (key, uid) = await BackupAsync("watched");
        var versions = new SeenVersions();
        var (writer, seen) = (Writer(versions), SeenVersions.Key(key.Member, key.Namespace, ApiGroup.Backups.Plural, key.Name, uid));
        versions.Take(seen, (await DocumentAsync("watched")).GetProperty("metadata").GetProperty("resourceVersion").GetString()!, watched: true);

        await writer.WriteAsync(key, Status(uid), default);
        Assert.Equal("It runs.", (await DocumentAsync("watched")).GetProperty("status").GetProperty("message").GetString());

        await ProgressAsync("watched");
        await writer.WriteAsync(key, Status(uid) with { Message = "It goes on." }, default);
        var status = (await DocumentAsync("watched")).GetProperty("status");
        Assert.Equal(("It goes on.", 42), (status.GetProperty("message").GetString(), status.GetProperty("progress").GetProperty("bytesRead").GetInt64()));
    }

    // A grain that lived here, then in another silo, then here again: what this silo wrote last is not what is shown.
    [Fact]
    public async Task WriteAsync_TheSameAfterAnotherSiloWrote_ShowsItAgain()
    {
        var (key, uid) = await BackupAsync("moved");
        var (here, there) = (Writer(), Writer());
        await here.WriteAsync(key, Status(uid), default);
        await there.WriteAsync(key, Status(uid) with { Message = "It waits." }, default);

        await here.WriteAsync(key, Status(uid), default);

        Assert.Equal("It runs.", (await DocumentAsync("moved")).GetProperty("status").GetProperty("message").GetString());
    }

    [Fact]
    public async Task WriteAsync_OfANamesake_LeavesItAlone()
    {
        var (key, _) = await BackupAsync("namesake");

        await Writer().WriteAsync(key, Status(Guid.NewGuid().ToString()), default);

        Assert.DoesNotContain("It runs.", (await DocumentAsync("namesake")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_OfAResourceThatIsGone_IsDone()
    {
        await Writer().WriteAsync(new(DevCluster.Member, cluster.Namespace, "gone"), Status("uid"), default);
        await Writer().WriteAsync(new(DevCluster.Member, "no-such-namespace", "gone"), Status("uid"), default);
    }

    [Fact]
    public async Task RecordAsync_Twice_IsOneEventAtTheResource()
    {
        var (key, uid) = await BackupAsync("told");
        var happened = new ResourceEvent
        {
            Kind = ApiGroup.Backups.Kind,
            Member = key.Member.Name,
            Namespace = key.Namespace,
            Name = key.Name,
            Uid = uid,
            Reason = Reasons.JobCreated,
            Action = "Start",
            Message = string.Concat(Enumerable.Repeat("ü", 3000)),
            Time = Time,
        };

        await Writer().RecordAsync(happened, default);
        await Writer().RecordAsync(happened, default);
        await Writer().RecordAsync(happened with { Action = "Retry", Warning = true }, default);
        await Writer().RecordAsync(happened with { Namespace = "no-such-namespace" }, default);

        var events = (await cluster.Client.CoreV1.ListNamespacedEventAsync(cluster.Namespace, fieldSelector: $"involvedObject.uid={uid},reason={Reasons.JobCreated}")).Items;
        Assert.Equal(["Normal", "Warning"], events.Select(seen => seen.Type).Order());
        Assert.All(events, seen => Assert.InRange(Encoding.UTF8.GetByteCount(seen.Message), 1000, 1024));
    }

    [Fact]
    public async Task ReleaseAsync_OfADeletedBackup_TakesOurFinalizerOnly()
    {
        var (key, uid) = await BackupAsync("released", Foreign, ApiGroup.Backups.DeleteDataFinalizer);
        await cluster.Client.CustomObjects.DeleteNamespacedCustomObjectAsync(ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Backups.Plural, "released");

        await Writer().ReleaseAsync(key, uid, default);
        await Writer().ReleaseAsync(key, uid, default);

        Assert.Equal([Foreign], (await cluster.Heads.ReadAsync(key, default))!.Metadata.Finalizers);
        await cluster.PatchAsync("released", """{"metadata":{"finalizers":null}}""");
        Assert.Null(await cluster.Heads.ReadAsync(key, default));
        await Writer().ReleaseAsync(key, uid, default);
    }

    [Fact]
    public async Task ReleaseAsync_OfANamesake_LeavesItsFinalizer()
    {
        var (key, _) = await BackupAsync("kept", ApiGroup.Backups.DeleteDataFinalizer);

        await Writer().ReleaseAsync(key, Guid.NewGuid().ToString(), default);

        Assert.Equal([ApiGroup.Backups.DeleteDataFinalizer], (await cluster.Heads.ReadAsync(key, default))!.Metadata.Finalizers);
    }

    private static BackupStatus Status(string uid) => new()
    {
        Uid = uid,
        ObservedGeneration = 1,
        Phase = BackupPhase.Running,
        Reason = Reasons.JobRunning,
        Message = "It runs.",
        Conditions = [new() { Type = "Accepted", Status = true, Reason = Reasons.Accepted, LastTransition = Time, ObservedGeneration = 1 }],
    };

    private StatusWriter Writer(SeenVersions? versions = null) =>
        new(cluster.Api, cluster.Heads, versions ?? new(), new(cluster.Api, cluster.Heads, NullLogger<FinalizerRemover>.Instance), NullLogger<StatusWriter>.Instance);

    private async Task<(BackupKey Key, string Uid)> BackupAsync(string name, params string[] finalizers) =>
        (new(DevCluster.Member, cluster.Namespace, name), await cluster.BackupAsync(name, finalizers));

    private Task<JsonElement> DocumentAsync(string name) => cluster.GetAsync<JsonElement>(ApiGroup.Backups.Plural, name);

    private Task ProgressAsync(string name) => cluster.Client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<ResourceHead>(
        new V1Patch($$$"""
            {"apiVersion":"{{{ApiGroup.ApiVersion}}}","kind":"MySQLBackup","metadata":{"name":"{{{name}}}"},
             "status":{"progress":{"attempt":1,"stage":"Uploading","bytesRead":42,"bytesStored":1,"bytesPerSecond":1,"summary":"1%"} } }
            """, V1Patch.PatchType.ApplyPatch),
        ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Backups.Plural, name, fieldManager: BackupProgress.FieldManager, force: true);
}

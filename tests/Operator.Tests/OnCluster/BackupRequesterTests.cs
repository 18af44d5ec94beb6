using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Schedules;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.OnCluster;

public sealed class BackupRequesterTests(DevCluster cluster) : IClassFixture<DevCluster>
{
    private static readonly DateTimeOffset Due = new(2026, 11, 26, 2, 30, 0, TimeSpan.Zero);

    private readonly BackupRequester requester = new(cluster.Api, new(cluster.Api), NullLogger<BackupRequester>.Instance);

    [Fact]
    public async Task RequestAsync_Twice_MakesOneResourceThatSaysWhoseItIs()
    {
        var order = Order("nightly");

        await requester.RequestAsync(order, default);
        await requester.RequestAsync(order, default);

        var made = await FindAsync(order.Backup.Name);
        Assert.Equal(("orders", "nightly"), (made.Labels[ApiGroup.Labels.Cluster], made.Labels[ApiGroup.Labels.Schedule]));
        Assert.Equal("2026-11-26T02:30:00Z", made.Annotations[ApiGroup.Annotations.Due]);
        Assert.Equal([ApiGroup.Backups.DeleteDataFinalizer], made.Finalizers);
    }

    [Fact]
    public async Task RequestAsync_WhereSomebodysOwnHasTheName_SaysSo()
    {
        var order = Order("taken");
        await cluster.BackupAsync(order.Backup.Name);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => requester.RequestAsync(order, default));

        Assert.Contains("exists that no schedule made", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestAsync_InANamespaceThatIsNotThere_SaysWhatTheServerSays()
    {
        var refusal = await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() => requester.RequestAsync(Order("away") with { Backup = new(DevCluster.Member, "no-such-namespace", "b") }, default));

        Assert.Contains("no-such-namespace", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("{", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestAsync_OfAnImport_MakesOneResourceUnderTheNameOfTheFolder()
    {
        var order = Import("kept", "nightly");

        Assert.Equal(("kept", "kept"), (await requester.RequestAsync(order, default), await requester.RequestAsync(order, default)));

        var made = await FindAsync("kept");
        Assert.Equal(("nightly", "2026-11-26T02:30:00Z"), (made.Labels[ApiGroup.Labels.Schedule], made.Annotations[ApiGroup.Annotations.Due]));
        Assert.Equal([ApiGroup.Backups.DeleteDataFinalizer], made.Finalizers);
    }

    [Fact]
    public async Task RequestAsync_OfAnImportThatNoScheduleAskedFor_LeavesTheFinalizerToItsOwner()
    {
        await requester.RequestAsync(Import("by-hand", null), default);

        var made = await FindAsync("by-hand");
        Assert.Empty(made.Finalizers);
        Assert.False(made.Labels.ContainsKey(ApiGroup.Labels.Schedule));
    }

    [Fact]
    public async Task RequestAsync_OfAnImportWhoseNameIsTaken_AddsAPartOfItsUid()
    {
        await cluster.BackupAsync("used-again");
        var order = Import("used-again", null);

        Assert.Equal(("used-again-9e8d7c60", "used-again-9e8d7c60"), (await requester.RequestAsync(order, default), await requester.RequestAsync(order, default)));
    }

    [Fact]
    public async Task RequestAsync_OfAnImportWhoseOwnResourceIsThere_MakesNone()
    {
        await cluster.BackupAsync("own");
        var uid = (await FindAsync("own")).Uid;

        Assert.Null(await requester.RequestAsync(Import("own", null) with { Folder = new("own", uid) }, default));
    }

    private ImportOrder Import(string name, string? schedule) => new()
    {
        Cluster = new(DevCluster.Member, cluster.Namespace, "orders"),
        StorageName = "s3-main",
        Folder = new(name, "9e8d7c60-0000-4000-8000-000000000009"),
        Schedule = schedule,
        Due = schedule is null ? null : Due,
    };

    private BackupOrder Order(string schedule) => new()
    {
        Backup = new(DevCluster.Member, cluster.Namespace, BackupOrder.NameFor("orders", schedule, Due)),
        ClusterName = "orders",
        StorageName = "s3-main",
        Schedule = schedule,
        Due = Due,
    };

    private async Task<ResourceHeader> FindAsync(string name)
    {
        var found = await cluster.Client.CustomObjects.GetNamespacedCustomObjectAsync<System.Text.Json.JsonElement>(ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Backups.Plural, name);
        return ResourceHeader.Read(found)!;
    }
}

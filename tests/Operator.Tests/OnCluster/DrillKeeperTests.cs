using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Schedules;
using ControlPlane.Operator.Status;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.OnCluster;

public sealed class DrillKeeperTests(DevCluster cluster) : IClassFixture<DevCluster>
{
    private readonly DrillKeeper keeper = new(cluster.Api, cluster.Heads, NullLogger<DrillKeeper>.Instance);

    [Fact]
    public async Task EnsureAsync_APlanThatChanges_HasTheResourceSayWhatItSays()
    {
        var key = Key("changing");
        var uid = await ClusterAsync("changing");

        await keeper.EnsureAsync(key, uid, new("weekly", """{"schedule":"0 5 * * 0","checks":{"tables":3},"suspended":true}"""), default);
        await keeper.EnsureAsync(key, uid, new("weekly", """{"schedule":"0 6 * * 0"}"""), default);

        var drill = await cluster.GetAsync<JsonElement>(ApiGroup.Drills.Plural, "changing-weekly");
        var spec = drill.GetProperty("spec");
        Assert.Equal(("changing", "0 6 * * 0"), (spec.GetProperty("clusterName").GetString(), spec.GetProperty("schedule").GetString()));
        Assert.False(spec.TryGetProperty("checks", out _));
        Assert.Equal(uid, drill.GetProperty("metadata").GetProperty("ownerReferences")[0].GetProperty("uid").GetString());
    }

    [Fact]
    public async Task RemoveAsync_OfOneThatItMade_IsDoneHoweverOften()
    {
        var key = Key("removed");
        await keeper.EnsureAsync(key, await ClusterAsync("removed"), new("weekly", """{"schedule":"0 5 * * 0"}"""), default);

        await keeper.RemoveAsync(key, "weekly", default);
        await keeper.RemoveAsync(key, "weekly", default);

        Assert.Null(await cluster.Heads.ReadAsync(DevCluster.Member, cluster.Namespace, ApiGroup.Drills.Plural, "removed-weekly", default));
    }

    [Fact]
    public async Task Drill_ThatSomebodyMade_IsNeitherChangedNorRemoved()
    {
        var key = Key("taken");
        await cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<ResourceHead>(
            JsonSerializer.Deserialize<JsonElement>($$$"""{"apiVersion":"{{{ApiGroup.ApiVersion}}}","kind":"RestoreDrill","metadata":{"name":"taken-weekly"},"spec":{"clusterName":"taken","suspended":true}}"""),
            ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Drills.Plural);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => keeper.EnsureAsync(key, "u", new("weekly", """{"schedule":"0 5 * * 0"}"""), default));
        await keeper.RemoveAsync(key, "weekly", default);

        Assert.Contains("rename or delete it", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(await cluster.Heads.ReadAsync(DevCluster.Member, cluster.Namespace, ApiGroup.Drills.Plural, "taken-weekly", default));
    }

    // The collector takes away what has an owner that is not there.
    private async Task<string> ClusterAsync(string name) => (await cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<ResourceHead>(
        JsonSerializer.Deserialize<JsonElement>($$$"""{"apiVersion":"{{{ApiGroup.ApiVersion}}}","kind":"MySQLCluster","metadata":{"name":"{{{name}}}"},"spec":{"workload":{"name":"none"},"credentialsSecret":"none"}}"""),
        ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Clusters.Plural)).Metadata.Uid;

    private ClusterKey Key(string name) => new(DevCluster.Member, cluster.Namespace, name);
}

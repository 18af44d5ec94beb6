using ControlPlane.Abstractions.Backups;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Retention;
using ControlPlane.Operator.Status;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.OnCluster;

public sealed class BackupRemoverTests(DevCluster cluster) : IClassFixture<DevCluster>
{
    private readonly BackupRemover remover = new(cluster.Api, NullLogger<BackupRemover>.Instance);

    [Fact]
    public async Task RemoveAsync_Twice_BeginsTheDeletionAndTakesOffNoFinalizer()
    {
        // The second finalizer holds it where a plane runs on this cluster, which takes off its own.
        var uid = await cluster.BackupAsync("expired", ApiGroup.Backups.DeleteDataFinalizer, "example.com/held");

        await remover.RemoveAsync(Key("expired"), uid, default);
        await remover.RemoveAsync(Key("expired"), uid, default);

        var header = ResourceHeader.Read(await cluster.GetAsync<System.Text.Json.JsonElement>(ApiGroup.Backups.Plural, "expired"))!;
        Assert.True(header.Deleting);
        Assert.Contains("example.com/held", header.Finalizers);
        await cluster.PatchAsync("expired", """{"metadata":{"finalizers":null}}""");
    }

    [Fact]
    public async Task RemoveAsync_OfANamesakeOrOfNothing_TouchesNothing()
    {
        await cluster.BackupAsync("namesake");

        await remover.RemoveAsync(Key("namesake"), "4f2c1d6e-0000-4000-8000-00000000dead", default);
        await remover.RemoveAsync(Key("never-was"), "4f2c1d6e-0000-4000-8000-00000000dead", default);

        Assert.Null((await cluster.GetAsync<ResourceHead>(ApiGroup.Backups.Plural, "namesake")).Metadata.DeletionTimestamp);
    }

    private BackupKey Key(string name) => new(DevCluster.Member, cluster.Namespace, name);
}

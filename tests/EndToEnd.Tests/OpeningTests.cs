using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What owners do first: a database that runs and has its rows is declared, and the sidecar comes into its Pods one by one.</summary>
public sealed class OpeningTests(Plane plane)
{
    [Fact]
    public async Task Sidecar_ComingIntoADatabaseThatRuns_KeepsEveryRow()
    {
        var shop = await plane.Shops.LargeAsync();

        Assert.True(Shop.HasSidecar(await shop.TemplateAsync()));
        foreach (var pod in new[] { Shop.Primary, Shop.Replica })
            Assert.Equal($"{Shops.LargeMebibytes * 1024}", await shop.Database.AskAsync(pod, "select count(*) from shop.orders"));
    }
}

using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// A drill obeys the fleet's budgets: <c>./dev fire '*Budget*'</c>. With the first budget of a fleet nothing begins anywhere for a minute and a half, so that nothing else runs beside it.
/// </summary>
[Collection(Alone.Name)]
public sealed class BudgetedDrillTests(OpenShop open) : IClassFixture<OpenShop>
{
    [Fact(Explicit = true)]
    public async Task Drill_WhileABudgetHasNoPlace_WaitsAndSaysForWhatAndThenGoes()
    {
        var shop = open.Shop;
        await using var backup = await shop.BackUpAsync(new("to-prove"));
        await backup.EndAsync("Succeeded");
        await shop.Cluster.ApplyAsync("default", $$"""
            apiVersion: backup.controlplane/v1
            kind: FleetBudget
            metadata: { name: {{shop.Namespace}} }
            spec: { selector: { namespaces: [{{shop.Namespace}}] }, atMost: { drills: 0 } }
            """);
        try
        {
            await using var drill = await RunningDrill.BeginAsync(shop, "queued", "backup:", $"  name: {backup.Name}");
            var waits = await drill.WaitsAsync();
            Assert.Equal((shop.Namespace, 1), ((string?)waits["line"]!["budget"], (int?)waits["line"]!["position"]));

            // What is not counted as a drill goes by; and until there is a place, there is no Job.
            await using var other = await shop.BackUpAsync(new("goes-by"));
            await other.EndAsync("Succeeded");
            Assert.Equal("WaitingForPlace", (string?)(await drill.SeeAsync())["status"]!["reason"]);
            Assert.Empty(await drill.JobsAsync());

            await shop.Cluster.KubectlAsync("patch", "fleetbudget", shop.Namespace, "--type", "merge", "--patch", """{"spec":{"atMost":{"drills":1}}}""");
            await drill.RoundAsync(1, "Passed");
        }
        finally
        {
            await shop.Cluster.KubectlAsync("delete", "fleetbudgets", shop.Namespace);
        }
    }
}

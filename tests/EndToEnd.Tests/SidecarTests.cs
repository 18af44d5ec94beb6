using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>The container that the plane puts into an owner's workload, and takes out again.</summary>
public sealed class SidecarTests(OpenShop open) : IClassFixture<OpenShop>
{
    private static readonly TimeSpan Rollout = TimeSpan.FromMinutes(3);

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Sidecar_WhenBackupsAreDisabled_GoesAndLeavesAllElseAsItWas()
    {
        await using var kept = await Shop.BackUpAsync(new("before-disabling") { DeletesData = true });
        var ended = await kept.EndAsync("Succeeded");
        var before = await Shop.TemplateAsync();
        Assert.True(Shop.HasSidecar(before));

        await Shop.ChangeAsync(new { backup = new { enabled = false } });
        try
        {
            await Wait.UntilAsync("a template without the sidecar", Rollout, Shop.TemplateAsync, template => !Shop.HasSidecar(template));
            await RolledOutAsync();
            Assert.Equal(["mysql"], Names(await Shop.TemplateAsync(), "containers"));
            Assert.Equal(Own(before), Own(await Shop.TemplateAsync()));
            Assert.Equal(["backup-account", "replication-account", "run", "scripts", "tmp"], Names(await Shop.TemplateAsync(), "volumes").Order());

            await RefusedWhileDisabledAsync();
            await kept.DeleteAsync();
            await kept.GoneAsync(TimeSpan.FromMinutes(1));
            Assert.Empty(await Shop.Bucket.RemainsAsync(ended.Prefix));
        }
        finally
        {
            await Shop.ChangeAsync(new { backup = new { enabled = true } });
            await Wait.UntilAsync("a template with the sidecar", Rollout, Shop.TemplateAsync, Shop.HasSidecar);
            await RolledOutAsync();
            await Shop.ReadyAsync();
        }

        await using var again = await Shop.BackUpAsync(new("after-enabling"));
        await again.EndAsync("Succeeded");
    }

    [Fact]
    public async Task Sidecar_InTheWorkload_IsOwnedByItsOwnFieldManagerAlone()
    {
        var workload = (await Shop.Cluster.GetAsync($"apis/apps/v1/namespaces/{Shop.Namespace}/statefulsets/orders-mysql"))!;
        var ours = workload["metadata"]!["managedFields"]!.AsArray().Single(entry => (string?)entry!["manager"] == "controlplane-sidecar")!;
        var template = ours["fieldsV1"]!["f:spec"]!["f:template"]!["f:spec"]!.AsObject();

        Assert.Equal("Apply", (string?)ours["operation"]);
        Assert.Equal(["f:containers", "f:volumes"], template.Select(field => field.Key).Order());
        Assert.Equal(["k:{\"name\":\"xtrabackup\"}"], template["f:containers"]!.AsObject().Select(field => field.Key));
    }

    private async Task RefusedWhileDisabledAsync()
    {
        await using var refused = await Shop.BackUpAsync(new("while-disabled"));
        var seen = await refused.UntilAsync("a word about it", seen => seen.Reason == "BackupsDisabled");
        Assert.Contains("enabled", seen.Message, StringComparison.Ordinal);
    }

    private Task RolledOutAsync() =>
        Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "rollout", "status", "statefulset/orders-mysql", "--timeout=180s");

    private static IEnumerable<string> Names(JsonNode template, string list) => template[list]!.AsArray().Select(item => (string)item!["name"]!);

    /// <summary>The template without what is ours.</summary>
    private static string Own(JsonNode template)
    {
        var own = template.DeepClone().AsObject();
        foreach (var list in new[] { "containers", "volumes" })
        {
            var kept = own[list]!.AsArray().Where(item => !IsOurs(list, (string)item!["name"]!)).Select(item => item!.DeepClone()).ToArray();
            own[list] = new JsonArray(kept);
        }

        return own.ToJsonString();
    }

    private static bool IsOurs(string list, string name) =>
        list == "containers" ? name == "xtrabackup" : name is not ("backup-account" or "replication-account" or "run" or "scripts" or "tmp");
}

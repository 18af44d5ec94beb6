using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What Pods of this project may do, as the API server and the kernel have it.</summary>
public sealed class RightsTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    [Fact]
    public async Task Pods_OfThisProject_RunRestricted()
    {
        await using var backup = await Shop.BackUpAsync(new("restricted") { Throttle = 50 });
        await backup.FlowAsync();
        var silo = (await Shop.Cluster.GetAsync($"api/v1/namespaces/{Plane.Namespace}/pods/{await plane.SiloPodAsync()}"))!;
        var job = (await Shop.JobPodsAsync((await backup.SeeAsync()).Uid)).Single();
        var database = (await Shop.Cluster.GetAsync($"api/v1/namespaces/{Shop.Namespace}/pods/{Shop.Replica}"))!;

        foreach (var pod in new[] { silo, job })
            Assert.All(pod["spec"]!["containers"]!.AsArray(), container => IsRestricted(pod, container!));
        IsRestricted(database, database["spec"]!["containers"]!.AsArray().Single(container => (string?)container!["name"] == "xtrabackup")!);
        Assert.All(new[] { silo, job }, HasNoHostAccess);
        await backup.EndAsync("Succeeded");
    }

    [Theory]
    [InlineData("get", "secrets")]
    [InlineData("list", "secrets")]
    [InlineData("watch", "secrets")]
    [InlineData("create", "pods/exec")]
    [InlineData("get", "pods/exec")]
    [InlineData("create", "pods/attach")]
    [InlineData("create", "pods/portforward")]
    [InlineData("create", "serviceaccounts/token")]
    [InlineData("*", "*")]
    [InlineData("impersonate", "users")]
    [InlineData("delete", "persistentvolumeclaims")]
    public async Task Plane_ByItsRights_MayNot(string verb, string resource) =>
        Assert.Equal("no", await MayAsync(await SiloAccountAsync(), verb, resource));

    [Theory]
    [InlineData("list", "mysqlbackups.backup.controlplane", "yes")]
    [InlineData("create", "mysqlbackups.backup.controlplane", "yes")]
    [InlineData("delete", "mysqlbackups.backup.controlplane", "yes")]
    [InlineData("create", "jobs.batch", "yes")]
    [InlineData("patch", "statefulsets.apps", "yes")]
    public async Task Plane_ByItsRights_MayDoItsWork(string verb, string resource, string answer) =>
        Assert.Equal(answer, await MayAsync(await SiloAccountAsync(), verb, resource));

    [Fact]
    public async Task Runner_ByItsRights_MayPatchStatusAndNothingElse()
    {
        await using var backup = await Shop.BackUpAsync(new("runner-rights"));
        await backup.EndAsync("Succeeded");
        var job = (await backup.JobsAsync()).Single();
        var account = $"system:serviceaccount:{Shop.Namespace}:{job["spec"]!["template"]!["spec"]!["serviceAccountName"]}";

        Assert.Equal("yes", await MayAsync(account, "patch", "mysqlbackups.backup.controlplane/status"));
        foreach (var (verb, resource) in new[] { ("get", "secrets"), ("list", "pods"), ("get", "mysqlbackups.backup.controlplane"), ("patch", "mysqlbackups.backup.controlplane"), ("create", "jobs.batch"), ("delete", "pods") })
            Assert.Equal("no", await MayAsync(account, verb, resource));
    }

    [Fact]
    public async Task Job_InItsSpec_HoldsNoTicketAndNoSecretInItsEnvironment()
    {
        await using var backup = await Shop.BackUpAsync(new("job-spec"));
        await backup.EndAsync("Succeeded");
        var job = (await backup.JobsAsync()).Single();

        Assert.DoesNotContain("eyJ", job.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(0, (int?)job["spec"]!["backoffLimit"]);
        Assert.True((long?)job["spec"]!["activeDeadlineSeconds"] > 0);
    }

    private static void IsRestricted(JsonNode pod, JsonNode container)
    {
        var name = $"{pod["metadata"]!["name"]}/{container["name"]}";
        var own = container["securityContext"];
        var shared = pod["spec"]!["securityContext"];
        Assert.True((bool?)(own?["runAsNonRoot"] ?? shared?["runAsNonRoot"]) == true, $"{name}: runAsNonRoot");
        Assert.True((bool?)own?["allowPrivilegeEscalation"] == false, $"{name}: allowPrivilegeEscalation");
        Assert.True((bool?)own?["readOnlyRootFilesystem"] == true, $"{name}: readOnlyRootFilesystem");
        Assert.True(own?["capabilities"]?["drop"]?.AsArray().Any(capability => (string?)capability == "ALL") == true, $"{name}: capabilities");
        Assert.True(own?["capabilities"]?["add"] is null, $"{name}: added capabilities");
        Assert.True((string?)(own?["seccompProfile"]?["type"] ?? shared?["seccompProfile"]?["type"]) == "RuntimeDefault", $"{name}: seccompProfile");
    }

    private static void HasNoHostAccess(JsonNode pod)
    {
        var spec = pod["spec"]!;
        Assert.All(["hostNetwork", "hostPID", "hostIPC"], field => Assert.True((bool?)spec[field] is null or false, field));
        Assert.All(spec["volumes"]!.AsArray(), volume => Assert.Null(volume!["hostPath"]));
    }

    private async Task<string> SiloAccountAsync()
    {
        var pod = (await Shop.Cluster.GetAsync($"api/v1/namespaces/{Plane.Namespace}/pods/{await plane.SiloPodAsync()}"))!;
        return $"system:serviceaccount:{Plane.Namespace}:{pod["spec"]!["serviceAccountName"]}";
    }

    private async Task<string> MayAsync(string account, string verb, string resource)
    {
        var parts = resource.Split('/');
        string[] subresource = parts.Length == 2 ? [$"--subresource={parts[1]}"] : [];
        return (await Shop.Cluster.TryKubectlAsync(["auth", "can-i", verb, parts[0], .. subresource, "--namespace", Shop.Namespace, "--as", account])).Output.Trim();
    }
}

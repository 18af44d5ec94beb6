using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// The control plane, installed once for all scenarios as it would be installed anywhere. What was there before stays; what was made
/// here goes.
/// </summary>
public sealed class Plane : IAsyncLifetime
{
    internal const string Namespace = "controlplane-system";

    private bool made;

    internal Cluster Cluster { get; private set; } = null!;

    internal Shops Shops { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = new(DevEnvironment.Read());
        Shops = new(Cluster);
        await InstallAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Shops is not null)
            await Shops.CloseAsync();
        if (made)
        {
            await Cluster.EndPodsAsync(Namespace);
            await Cluster.KubectlAsync("delete", "-k", Overlay, "--ignore-not-found", "--timeout=120s");
        }

        Cluster?.Dispose();
    }

    /// <summary>The silo's Pod that runs now.</summary>
    internal async Task<string> SiloPodAsync()
    {
        var pods = await Cluster.ListAsync($"api/v1/namespaces/{Namespace}/pods?labelSelector=app.kubernetes.io/component=silo");
        return (string)pods.Single(IsAlive)["metadata"]!["name"]!;
    }

    internal Task SiloReadyAsync() => Cluster.KubectlAsync("--namespace", Namespace, "rollout", "status", "deployment/silo", "--timeout=120s");

    internal Task ScaleAsync(int replicas) => Cluster.KubectlAsync("--namespace", Namespace, "scale", "deployment/silo", $"--replicas={replicas}");

    /// <summary>SIGKILL, and a new Pod at once: the kubelet would make the same container wait longer after each kill.</summary>
    internal async Task KillSiloAsync()
    {
        var pod = await SiloPodAsync();
        await new Containers(Cluster).KillAsync(Namespace, pod, "silo");
        await Cluster.KubectlAsync("--namespace", Namespace, "delete", "pod", pod, "--grace-period=0", "--force");
        await SiloReadyAsync();
    }

    private static string Overlay => Path.Combine(DevEnvironment.Checkout, "deploy", "dev");

    private static bool IsAlive(JsonNode pod) => pod["metadata"]!["deletionTimestamp"] is null && (string?)pod["status"]!["phase"] == "Running";

    private async Task InstallAsync()
    {
        made = await Cluster.GetAsync($"api/v1/namespaces/{Namespace}") is null;
        // This kubectl does not know the validation rules that newer API servers hold.
        await Cluster.KubectlAsync("apply", "--validate=false", "-k", Overlay);
        // An image's name stays the same from build to build: a plane that was there may run an older one.
        if (!made)
            await Cluster.KubectlAsync("--namespace", Namespace, "rollout", "restart", "deployment/silo");
        await SiloReadyAsync();
    }
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// The control plane, installed once for all scenarios as it would be installed anywhere: one silo; or, where the variable CONTROLPLANE_SILOS
/// says <c>many</c>, three on a PostgreSQL. What was there before stays; what was made here goes.
/// </summary>
public sealed class Plane : IAsyncLifetime
{
    internal const string Namespace = "controlplane-system";

    private static readonly bool AreMany = Environment.GetEnvironmentVariable("CONTROLPLANE_SILOS") == "many";

    /// <summary>Whether the silos are three processes that <c>devcluster/apart.sh</c> started, beside API servers without nodes.</summary>
    internal static readonly bool AreApart = Environment.GetEnvironmentVariable("CONTROLPLANE_SILOS") == "apart";

    private bool made;

    /// <summary>How many silos there are when all are up.</summary>
    internal static int Silos => AreMany || AreApart ? 3 : 1;

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
            await RemoveAsync();
        Cluster?.Dispose();
    }

    /// <summary>The Pods of silos that run now.</summary>
    internal async Task<IReadOnlyList<string>> SiloPodsAsync() => AreApart ? [.. Enumerable.Range(0, Silos).Select(number => string.Create(CultureInfo.InvariantCulture, $"silo-{number}"))] :
        [.. (await PodsAsync()).Where(IsAlive).Select(pod => (string)pod["metadata"]!["name"]!)];

    /// <summary>One of them.</summary>
    internal async Task<string> SiloPodAsync() => (await SiloPodsAsync())[0];

    /// <summary>How many silos are ready now, and how often the containers of all were started again.</summary>
    internal async Task<(int Ready, int Restarts)> SilosAsync()
    {
        var containers = (await PodsAsync()).Where(IsAlive).SelectMany(pod => pod["status"]?["containerStatuses"]?.AsArray() ?? []).ToList();
        return (containers.Count(container => (bool)container!["ready"]!), containers.Sum(container => (int)container!["restartCount"]!));
    }

    /// <summary>The Pods whose silo holds the watches, by their logs.</summary>
    internal async Task<IReadOnlyList<string>> WatchingAsync()
    {
        var found = new List<string>();
        foreach (var pod in await SiloPodsAsync())
        {
            var log = await Cluster.TryKubectlAsync("--namespace", Namespace, "logs", pod);
            var last = log.Output.Split('\n').LastOrDefault(line => line.Contains("The watches of member", StringComparison.Ordinal)) ?? "";
            if (last.Contains("were started", StringComparison.Ordinal))
                found.Add(pod);
        }

        return found;
    }

    /// <summary>The condition <c>Connected</c> of a member; null while it has none.</summary>
    internal async Task<JsonNode?> ConnectedAsync(string member) =>
        (await Cluster.GetAsync($"apis/backup.controlplane/v1/memberclusters/{member}"))?["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => (string?)condition!["type"] == "Connected");

    /// <summary>The Pod whose silo has the ledger of the fleet's budgets: where it came last, by the logs.</summary>
    internal async Task<string> LedgerAsync()
    {
        var found = new List<(string Pod, string Line)>();
        foreach (var pod in await SiloPodsAsync())
        {
            var log = AreApart ? await File.ReadAllTextAsync(Path.Combine(Cluster.Environment.Cache, "run", "log", pod + ".log")) : (await Cluster.TryKubectlAsync("--namespace", Namespace, "logs", pod, "--timestamps")).Output;
            if (log.Split('\n').LastOrDefault(line => line.Contains("The ledger of the fleet", StringComparison.Ordinal)) is { } line)
                found.Add((pod, line));
        }

        return found.MaxBy(one => one.Line, StringComparer.Ordinal).Pod;
    }

    /// <summary>How many lines a silo has logged since.</summary>
    internal async Task<int> LogLinesAsync(string pod, DateTimeOffset since) =>
        (await Cluster.KubectlAsync("--namespace", Namespace, "logs", pod, "--since-time=" + since.UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z")).Count(letter => letter == '\n');

    internal Task SiloReadyAsync() => Cluster.KubectlAsync("--namespace", Namespace, "rollout", "status", "deployment/silo", "--timeout=120s");

    internal Task ScaleAsync(int replicas) => Cluster.KubectlAsync("--namespace", Namespace, "scale", "deployment/silo", $"--replicas={replicas}");

    /// <summary>SIGKILL; the kubelet starts the container again.</summary>
    internal async Task CrashSiloAsync(string pod)
    {
        if (!AreApart)
        {
            await new Containers(Cluster).KillAsync(Namespace, pod, "silo");
            return;
        }

        foreach (var verb in new[] { "kill", "start" })
            await Command.RunAsync(Path.Combine(DevEnvironment.Checkout, "devcluster", "process.sh"), [verb, pod]);
    }

    /// <summary>SIGKILL, and a new Pod at once: the kubelet would make the same container wait longer after each kill.</summary>
    internal async Task KillSiloAsync(string? which = null)
    {
        var pod = which ?? await SiloPodAsync();
        await CrashSiloAsync(pod);
        await Cluster.KubectlAsync("--namespace", Namespace, "delete", "pod", pod, "--grace-period=0", "--force");
        await SiloReadyAsync();
    }

    private static string Overlay => Path.Combine(DevEnvironment.Checkout, "deploy", "dev");

    private static string ManyScript => Path.Combine(DevEnvironment.Checkout, "devcluster", "many.sh");

    private static bool IsAlive(JsonNode pod) => pod["metadata"]!["deletionTimestamp"] is null && (string?)pod["status"]!["phase"] == "Running";

    private async Task InstallAsync()
    {
        if (AreApart)
            return;
        made = await Cluster.GetAsync($"api/v1/namespaces/{Namespace}") is null;
        if (AreMany)
            await Command.RunAsync(ManyScript, ["up"]);
        else
            // This kubectl does not know the validation rules that newer API servers hold.
            await Cluster.KubectlAsync("apply", "--validate=false", "-k", Overlay);
        // An image's name stays the same from build to build: a plane that was there may run an older one.
        if (!made)
            await Cluster.KubectlAsync("--namespace", Namespace, "rollout", "restart", "deployment/silo");
        await SiloReadyAsync();
    }

    private async Task RemoveAsync()
    {
        await Cluster.EndPodsAsync(Namespace);
        if (AreMany)
            await Command.RunAsync(ManyScript, ["down"]);
        else
            await Cluster.KubectlAsync("delete", "-k", Overlay, "--ignore-not-found", "--timeout=120s");
    }

    private Task<IReadOnlyList<JsonNode>> PodsAsync() => Cluster.ListAsync($"api/v1/namespaces/{Namespace}/pods?labelSelector=app.kubernetes.io/component=silo");
}

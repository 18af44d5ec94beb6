namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The development cluster as <c>./dev up</c> left it: where its API, its programs and its object store are.</summary>
internal sealed class DevEnvironment
{
    private const string HowToGetIt = "The development cluster is not up: run `./dev up` (and `./dev setup` before the first time), or `./dev test`, which does both.";

    private readonly Dictionary<string, string> values;

    private DevEnvironment(string cache, Dictionary<string, string> values)
    {
        Cache = cache;
        this.values = values;
    }

    /// <summary>The checkout that these tests were built from.</summary>
    internal static string Checkout { get; } = FindCheckout();

    internal string Cache { get; }

    internal string Kubeconfig => Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } given ? given : this["KUBECONFIG"];

    internal string Kubectl => this["KUBECTL"];

    /// <summary>What Pods reach of this machine, beside the API server.</summary>
    internal string BridgeAddress => this["BRIDGE_IP"];

    internal string ContainerdSocket => Path.Combine(Cache, "run", "containerd.sock");

    internal string this[string name] =>
        values.TryGetValue(name, out var value) ? value : throw new InvalidOperationException($"{name} is in no env file under {Cache}/run. {HowToGetIt}");

    internal static DevEnvironment Read()
    {
        var cache = Cached();
        var files = new[] { Path.Combine(cache, "run", "env"), Path.Combine(cache, "run", "s3", "env") };
        if (!files.All(File.Exists))
            throw new InvalidOperationException(HowToGetIt);

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in files.SelectMany(File.ReadLines).Where(line => !line.StartsWith('#')).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2))
            values[pair[0]] = pair[1];
        return new(cache, values);
    }

    private static string Cached() =>
        Environment.GetEnvironmentVariable("CONTROLPLANE_CACHE") is { Length: > 0 } own ? own
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } common ? common : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".cache"),
            "controlplane-dev");

    private static string FindCheckout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ControlPlane.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("These tests read the checkout; run them from within it.");
    }
}

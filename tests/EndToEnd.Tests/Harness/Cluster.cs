using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The Kubernetes API, as a person (kubectl) and as a program (JSON) sees it.</summary>
internal sealed class Cluster : IDisposable
{
    private readonly Kubernetes client;
    private readonly string kubeconfig;

    internal Cluster(DevEnvironment environment, string? kubeconfig = null)
    {
        Environment = environment;
        this.kubeconfig = kubeconfig ?? environment.Kubeconfig;
        client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(this.kubeconfig));
    }

    internal Kubernetes Client => client;

    internal DevEnvironment Environment { get; }

    public void Dispose() => client.Dispose();

    internal Task<string> KubectlAsync(params string[] arguments) =>
        Command.RunAsync(Environment.Kubectl, arguments, environment: Config);

    internal Task<Command> TryKubectlAsync(params string[] arguments) =>
        Command.TryAsync(Environment.Kubectl, arguments, environment: Config);

    /// <summary>What <c>kubectl apply -f -</c> says of a document.</summary>
    internal Task<Command> TryApplyAsync(string @namespace, string yaml) =>
        Command.TryAsync(Environment.Kubectl, ["--namespace", @namespace, "apply", "-f", "-"], yaml, environment: Config);

    internal Task<string> ApplyAsync(string @namespace, string yaml) =>
        Command.RunAsync(Environment.Kubectl, ["--namespace", @namespace, "apply", "-f", "-"], yaml, environment: Config);

    internal Command.Running BeginKubectl(params string[] arguments) =>
        Command.Begin(Environment.Kubectl, ["--kubeconfig", kubeconfig, .. arguments]);

    /// <summary>A JSON document by its path in the API; null when there is none. For looks that are too frequent for a program each.</summary>
    internal async Task<JsonNode?> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseUri, path));
        if (client.Credentials is not null)
            await client.Credentials.ProcessHttpRequestAsync(request, TestContext.Current.CancellationToken);
        using var response = await client.HttpClient.SendAsync(request, TestContext.Current.CancellationToken);
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
            return null;
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode ? JsonNode.Parse(text) : throw new HttpRequestException($"GET {path}: {(int)response.StatusCode} {text}");
    }

    /// <summary>What a watch says, until the server ends it.</summary>
    internal async IAsyncEnumerable<JsonNode> WatchAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseUri, path));
        if (client.Credentials is not null)
            await client.Credentials.ProcessHttpRequestAsync(request, cancellationToken);
        using var response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
            yield return JsonNode.Parse(line)!;
    }

    /// <summary>The items of a list.</summary>
    internal async Task<IReadOnlyList<JsonNode>> ListAsync(string path) =>
        [.. (await GetAsync(path))?["items"]?.AsArray().Select(item => item!) ?? []];

    internal Task MergeAsync(string kind, string @namespace, string name, object patch) =>
        KubectlAsync("--namespace", @namespace, "patch", kind, name, "--type", "merge", "--patch", JsonSerializer.Serialize(patch));

    /// <summary>Ends all Pods of a namespace. This kubelet keeps one that has ended for up to a minute; the API lets go of it at once when it is forced.</summary>
    internal async Task EndPodsAsync(string @namespace)
    {
        // Without those that would make them anew.
        await TryKubectlAsync("--namespace", @namespace, "delete", "deployments,replicasets,statefulsets,jobs", "--all", "--cascade=false");
        await TryKubectlAsync("--namespace", @namespace, "delete", "pods", "--all", "--force", "--grace-period=0");
    }

    private Dictionary<string, string> Config => new() { ["KUBECONFIG"] = kubeconfig };
}

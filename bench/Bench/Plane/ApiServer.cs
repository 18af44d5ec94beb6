using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using k8s;

namespace ControlPlane.Bench.Plane;

/// <summary>The API server by plain requests, so that nothing but the request itself lies between the clock and the wire.</summary>
internal sealed class ApiServer : IDisposable
{
    private readonly HttpClient http;

    internal ApiServer(string kubeConfig)
    {
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeConfig);
        var certificate = configuration.ClientCertificateData is { } data
            ? X509Certificate2.CreateFromPem(Decoded(data), Decoded(configuration.ClientCertificateKeyData))
            : X509Certificate2.CreateFromPemFile(configuration.ClientCertificateFilePath, configuration.ClientKeyFilePath);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.AddRange(configuration.SslCaCerts);
        http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { ClientCertificates = [certificate], CertificateChainPolicy = trust },
        })
        {
            BaseAddress = new Uri(configuration.Host),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    internal async Task<JsonNode> ListAsync(string path) => JsonNode.Parse(await http.GetStringAsync(path))!;

    internal Task<string> TextAsync(string path) => http.GetStringAsync(path);

    internal async Task<JsonNode?> FindAsync(string path)
    {
        using var answer = await http.GetAsync(path);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync()) : null;
    }

    internal async Task MergeAsync(string path, JsonObject change)
    {
        using var content = new StringContent(change.ToJsonString(), Encoding.UTF8, "application/merge-patch+json");
        using var answer = await http.PatchAsync(path, content);
        answer.EnsureSuccessStatusCode();
    }

    internal async Task CreateAsync(string path, JsonObject resource)
    {
        using var content = new StringContent(resource.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(path, content);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"The API server answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    internal async Task DeleteAsync(string path)
    {
        using var answer = await http.DeleteAsync(path);
    }

    /// <summary>Events as they come, each with the moment it came.</summary>
    internal async IAsyncEnumerable<(long At, JsonNode Resource)> WatchAsync(
        string path, string version, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await http.GetStreamAsync($"{path}?watch=1&resourceVersion={version}", cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            var at = TimeProvider.System.GetTimestamp();
            var change = JsonNode.Parse(line)!;
            yield return (at, change["object"]!);
        }
    }

    public void Dispose() => http.Dispose();

    private static string Decoded(string data) => Encoding.ASCII.GetString(Convert.FromBase64String(data));
}

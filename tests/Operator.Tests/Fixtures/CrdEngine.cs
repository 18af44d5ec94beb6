using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>Today's CRD engine, as <c>devcluster/crdengine.sh up</c> runs it, with the schemas of <c>deploy/crds</c> in it.</summary>
public sealed class CrdEngine : IAsyncLifetime
{
    private HttpClient? client;

    internal JsonArray Conditions { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        client = Connect();
        foreach (var schema in Schema.All)
        {
            var place = $"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{schema.Document["metadata"]!["name"]}";
            var (status, answer) = await SendAsync(HttpMethod.Patch, $"{place}?fieldManager=tests&force=true&fieldValidation=Strict", schema.Document, "application/apply-patch+yaml");
            Assert.True(status is 200 or 201, answer.ToJsonString());
        }

        // A schema is served a moment after it was taken.
        foreach (var schema in Schema.All)
        {
            for (var tries = 0; !await ServesAsync(schema.Plural); tries++)
            {
                Assert.True(tries < 100, $"The engine does not serve the {schema.Plural} it took.");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }

        var (_, list) = await SendAsync(HttpMethod.Get, "apis/apiextensions.k8s.io/v1/customresourcedefinitions", null);
        Conditions = [.. list["items"]!.AsArray().SelectMany(crd => crd!["status"]?["conditions"]?.AsArray() ?? []).Select(condition => condition!.DeepClone())];
    }

    public ValueTask DisposeAsync()
    {
        client?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Null when a document may be created; otherwise what the engine says. Nothing is stored.</summary>
    internal async Task<string?> ObjectionAsync(string plural, JsonObject document)
    {
        var place = Schema.All.Single(schema => schema.Plural == plural).IsOfTheFleet ? plural : $"namespaces/shop/{plural}";
        var (status, answer) = await SendAsync(HttpMethod.Post, $"apis/backup.controlplane/v1/{place}?dryRun=All&fieldValidation=Strict", document);
        return status == 201 ? null : answer["message"]!.GetValue<string>();
    }

    internal async Task<(int Status, JsonObject Answer)> SendAsync(HttpMethod method, string path, JsonObject? body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        using var response = await client!.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? (JsonObject)JsonNode.Parse(text)! : new() { ["message"] = text });
    }

    private async Task<bool> ServesAsync(string plural) => (await SendAsync(HttpMethod.Get, $"apis/backup.controlplane/v1/{plural}", null)).Status == 200;

    private static HttpClient Connect()
    {
        var common = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given ? given : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var cache = Environment.GetEnvironmentVariable("CONTROLPLANE_CACHE") is { Length: > 0 } own ? own : Path.Combine(common, "controlplane-dev");
        var file = Path.Combine(cache, "run", "crdengine", "env");
        if (!File.Exists(file))
            throw new InvalidOperationException("These tests need today's CRD engine: run `devcluster/crdengine.sh up`, or `./dev test`, which does it.");
        var values = File.ReadLines(file).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(values["CRDENGINE_CERT_FILE"], values["CRDENGINE_KEY_FILE"])];
        handler.SslOptions.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(values["CRDENGINE_CA_FILE"]);
        return new(handler) { BaseAddress = new(values["CRDENGINE_URL"]) };
    }
}

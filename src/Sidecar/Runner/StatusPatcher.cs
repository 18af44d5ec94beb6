using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Applies progress to a resource's status with the Pod's own service account, and hears in the answer what the plane says in the same
/// status. It is a courtesy: no failure here ever reaches the work.
/// </summary>
internal sealed class StatusPatcher : IDisposable
{
    // What the API server's own store takes of one resource, and some more.
    private const int LongestAnswer = 2 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly HttpClient http;
    private readonly StatusTarget target;
    private readonly string serviceAccount;

    private StatusPatcher(Uri server, string serviceAccount, StatusTarget target, X509Certificate2Collection authority)
    {
        (this.serviceAccount, this.target) = (serviceAccount, target);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(authority);
        http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            UseProxy = false,
            ConnectTimeout = Limit,
        })
        { BaseAddress = server, Timeout = Limit };
    }

    /// <summary>A patcher for this Pod, or null outside of a Kubernetes cluster.</summary>
    internal static StatusPatcher? Create(string serviceAccount, StatusTarget target, Func<string, string?> variable)
    {
        if (variable("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host || !ushort.TryParse(variable("KUBERNETES_SERVICE_PORT") ?? "443", out var port))
            return null;
        try
        {
            var authority = new X509Certificate2Collection();
            authority.ImportFromPemFile(Path.Combine(serviceAccount, "ca.crt"));
            return new StatusPatcher(new UriBuilder("https", host, port).Uri, serviceAccount, target, authority);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Applies the members of the status that are this manager's; returns what was heard, or null when it did not get through.</summary>
    internal async Task<HeardStatus?> TryApplyAsync(JsonObject status, CancellationToken cancellationToken)
    {
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Patch, target.Address) { Content = new StringContent(target.Document(status)) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/apply-patch+yaml");

            // Read each time: the kubelet renews it.
            var token = await File.ReadAllTextAsync(Path.Combine(serviceAccount, "token"), cancellationToken);
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
                return null;
            await response.Content.LoadIntoBufferAsync(LongestAnswer, cancellationToken);
            return Read(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception trouble) when (trouble is HttpRequestException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>What an answer says; an answer that cannot be read says nothing.</summary>
    internal static HeardStatus Read(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
                && status.TryGetProperty("uploadBytesPerSecond", out var limit) && limit.ValueKind == JsonValueKind.Number
                && limit.TryGetInt64(out var bytes) && bytes >= 0
                    ? new(bytes)
                    : new(null);
        }
        catch (JsonException)
        {
            return new(null);
        }
    }
}

/// <summary>What the plane says in the status of a running backup.</summary>
/// <param name="UploadBytesPerSecond">The most bytes a second that are to be sent; 0 for no limit, null where nothing is said.</param>
internal sealed record HeardStatus(long? UploadBytesPerSecond);

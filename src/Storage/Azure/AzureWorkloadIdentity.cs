using System.Net;
using System.Text.Json;
using Azure.Core;

namespace ControlPlane.Storage;

/// <summary>
/// Changes the Pod's own token, which Kubernetes signs and renews, for one that Azure takes: OAuth 2.0 client credentials with a JWT as the
/// client's assertion (RFC 7523), as Microsoft Entra documents it for workload identity federation. Each object has a client of its own, so
/// the token is kept here and not by the SDK.
/// </summary>
internal sealed class AzureWorkloadIdentity : TokenCredential, IDisposable
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    // Longer than any request takes to be looked at, and what the SDK keeps back too: it asks again that long before the end.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly AzureIdentitySettings settings;
    private readonly TimeProvider time;
    private readonly HttpClient client;
    private readonly SemaphoreSlim asking = new(1);
    private AccessToken? kept;

    public AzureWorkloadIdentity(AzureIdentitySettings settings, TimeProvider time)
    {
        this.settings = settings;
        this.time = time;

        // Never the store's own verifyTLS or CA bundle: whoever answers here gets a token that speaks for the Pod.
        client = new HttpClient(StoreHandler.Create(TimeSpan.FromSeconds(10), verifyTls: true, trust: null), disposeHandler: true) { Timeout = Limit };
    }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Tokens are asked for asynchronously.");

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        await asking.WaitAsync(cancellationToken);
        try
        {
            if (kept is not { } token || token.ExpiresOn - time.GetUtcNow() < Margin)
            {
                kept = token = await AskAsync(requestContext, cancellationToken);
            }

            return token;
        }
        finally
        {
            asking.Release();
        }
    }

    private async Task<AccessToken> AskAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        settings.Check();
        string assertion = await AssertionAsync(cancellationToken);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = settings.ClientId!,
            ["scope"] = string.Join(' ', requestContext.Scopes),
            ["client_assertion_type"] = AssertionType,
            ["client_assertion"] = assertion,
        });
        var asked = time.GetUtcNow();
        var (status, body) = await SendAsync(form, cancellationToken);
        return status == HttpStatusCode.OK ? Token(body, asked) : throw Refused(status, body, new Secret(assertion));
    }

    public void Dispose()
    {
        client.Dispose();
        asking.Dispose();
    }

    private async Task<string> AssertionAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Read each time: the kubelet renews it every hour.
            string text = (await File.ReadAllTextAsync(settings.TokenFile!, cancellationToken)).Trim();
            return text.Length > 0 ? text : throw new CredentialException(ObjectStoreFault.Transient, $"the Pod's token in {settings.TokenFile} is empty");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CredentialException(ObjectStoreFault.Denied, $"the Pod's token in {settings.TokenFile} cannot be read: {trouble.Message}");
        }
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> SendAsync(FormUrlEncodedContent form, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.PostAsync(settings.Endpoint, form, cancellationToken);
            return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested && NetworkTrouble.Find(trouble) is { } network)
        {
            var (fault, happened) = NetworkTrouble.Explain(settings.Authority.GetLeftPart(UriPartial.Authority), settings.Authority, network);
            throw new CredentialException(fault, $"no token for the workload identity: {happened}");
        }
    }

    private static AccessToken Token(byte[] body, DateTimeOffset asked)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var answer = document.RootElement;
            var lasts = answer.GetProperty("expires_in");
            int seconds = lasts.ValueKind == JsonValueKind.Number ? lasts.GetInt32() : int.Parse(lasts.GetString()!, System.Globalization.CultureInfo.InvariantCulture);
            return new AccessToken(answer.GetProperty("access_token").GetString()!, asked.AddSeconds(seconds));
        }
        catch (Exception trouble) when (trouble is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new CredentialException(ObjectStoreFault.Transient, "no token for the workload identity: the answer holds none");
        }
    }

    private CredentialException Refused(HttpStatusCode status, byte[] body, Secret assertion)
    {
        string why = "";
        try
        {
            using var document = JsonDocument.Parse(body);
            why = document.RootElement.TryGetProperty("error_description", out var words) ? words.GetString() ?? "" : "";
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            // Some proxy's page. The status says enough.
        }

        bool mayPass = status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;
        string told = why.Length == 0 ? "" : $": {NetworkTrouble.Quote(assertion.Strike(why.Split('\n')[0]))}";
        return new CredentialException(
            mayPass ? ObjectStoreFault.Transient : ObjectStoreFault.Denied,
            $"no token for the workload identity: {settings.Authority.GetLeftPart(UriPartial.Authority)} answered {(int)status}{told}");
    }
}

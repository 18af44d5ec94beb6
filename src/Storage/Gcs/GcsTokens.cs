using System.Net;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;

namespace ControlPlane.Storage;

/// <summary>Access tokens: those of a service account's key, or those that the place where this runs hands out. They are renewed in time by the library.</summary>
internal sealed class GcsTokens(Secret? serviceAccountKey) : IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/devstorage.read_write";

    private readonly SemaphoreSlim gate = new(1, 1);
    private GoogleCredential? credential;

    /// <summary>A token that is good for the next minutes.</summary>
    public Task<string> GetAsync(CancellationToken cancellationToken) => InWordsAsync(async () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        var current = credential ?? await FindAsync(cancellationToken);
        return await ((ITokenAccess)current).GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
    });

    /// <summary>Another token than one that the store did not take although its time was not over. Of many who ask at once, one renews it.</summary>
    public async Task<string> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            string current = await GetAsync(cancellationToken);
            if (current == refused && credential?.UnderlyingCredential is ServiceCredential service)
            {
                await InWordsAsync(() => service.RequestAccessTokenAsync(cancellationToken));
                current = await GetAsync(cancellationToken);
            }

            return current;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    // Tokens come from another place than objects, and its troubles are told apart from the store's.
    private async Task<T> InWordsAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (TokenResponseException answer) when (answer.StatusCode is null or >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests)
        {
            throw new CredentialException(ObjectStoreFault.Transient, "no access token could be had at the moment");
        }
        catch (TokenResponseException answer)
        {
            throw new CredentialException(
                ObjectStoreFault.Denied,
                $"no access token was given ({answer.Error?.Error ?? "no reason was told"}): the service account or its key is gone or switched off, or this machine's clock is wrong");
        }
        catch (HttpRequestException trouble)
        {
            var place = new Uri((credential?.UnderlyingCredential as ServiceCredential)?.TokenServerUrl ?? GoogleAuthConsts.OidcTokenUrl);
            var (fault, happened) = NetworkTrouble.Explain("the place that gives access tokens", place, trouble);
            throw new CredentialException(fault, $"no access token could be had: {happened}");
        }
    }

    private async Task<GoogleCredential> FindAsync(CancellationToken cancellationToken)
    {
        var found = serviceAccountKey is { } key ? Read(key) : await DefaultAsync(cancellationToken);
        return credential = found.CreateScoped(Scope);
    }

    private static GoogleCredential Read(Secret key)
    {
        try
        {
            return CredentialFactory.FromJson<ServiceAccountCredential>(key.Reveal()).ToGoogleCredential();
        }
        catch (Exception trouble) when (trouble is not OutOfMemoryException)
        {
            // Whatever is wrong with it, the library's words may quote it.
            throw new CredentialException(ObjectStoreFault.Denied, $"service-account.json {Fault(key)}; use the key file as Google hands it out");
        }
    }

    private static string Fault(Secret key)
    {
        try
        {
            using var document = JsonDocument.Parse(key.Reveal());
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String
                && type.GetString() == "service_account"
                ? "lacks client_email, private_key or token_uri, or one of them cannot be read"
                : "is no key of a service account (its type is not service_account)";
        }
        catch (JsonException)
        {
            return "is no JSON";
        }
    }

    private static async Task<GoogleCredential> DefaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await GoogleCredential.GetApplicationDefaultAsync(cancellationToken);
        }
        catch (InvalidOperationException)
        {
            throw new CredentialException(
                ObjectStoreFault.Denied,
                "no credentials were found where this runs: bind the Jobs' service account to one of Google's (workload identity), or name a Secret in credentialsSecret");
        }
    }
}

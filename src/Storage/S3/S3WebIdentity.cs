using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace ControlPlane.Storage;

/// <summary>
/// A role that is had for the Pod's own token, which Kubernetes signs and renews (IAM roles for service accounts). The SDK asks and renews;
/// its own class for it would hide why a role was not given.
/// </summary>
internal sealed class S3WebIdentity : RefreshingAWSCredentials
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly string role;
    private readonly string tokenFile;
    private readonly string region;

    private S3WebIdentity(string role, string tokenFile, string region)
    {
        this.role = role;
        this.tokenFile = tokenFile;
        this.region = region;
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    /// <summary>What the cluster's webhook put into the Pod's environment.</summary>
    public static S3WebIdentity Of(S3StoreSettings settings)
    {
        string? role = Environment.GetEnvironmentVariable("AWS_ROLE_ARN");
        string? file = Environment.GetEnvironmentVariable("AWS_WEB_IDENTITY_TOKEN_FILE");
        if (string.IsNullOrEmpty(role) || string.IsNullOrEmpty(file))
        {
            string missing = string.IsNullOrEmpty(role) ? "AWS_ROLE_ARN" : "AWS_WEB_IDENTITY_TOKEN_FILE";
            throw new CredentialException(ObjectStoreFault.Denied, $"the Pod's web identity is incomplete: {missing} is missing");
        }

        if (OwnEndpoint() is { } endpoint && endpoint.Scheme != Uri.UriSchemeHttps && !endpoint.IsLoopback)
        {
            throw new CredentialException(ObjectStoreFault.Refused, "AWS_ENDPOINT_URL_STS is not https; the Pod's token is never sent in the clear");
        }

        string region = Environment.GetEnvironmentVariable("AWS_REGION") is { Length: > 0 } ofPod ? ofPod : settings.Region;
        return new S3WebIdentity(role, file, region.Length > 0 ? region : "us-east-1");
    }

    protected override CredentialsRefreshState GenerateNewCredentials() => throw new NotSupportedException("Stores are asked asynchronously.");

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        string token = await ReadTokenAsync();
        using var limit = new CancellationTokenSource(Limit);
        using var client = new AmazonSecurityTokenServiceClient(new AnonymousAWSCredentials(), Configure());
        try
        {
            var request = new AssumeRoleWithWebIdentityRequest { RoleArn = role, RoleSessionName = SessionName(), WebIdentityToken = token };
            var answer = await client.AssumeRoleWithWebIdentityAsync(request, limit.Token);
            var given = answer.Credentials;
            return new CredentialsRefreshState(
                new ImmutableCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken), given.Expiration!.Value.ToUniversalTime());
        }
        catch (AmazonServiceException answer) when (answer.StatusCode != 0)
        {
            throw Refused(answer, new Secret(token));
        }
        catch (Exception trouble) when (limit.IsCancellationRequested || NetworkTrouble.Find(trouble) is not null)
        {
            var (fault, happened) = limit.IsCancellationRequested
                ? (ObjectStoreFault.Transient, $"it did not answer within {Limit.TotalSeconds:0} s")
                : NetworkTrouble.Explain("AWS's token service", OwnEndpoint() ?? new Uri("https://sts.amazonaws.com"), NetworkTrouble.Find(trouble)!);
            throw new CredentialException(fault, $"the role {role} could not be asked for: {happened}");
        }
    }

    private static Uri? OwnEndpoint() =>
        Uri.TryCreate(
            Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_STS") ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL"),
            UriKind.Absolute,
            out var endpoint) ? endpoint : null;

    private static string SessionName() =>
        Environment.GetEnvironmentVariable("AWS_ROLE_SESSION_NAME") is { Length: > 0 } own ? own : "controlplane-runner";

    // Never the store's own verifyTLS or CA bundle: whoever answers here gets a token that speaks for the Pod.
    private AmazonSecurityTokenServiceConfig Configure() => new()
    {
        RegionEndpoint = RegionEndpoint.GetBySystemName(region),
        MaxErrorRetry = 0,
        DisableLogging = true,
        HttpClientFactory = new S3HttpClients(TimeSpan.FromSeconds(5), verifyTls: true, trust: null),
    };

    private async Task<string> ReadTokenAsync()
    {
        try
        {
            // Read each time: the kubelet renews it.
            string text = (await File.ReadAllTextAsync(tokenFile)).Trim();
            return text.Length > 0 ? text : throw new CredentialException(ObjectStoreFault.Transient, $"the Pod's token in {tokenFile} is empty");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CredentialException(ObjectStoreFault.Denied, $"the Pod's token in {tokenFile} cannot be read: {trouble.Message}");
        }
    }

    private CredentialException Refused(AmazonServiceException answer, Secret token)
    {
        bool mayPass = answer.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
            || answer.ErrorCode is "Throttling" or "ThrottlingException" or "IDPCommunicationError";
        string words = NetworkTrouble.Quote(token.Strike(answer.Message));
        return new CredentialException(
            mayPass ? ObjectStoreFault.Transient : ObjectStoreFault.Denied,
            $"the role {role} was not given: AWS's token service answered {(int)answer.StatusCode} {NetworkTrouble.Quote(answer.ErrorCode ?? "")} ({words})");
    }
}

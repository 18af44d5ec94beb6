namespace ControlPlane.Storage;

/// <summary>What the cluster's webhook for workload identity puts into a Pod's environment.</summary>
internal sealed record AzureIdentitySettings
{
    private const string PublicAuthority = "https://login.microsoftonline.com/";

    /// <summary>The tenant, <c>AZURE_TENANT_ID</c>.</summary>
    public string? TenantId { get; init; }

    /// <summary>The identity, <c>AZURE_CLIENT_ID</c>.</summary>
    public string? ClientId { get; init; }

    /// <summary>The file with the Pod's token, <c>AZURE_FEDERATED_TOKEN_FILE</c>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Where tokens are had, <c>AZURE_AUTHORITY_HOST</c>; by default Azure's public cloud.</summary>
    public Uri Authority { get; init; } = new(PublicAuthority);

    /// <summary>The address that tokens are asked of.</summary>
    public Uri Endpoint => new(Authority, $"/{Uri.EscapeDataString(TenantId ?? "")}/oauth2/v2.0/token");

    /// <summary>Reads it.</summary>
    public static AzureIdentitySettings OfEnvironment() => new()
    {
        TenantId = Environment.GetEnvironmentVariable("AZURE_TENANT_ID"),
        ClientId = Environment.GetEnvironmentVariable("AZURE_CLIENT_ID"),
        TokenFile = Environment.GetEnvironmentVariable("AZURE_FEDERATED_TOKEN_FILE"),
        Authority = Uri.TryCreate(Environment.GetEnvironmentVariable("AZURE_AUTHORITY_HOST"), UriKind.Absolute, out var authority) ? authority : new(PublicAuthority),
    };

    /// <summary>Throws when something is missing, and says how it is had.</summary>
    public void Check()
    {
        string[] missing =
        [
            .. new[] { ("AZURE_CLIENT_ID", ClientId), ("AZURE_TENANT_ID", TenantId), ("AZURE_FEDERATED_TOKEN_FILE", TokenFile) }
                .Where(pair => string.IsNullOrWhiteSpace(pair.Item2)).Select(pair => pair.Item1),
        ];
        if (missing.Length > 0)
        {
            throw new CredentialException(
                ObjectStoreFault.Denied,
                $"the storage names no credentialsSecret, and the Job's Pod was given no workload identity ({string.Join(", ", missing)} missing); "
                + "name a Secret, or a serviceAccountName that is federated with an identity, and the label azure.workload.identity/use: \"true\"");
        }

        if (Authority.Scheme != Uri.UriSchemeHttps && !Authority.IsLoopback)
        {
            throw new CredentialException(ObjectStoreFault.Refused, "AZURE_AUTHORITY_HOST is not https; the Pod's token is never sent in the clear");
        }
    }
}

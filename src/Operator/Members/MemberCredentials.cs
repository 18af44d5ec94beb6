using System.Net;
using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.KubeConfigModels;

namespace ControlPlane.Operator.Members;

/// <summary>
/// Makes a client's configuration of a member's Secret. What would have the plane run a program, read a file of its own or trust anybody is
/// refused: whoever may write the Secret is not to be the plane's master. No sentence of it shows what the Secret holds.
/// </summary>
internal static class MemberCredentials
{
    public const string TokenKey = "token";
    public const string AuthorityKey = "ca.crt";

    /// <summary>The configuration, or why there is none.</summary>
    public static MemberAccess Read(MemberClusterSpec spec, MemberSecret secret)
    {
        try
        {
            return spec.Server is null ? OfKubeconfig(spec, secret) : OfToken(spec, secret);
        }
        catch (Exception trouble) when (trouble is CryptographicException or FormatException or ArgumentException)
        {
            return new(null, $"Secret '{spec.SecretName}': a certificate or key in it cannot be read.");
        }
    }

    /// <summary>Why an address is no API server's; null when it can be one.</summary>
    public static string? ServerObjection(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var address) || text.Length > 1024 ? "is no address; use for example https://10.0.0.1:6443"
        : address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0 ? "has more than host, port and path; use for example https://10.0.0.1:6443"
        : address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && IsLoopback(address)) ? null
        : "is not https; the credentials would be readable on the way";

    // What forwards from the plane's own Pod or machine is on no wire.
    private static bool IsLoopback(Uri address) => IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip);

    private static MemberAccess OfToken(MemberClusterSpec spec, MemberSecret secret)
    {
        if (!secret.Data.TryGetValue(TokenKey, out var token) || Encoding.UTF8.GetString(token).Trim() is not { Length: > 0 } text)
            return new(null, $"Secret '{spec.SecretName}' has no key '{TokenKey}', which spec.server asks for.");
        var configuration = new KubernetesClientConfiguration { Host = spec.Server!, AccessToken = text, TlsServerName = spec.TlsServerName };
        if (secret.Data.TryGetValue(AuthorityKey, out var authority))
        {
            configuration.SslCaCerts = [];
            configuration.SslCaCerts.ImportFromPem(Encoding.ASCII.GetString(authority));
            if (configuration.SslCaCerts.Count == 0)
                return new(null, $"Secret '{spec.SecretName}': key '{AuthorityKey}' holds no certificate.");
        }

        return new(configuration, null);
    }

    private static MemberAccess OfKubeconfig(MemberClusterSpec spec, MemberSecret secret)
    {
        var place = $"Secret '{spec.SecretName}', key '{spec.Key}'";
        if (!secret.Data.TryGetValue(spec.Key, out var content))
            return new(null, $"Secret '{spec.SecretName}' has no key '{spec.Key}'.");
        K8SConfiguration config;
        try
        {
            using var stream = new MemoryStream(content);
            config = KubernetesClientConfiguration.LoadKubeConfig(stream);
        }
        catch (Exception)
        {
            // Whatever the reader says may have the content in it.
            return new(null, $"{place}: this is no kubeconfig.");
        }

        var name = spec.Context ?? config?.CurrentContext;
        if (config?.Contexts?.FirstOrDefault(one => one.Name == name)?.ContextDetails is not { } context)
            return new(null, $"{place}: there is no context '{name}'.");
        var cluster = config.Clusters?.FirstOrDefault(one => one.Name == context.Cluster)?.ClusterEndpoint;
        var user = config.Users?.FirstOrDefault(one => one.Name == context.User)?.UserCredentials;
        var objection = Encoding.UTF8.GetString(content).Contains("proxy-url", StringComparison.Ordinal) ? "proxy-url is not supported; the control plane goes directly"
            : cluster is null ? $"the cluster of context '{name}' is not there" : user is null ? $"the user of context '{name}' is not there" : Objection(cluster, user);
        return objection is null ? new(KubernetesClientConfiguration.BuildConfigFromConfigObject(config, name), null) : new(null, $"{place}: {objection}.");
    }

    private static string? Objection(ClusterEndpoint cluster, UserCredentials user) =>
        user.ExternalExecution is not null ? "users[].user.exec would run a program in the control plane; use a token or a client certificate"
        : user.AuthProvider is not null ? "users[].user.auth-provider would run a plug-in in the control plane; use a token or a client certificate"
        : cluster.SkipTlsVerify ? "clusters[].cluster.insecure-skip-tls-verify would give the credentials to anybody; use certificate-authority-data"
        : !string.IsNullOrEmpty(cluster.CertificateAuthority) ? "clusters[].cluster.certificate-authority names a file, which would be the control plane's; use certificate-authority-data"
        : !string.IsNullOrEmpty(user.ClientCertificate) ? "users[].user.client-certificate names a file, which would be the control plane's; use client-certificate-data"
        : !string.IsNullOrEmpty(user.ClientKey) ? "users[].user.client-key names a file, which would be the control plane's; use client-key-data"
        : !string.IsNullOrEmpty(user.UserName) || !string.IsNullOrEmpty(user.Password) ? "users[].user.username and password are no longer taken by Kubernetes; use a token or a client certificate"
        : !string.IsNullOrEmpty(user.Impersonate) ? "users[].user.as is not supported; give the rights to the account itself"
        : string.IsNullOrEmpty(user.Token) && string.IsNullOrEmpty(user.ClientCertificateData) ? "users[].user has neither token nor client-certificate-data"
        : ServerObjection(cluster.Server ?? "") is { } objection ? $"clusters[].cluster.server {objection}"
        : null;
}

/// <summary>How a member is reached, or why it cannot be.</summary>
/// <param name="Configuration">The client's configuration.</param>
/// <param name="Trouble">Why there is none, for people.</param>
internal sealed record MemberAccess(KubernetesClientConfiguration? Configuration, string? Trouble);

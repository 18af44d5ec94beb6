using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Storage;

/// <summary>The connections to a store: its own certificates and time limits, no redirects, no cookies, nothing unpacked on the way.</summary>
internal static class HttpHandlers
{
    /// <summary>Makes one; throws for a bundle that holds no certificate.</summary>
    /// <param name="verifyTls">Whether the endpoint's certificate is checked.</param>
    /// <param name="caBundlePem">The only authorities that count; null for the system's.</param>
    /// <param name="connectTimeout">How long a connection may take to come about.</param>
    public static SocketsHttpHandler Create(bool verifyTls, string? caBundlePem, TimeSpan connectTimeout)
    {
        var trust = caBundlePem is null ? null : TrustOnly(caBundlePem);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = connectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseCookies = false,
        };

        if (!verifyTls)
        {
#pragma warning disable CA5359 // The owner asked for it by verifyTLS: false.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (trust is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust };
        }

        return handler;
    }

    private static X509ChainPolicy TrustOnly(string bundle)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        try
        {
            policy.CustomTrustStore.ImportFromPem(bundle);
        }
        catch (CryptographicException trouble)
        {
            throw new ObjectStoreException(ObjectStoreFault.Refused, "The CA bundle holds a certificate that cannot be read.", trouble);
        }

        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new ObjectStoreException(ObjectStoreFault.Refused, "The CA bundle holds no certificate in PEM form.");
    }
}

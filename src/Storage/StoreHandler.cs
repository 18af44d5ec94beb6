using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Storage;

/// <summary>The connections to one store. Certificates and time limits differ from store to store, so no two ever share these.</summary>
internal static class StoreHandler
{
    /// <summary>Makes them. The proxy is the environment's.</summary>
    public static SocketsHttpHandler Create(TimeSpan connectTimeout, bool verifyTls, X509ChainPolicy? trust)
    {
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

    /// <summary>Trust in the authorities of a bundle and in none else; null without a bundle: the system's own.</summary>
    public static X509ChainPolicy? Trust(string? bundle)
    {
        if (bundle is null)
        {
            return null;
        }

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

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Security;

/// <summary>
/// The plane's own certificate authority. It issues the agents' certificates, and those who call agents trust it and nothing else.
/// </summary>
internal sealed class Authority(IOptions<OperatorOptions> options, TimeProvider time) : IDisposable
{
    private const int LifetimeInYears = 10;

    internal static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1", "Server authentication");
    internal static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2", "Client authentication");

    // Clocks of nodes differ a little.
    private static readonly TimeSpan Backdating = TimeSpan.FromHours(1);

    private readonly KeyRing<X509Certificate2> keys =
        new(
            new(options.Value.Keys(OperatorOptions.AuthorityKeys), () => Make(time.GetUtcNow()), options.Value.KeysAreShared),
            text => X509Certificate2.CreateFromPem(text, text),
            options.Value.KeyOverlap,
            time);

    /// <summary>The certificates to trust, without keys.</summary>
    public IReadOnlyList<X509Certificate2> Roots => keys.All;

    /// <summary>The same as PEM.</summary>
    public string Certificates => string.Concat(Roots.Select(root => root.ExportCertificatePem() + "\n"));

    /// <summary>Names the issuer that would sign now; changes with a rotation.</summary>
    public string Issuer => keys.Current.Thumbprint;

    /// <summary>A new certificate for an agent, with a key of its own.</summary>
    public AgentCertificate Issue(string serverName) => Issue("backup agent", serverName, [ServerUse]);

    /// <summary>A new certificate for a silo, with a key of its own: silos call one another, and so are either side.</summary>
    public AgentCertificate IssueSilo(string serverName) => Issue("backup control plane silo", serverName, [ServerUse, ClientUse]);

    public void Dispose() => keys.Dispose();

    private AgentCertificate Issue(string subject, string serverName, OidCollection uses)
    {
        var (issuer, now) = (keys.Current, time.GetUtcNow());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(serverName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        var lifetime = options.Value.AgentCertificateLifetime;
        // Within its issuer's own time, which may just have begun: whoever sets up many silos makes the key a moment before.
        DateTimeOffset first = new(issuer.NotBefore.ToUniversalTime(), TimeSpan.Zero), last = new(issuer.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        DateTimeOffset notBefore = now - Backdating, notAfter = now + lifetime;
        using var certificate = request.Create(issuer, notBefore > first ? notBefore : first, notAfter < last ? notAfter : last, RandomNumberGenerator.GetBytes(16));
        return new(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n", now + (lifetime * 2 / 3));
    }

    private static string Make(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        // The serial in the name keeps two authorities of one plane apart during a rotation.
        var request = new CertificateRequest($"CN=backup control plane {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.CreateSelfSigned(now - Backdating, now.AddYears(LifetimeInYears));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}

/// <summary>What an agent, or a silo, proves itself with.</summary>
/// <param name="Certificate">PEM.</param>
/// <param name="PrivateKey">PEM; a secret.</param>
/// <param name="RenewAfter">When two thirds of its life are over.</param>
internal sealed record AgentCertificate(string Certificate, string PrivateKey, DateTimeOffset RenewAfter)
{
    /// <summary>Never the key.</summary>
    public override string ToString() => $"certificate, to be renewed after {RenewAfter:O}";
}

using System.Security.Cryptography.X509Certificates;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Operator.Security;

/// <summary>
/// What this silo proves itself with to the others: a certificate of the plane's authority, whose key never leaves the process. A silo
/// that has another authority is none of this plane.
/// </summary>
internal sealed class SiloIdentity(Authority authority, TimeProvider time) : ISiloIdentity
{
    // No agent has a name like it, and the authority issues for agents and silos only.
    private const string SiloName = "silo.backup.controlplane";

    private readonly Lock gate = new();
    private X509Certificate2? certificate;
    private string issuer = "";
    private DateTimeOffset renewAfter;

    public string Name => SiloName;

    public X509Certificate2 Certificate
    {
        get
        {
            lock (gate)
            {
                if (certificate is not null && issuer == authority.Issuer && time.GetUtcNow() < renewAfter)
                    return certificate;

                // Its predecessor is not disposed of: a connection may be using it at this moment.
                var issued = authority.IssueSilo(SiloName);
                (issuer, renewAfter) = (authority.Issuer, issued.RenewAfter);
                return certificate = X509Certificate2.CreateFromPem(issued.Certificate, issued.PrivateKey);
            }
        }
    }

    public bool IsSilo(X509Certificate2 certificate)
    {
        if (!certificate.MatchesHostname(SiloName))
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority.Roots.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(Authority.ServerUse);
        chain.ChainPolicy.ApplicationPolicy.Add(Authority.ClientUse);
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(certificate);
    }
}

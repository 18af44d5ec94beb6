using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.DataPath;

/// <summary>What the plane would give to an agent and to a Job: an authority, a certificate, a key for tickets. Made for one run of the bench.</summary>
internal sealed class Credentials : IDisposable
{
    internal const string Namespace = "bench";
    internal const string Cluster = "orders";

    private static readonly TimeSpan Validity = TimeSpan.FromHours(6);

    private readonly ECDsa ticketKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal Credentials()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (from, until) = (now.AddMinutes(-5), now + Validity);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=bench authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = authority.CreateSelfSigned(from, until);
        Authority = root.ExportCertificatePem();

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var agent = new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(AgentApi.ServerName(Namespace, Cluster));
        agent.CertificateExtensions.Add(names.Build());
        using var certificate = agent.Create(root, from, until, RandomNumberGenerator.GetBytes(8));

        AgentFolder = Directory.CreateDirectory(Path.Combine(Workplace.Folder, "tls")).FullName;
        File.WriteAllText(Path.Combine(AgentFolder, AgentFiles.Certificate), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(AgentFolder, AgentFiles.PrivateKey), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(AgentFolder, AgentFiles.TicketKeys), ticketKey.ExportSubjectPublicKeyInfoPem());
    }

    /// <summary>The authority that the runner trusts, PEM.</summary>
    internal string Authority { get; }

    /// <summary>The agent's files.</summary>
    internal string AgentFolder { get; }

    /// <summary>A ticket for one backup.</summary>
    internal string Ticket(string uid)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new Ticket(Namespace, Cluster, TicketOperation.Backup, uid, now + Validity).Sign(ticketKey, now);
    }

    public void Dispose() => ticketKey.Dispose();
}

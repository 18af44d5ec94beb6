using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>Keys as whoever sets up many silos makes them: by the two commands of <c>docs/operations.md</c>, in the platform's words.</summary>
internal static class SharedKeys
{
    public static string Make(string folder)
    {
        foreach (var purpose in new[] { "authority", "tickets" })
            Directory.CreateDirectory(Path.Combine(folder, purpose));
        using var authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=backup control plane 1", authority, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now, now.AddDays(3650));
        File.WriteAllText(Path.Combine(folder, "authority", "0001.pem"), certificate.ExportCertificatePem() + "\n" + authority.ExportPkcs8PrivateKeyPem() + "\n");
        using var tickets = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(folder, "tickets", "0001.pem"), tickets.ExportPkcs8PrivateKeyPem() + "\n");
        return folder;
    }
}

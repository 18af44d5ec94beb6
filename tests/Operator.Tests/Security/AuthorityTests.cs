using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Operator.Tests.Security;

public sealed class AuthorityTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("keys-");
    private readonly FakeTimeProvider time = new(DateTimeOffset.Parse("2026-11-22T12:00:00Z"));

    [Fact]
    public void Issue_ForACluster_IsTrustedUnderItsNameAlone()
    {
        using var authority = Create();
        var name = AgentApi.ServerName("shop", "orders");

        using var certificate = X509Certificate2.CreateFromPem(authority.Issue(name).Certificate);

        Assert.True(Trusts(authority, certificate));
        Assert.True(certificate.MatchesHostname(name));
        Assert.False(certificate.MatchesHostname(AgentApi.ServerName("shop", "invoices")));
        Assert.False(certificate.MatchesHostname(AgentApi.ServerName("other", "orders")));
    }

    [Fact]
    public void Issue_ByAnotherPlane_IsNotTrusted()
    {
        using var authority = Create();
        using var other = Create("other");

        using var certificate = X509Certificate2.CreateFromPem(other.Issue("a.b").Certificate);

        Assert.False(Trusts(authority, certificate));
    }

    [Fact]
    public void Issue_KeyAndCertificate_FitAndAreRenewedInTime()
    {
        using var authority = Create();

        var issued = authority.Issue("orders.shop");

        using var certificate = X509Certificate2.CreateFromPem(issued.Certificate, issued.PrivateKey);
        Assert.True(certificate.HasPrivateKey);
        Assert.Equal(time.GetUtcNow().AddDays(90), certificate.NotAfter.ToUniversalTime());
        Assert.Equal(time.GetUtcNow().AddDays(60), issued.RenewAfter);
        Assert.DoesNotContain("PRIVATE", issued.ToString(), StringComparison.Ordinal);
    }

    // As openssl makes one, for silos that share it.
    [Fact]
    public void Issue_ByAnAuthorityOfThisMoment_IsTrusted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=backup control plane 1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var made = request.CreateSelfSigned(time.GetUtcNow(), time.GetUtcNow().AddDays(3650));
        var place = folder.CreateSubdirectory("authority");
        File.WriteAllText(Path.Combine(place.FullName, "0001.pem"), made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        using var authority = Create();

        using var certificate = X509Certificate2.CreateFromPem(authority.IssueSilo("silo").Certificate);

        Assert.Equal(authority.Issuer, made.Thumbprint);
        Assert.True(Trusts(authority, certificate));
    }

    [Fact]
    public void Certificates_AfterARestart_AreTheSame()
    {
        using var first = Create();
        var certificates = first.Certificates;

        using var second = Create();

        Assert.Equal(certificates, second.Certificates);
        Assert.DoesNotContain("PRIVATE", certificates, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_WithAKeyThatWasAdded_TrustBothAndIssueByTheOldOneAtFirst()
    {
        using var authority = Create();
        using (var certificate = X509Certificate2.CreateFromPem(authority.Issue("a.b").Certificate))
            Assert.True(Trusts(authority, certificate));
        var former = authority.Issuer;
        using (var other = Create("other"))
            _ = other.Certificates;
        var added = Path.Combine(folder.FullName, "authority", "0002.pem");
        File.Copy(Path.Combine(folder.FullName, "other", "authority", "0001.pem"), added);
        File.SetLastWriteTimeUtc(added, time.GetUtcNow().UtcDateTime);

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, authority.Roots.Count);
        Assert.Equal(former, authority.Issuer);

        time.Advance(TimeSpan.FromHours(1));
        Assert.NotEqual(former, authority.Issuer);
        using var later = X509Certificate2.CreateFromPem(authority.Issue("a.b").Certificate);
        Assert.True(Trusts(authority, later));
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Keys_OnFirstStart_AreReadableByTheSiloAlone()
    {
        using var authority = Create();
        _ = authority.Certificates;

        var file = Path.Combine(folder.FullName, "authority", "0001.pem");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
        Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(file)!));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private Authority Create(string below = "") =>
        new(Options.Create(new OperatorOptions { KeysFolder = Path.Combine(folder.FullName, below) }), time);

    private bool Trusts(Authority authority, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority.Roots.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(certificate);
    }
}

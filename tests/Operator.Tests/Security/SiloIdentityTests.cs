using System.Security.Cryptography.X509Certificates;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Operator.Tests.Security;

public sealed class SiloIdentityTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("keys-");
    private readonly FakeTimeProvider time = new(DateTimeOffset.Parse("2026-11-22T12:00:00Z"));

    [Fact]
    public void IsSilo_OfTwoSilosWithTheSameKeys_HoldsBothWays()
    {
        using var keys = Keys("shared");
        using var sameKeys = Keys("shared");
        var (one, other) = (new SiloIdentity(keys, time), new SiloIdentity(sameKeys, time));

        Assert.NotEqual(one.Certificate.Thumbprint, other.Certificate.Thumbprint);
        Assert.True(one.IsSilo(other.Certificate));
        Assert.True(other.IsSilo(one.Certificate));
        Assert.True(one.Certificate.HasPrivateKey);
    }

    [Fact]
    public void IsSilo_WithOtherKeys_IsFalse()
    {
        using var keys = Keys("shared");
        using var otherKeys = Keys("other");

        Assert.False(new SiloIdentity(keys, time).IsSilo(new SiloIdentity(otherKeys, time).Certificate));
    }

    // An agent's key lies in its owner's namespace: it must open no door between silos, whatever the cluster is called.
    [Theory]
    [InlineData("shop", "orders")]
    [InlineData("backup", "silo")]
    public void IsSilo_OfAnAgent_IsFalse(string space, string cluster)
    {
        using var keys = Keys("shared");
        using var agent = Certificate(keys.Issue(AgentApi.ServerName(space, cluster)));

        Assert.False(new SiloIdentity(keys, time).IsSilo(agent));
    }

    [Fact]
    public void IsSilo_OfTheRightNameForServersOnly_IsFalse()
    {
        using var keys = Keys("shared");
        var silo = new SiloIdentity(keys, time);
        using var server = Certificate(keys.Issue(silo.Name));

        Assert.False(silo.IsSilo(server));
    }

    [Fact]
    public void Certificate_WhileTheSiloRuns_IsRenewedInTimeAndAfterARotation()
    {
        using var keys = Keys("shared");
        var silo = new SiloIdentity(keys, time);
        var first = silo.Certificate;
        Assert.Same(first, silo.Certificate);

        time.Advance(TimeSpan.FromDays(61));
        var second = silo.Certificate;
        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.True(silo.IsSilo(second));

        using (var other = Keys("other"))
            _ = other.Issuer;
        File.Copy(Path.Combine(folder.FullName, "other", "authority", "0001.pem"), Path.Combine(folder.FullName, "shared", "authority", "0002.pem"));
        File.Delete(Path.Combine(folder.FullName, "shared", "authority", "0001.pem"));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.NotEqual(second.IssuerName.Name, silo.Certificate.IssuerName.Name);
        Assert.False(silo.IsSilo(second));
    }

    [Fact]
    public void Keys_ThatAreShared_AreNeverMade()
    {
        using var keys = Keys("none", shared: true);

        var trouble = Assert.Throws<InvalidOperationException>(() => keys.Issuer);

        Assert.Contains($"there is no key '{folder.FullName}/none/authority/0001.pem'", trouble.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.FullName, "none")));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private Authority Keys(string below, bool shared = false) =>
        new(Options.Create(new OperatorOptions { KeysFolder = Path.Combine(folder.FullName, below), KeysAreShared = shared }), time);

    private static X509Certificate2 Certificate(AgentCertificate issued) => X509Certificate2.CreateFromPem(issued.Certificate, issued.PrivateKey);
}

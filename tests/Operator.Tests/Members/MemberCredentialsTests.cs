using System.Text;
using ControlPlane.Operator.Members;

namespace ControlPlane.Operator.Tests.Members;

public sealed class MemberCredentialsTests
{
    private const string Token = "t0ken-that-nobody-may-see";

    [Fact]
    public void Read_AKubeconfigWithAToken_Leads()
    {
        var access = Read("user", "token: " + Token);

        Assert.Null(access.Trouble);
        Assert.Equal(("https://10.0.0.1:6443", Token), (access.Configuration!.Host, access.Configuration.AccessToken));
    }

    [Theory]
    [InlineData("exec: { apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks, get-token] }", "users[].user.exec would run a program")]
    [InlineData("auth-provider: { name: gcp, config: { cmd-path: /bin/sh } }", "users[].user.auth-provider would run a plug-in")]
    [InlineData("client-certificate: /data/keys/tickets/0001.pem", "client-certificate names a file")]
    [InlineData("client-key: /data/keys/tickets/0001.pem", "client-key names a file")]
    [InlineData("tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token", "neither token nor client-certificate-data")]
    [InlineData("username: admin\n    password: " + Token, "username and password")]
    [InlineData("token: " + Token + "\n    as: system:admin", "users[].user.as")]
    public void Read_AUserThatIsNotInTheSecretItself_IsRefusedByItsField(string user, string said) => AssertRefused(Read("user", user), said);

    [Theory]
    [InlineData("insecure-skip-tls-verify: true", "insecure-skip-tls-verify")]
    [InlineData("certificate-authority: /etc/ssl/ca.pem", "certificate-authority names a file")]
    [InlineData("proxy-url: http://proxy:3128", "proxy-url")]
    [InlineData("server: http://10.0.0.1:6443", "is not https")]
    public void Read_AClusterThatCannotBeTrusted_IsRefusedByItsField(string cluster, string said) => AssertRefused(Read("cluster", cluster), said);

    [Fact]
    public void Read_WhatIsNoKubeconfig_IsRefusedWithoutShowingIt() =>
        AssertRefused(MemberCredentials.Read(Spec(), Secret(("kubeconfig", "{{ " + Token + " }}: ["))), "this is no kubeconfig");

    [Fact]
    public void Read_AContextThatIsNotThere_IsNamed() =>
        AssertRefused(MemberCredentials.Read(Spec() with { Context = "other" }, Secret(("kubeconfig", Config("", "token: " + Token)))), "there is no context 'other'");

    [Fact]
    public void Read_ASecretWithoutTheKey_NamesIt()
    {
        AssertRefused(MemberCredentials.Read(Spec(), Secret(("other", ""))), "has no key 'kubeconfig'");
        AssertRefused(MemberCredentials.Read(Spec() with { Server = "https://10.0.0.1" }, Secret(("ca.crt", ""))), "has no key 'token'");
        AssertRefused(MemberCredentials.Read(Spec() with { Server = "https://10.0.0.1" }, Secret(("token", Token), ("ca.crt", "nothing"))), "holds no certificate");
    }

    [Fact]
    public void Read_ATokenForAnAddress_Leads()
    {
        var access = MemberCredentials.Read(Spec() with { Server = "https://10.0.0.1:6443", TlsServerName = "berlin" }, Secret(("token", Token + "\n")));

        Assert.Equal(("https://10.0.0.1:6443", Token, "berlin"), (access.Configuration!.Host, access.Configuration.AccessToken, access.Configuration.TlsServerName));
    }

    [Theory]
    [InlineData("https://10.0.0.1:6443", true)]
    [InlineData("http://127.0.0.1:8001", true)]
    [InlineData("http://10.0.0.1:8001", false)]
    [InlineData("https://me:secret@10.0.0.1", false)]
    [InlineData("https://10.0.0.1?x=1", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("file:///etc/passwd", false)]
    public void ServerObjection_OfAnAddress_HoldsToHttps(string address, bool taken) => Assert.Equal(taken, MemberCredentials.ServerObjection(address) is null);

    private static void AssertRefused(MemberAccess access, string said)
    {
        Assert.Null(access.Configuration);
        Assert.Contains(said, access.Trouble, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, access.Trouble, StringComparison.Ordinal);
    }

    private static MemberAccess Read(string part, string text) =>
        MemberCredentials.Read(Spec(), Secret(("kubeconfig", part == "user" ? Config("", text) : Config(text, "token: " + Token))));

    private static string Config(string cluster, string user) => $$"""
        apiVersion: v1
        kind: Config
        clusters:
        - name: c
          cluster:
            {{(cluster.StartsWith("server", StringComparison.Ordinal) ? cluster : "server: https://10.0.0.1:6443")}}
            {{(cluster.StartsWith("server", StringComparison.Ordinal) ? "" : cluster)}}
        users:
        - name: u
          user:
            {{user.Replace("\n    ", "\n    ", StringComparison.Ordinal)}}
        contexts:
        - name: x
          context: { cluster: c, user: u }
        current-context: x
        """;

    private static MemberClusterSpec Spec() => new() { SecretName = "member-berlin" };

    private static MemberSecret Secret(params (string Key, string Value)[] entries) => new(entries.ToDictionary(entry => entry.Key, entry => Encoding.UTF8.GetBytes(entry.Value)));
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// The agents of a <see cref="StandInNode"/>'s databases where the plane has a road to them, on one address: each shows the certificate that the plane made for its cluster, and says that
/// its server is well. They hand out no backup.
/// </summary>
internal sealed class StandInAgents : IAsyncDisposable
{
    private const int Port = 6450;
    private const string Healthy = """{"serverReachable":true,"role":"Primary","engine":"MariaDbBackup"}""";

    private readonly Cluster member;
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    internal StandInAgents(Cluster member, string address)
    {
        this.member = member;
        listener = new(IPAddress.Parse(address), Port);
        listener.Start(backlog: 128);
        accepting = Task.Run(AcceptAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        listener.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await listener.AcceptTcpClientAsync(stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient caller)
    {
        try
        {
            using (caller)
            await using (var stream = new SslStream(caller.GetStream()))
            {
                await stream.AuthenticateAsServerAsync((_, hello, _, token) => new(OptionsForAsync(hello.ServerName, token)), state: null, stop.Token);
                using var reader = new StreamReader(stream, Encoding.ASCII);
                while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 })
                {
                }
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Healthy.Length}\r\nConnection: close\r\n\r\n{Healthy}"), stop.Token);
            }
        }
        catch (Exception gone) when (gone is IOException or AuthenticationException or OperationCanceledException or HttpRequestException)
        {
            // The caller gave up, or the test is over.
        }
    }

    // The name is that of the cluster and its namespace: cluster.namespace.agent.backup.controlplane.
    private async Task<SslServerAuthenticationOptions> OptionsForAsync(string name, CancellationToken token)
    {
        var parts = name.Split('.');
        var secret = await member.Client.CoreV1.ReadNamespacedSecretAsync($"{parts[0]}-backup-agent", parts[1], cancellationToken: token);
        using var pair = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(secret.Data["tls.crt"]), Encoding.ASCII.GetString(secret.Data["tls.key"]));
        return new() { ServerCertificate = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), password: null) };
    }
}

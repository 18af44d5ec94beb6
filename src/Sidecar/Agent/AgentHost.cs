using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Threading.RateLimiting;
using ControlPlane.Sidecar.Agent.Database;
using ControlPlane.Sidecar.Agent.Tool;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ControlPlane.Sidecar.Agent;

/// <summary>Puts the agent together: the parts in the order in which a request meets them.</summary>
internal static class AgentHost
{
    private const int RequestsAtOnce = 30;
    private const int RequestsPerSecond = 10;

    internal static WebApplication Build(AgentSettings settings, TimeProvider time, IServer? server = null)
    {
        RunFolder.Clear(settings.Scratch);
        var secrets = new AgentSecrets(settings.Tls);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost
            .UseSockets(sockets =>
            {
                sockets.UnsafePreferInlineScheduling = true;
                sockets.CreateBoundListenSocket = endpoint => KeepAlive.On(SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint));
            })
            .UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, settings, secrets));
        builder.Services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(ByCaller);
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, RecordPool.Factory>();
        builder.Services.AddSingleton(time).AddSingleton(settings).AddSingleton(secrets)
            .AddSingleton(server ?? new MySqlServer(settings)).AddSingleton(new DataSize(settings.DataPath, time))
            .AddSingleton<TicketGate>().AddSingleton<BackupRuns>().AddSingleton<BackupStreamer>().AddSingleton<AgentEndpoints>();

        // Long enough to end the tool and start replication again, shorter than a Pod's usual 30 seconds.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        var agent = builder.Build();
        agent.UseRateLimiter();
        agent.Services.GetRequiredService<AgentEndpoints>().Map(agent);
        return agent;
    }

    // One caller that asks too often does not keep the others out.
    private static RateLimitPartition<IPAddress> ByCaller(HttpContext context) => RateLimitPartition.GetTokenBucketLimiter(
        context.Connection.RemoteIpAddress ?? IPAddress.None,
        _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = RequestsAtOnce,
            TokensPerPeriod = RequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });

    private static void Listen(KestrelServerOptions kestrel, AgentSettings settings, AgentSecrets secrets)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = 64;
        limits.MaxRequestBodySize = 128 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 32;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // A slow reader is back-pressure, not an error.
        limits.MinResponseDataRate = null;
        kestrel.Listen(settings.ListenAddress ?? IPAddress.Any, settings.ListenPort, listen =>
        {
            // HTTP/2 has nothing to multiplex here, and its frames cost a third of the stream's processor time.
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = hello => Greet(hello, secrets) });
        });
    }

    private static ValueTask<SslServerAuthenticationOptions> Greet(TlsHandshakeCallbackContext hello, AgentSecrets secrets)
    {
        var certificate = secrets.Certificate() ?? throw new AuthenticationException("There is no certificate to show yet.");
        return ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        });
    }
}

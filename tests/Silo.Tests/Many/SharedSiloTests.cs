using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ControlPlane.Silo.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Reminders;

namespace ControlPlane.Silo.Tests.Many;

/// <summary>The same on PostgreSQL, and what is only there.</summary>
public sealed class SharedSiloTests(PostgresServer server) : SiloSuite
{
    private const byte TlsAlert = 21;

    private readonly Lazy<Task<string>> connectionString = new(server.NewDatabaseAsync);

    [Fact]
    public async Task Start_WithoutSharedKeys_NamesTheFolder()
    {
        var database = ManyArguments.For(Folder, await connectionString.Value, Path.Combine(Folder, "no-keys"));

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningSilo.StartAsync(database));

        Assert.Contains($"there is no key '{Folder}/no-keys/authority/0001.pem'", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"there is no key '{Folder}/no-keys/tickets/0001.pem'", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Folder, "no-keys")));
    }

    [Fact]
    public async Task Start_WithoutTheFileOfTheConnectionString_NamesIt()
    {
        var refused = await Assert.ThrowsAsync<SetupException>(() => RunningSilo.StartAsync([$"--Silo:ConnectionStringFile={Folder}/none"]));

        Assert.StartsWith($"Silo:ConnectionStringFile '{Folder}/none' cannot be read:", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_OfAllThatAsks_IsTheSharedOne()
    {
        await using var silo = await StartAsync();

        Assert.IsType<SharedClock>(silo.Services.GetRequiredService<TimeProvider>());
        Assert.IsType<SharedClock>(silo.Services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Grains));
        Assert.IsType<SharedClock>(silo.Services.GetRequiredKeyedService<TimeProvider>(ReminderTimeProviderNames.Reminders));
    }

    [Fact]
    public async Task Connect_WithoutACertificateOfThePlane_IsTurnedAway()
    {
        await using var silo = await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", silo.SiloPort);
#pragma warning disable CA5359 // Whom it calls does not matter here: who it is does.
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359

        // In TLS 1.3 the server's refusal arrives with the first read.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "silo.backup.controlplane", ApplicationProtocols = [new("Orleans")] });
            if (await tls.ReadAsync(new byte[1]) == 0)
                throw new AuthenticationException("The silo closed the connection.");
        });
    }

    [Fact]
    public async Task Connect_WithoutTls_IsAnsweredNothing()
    {
        await using var silo = await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", silo.SiloPort);
        await client.GetStream().WriteAsync(new byte[64]);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = new byte[1024];
        try
        {
            while (await client.GetStream().ReadAsync(answer, limit.Token) > 0)
                Assert.Equal(TlsAlert, answer[0]);
        }
        catch (IOException)
        {
            // Reset: as good.
        }
    }

    internal override async Task<string[]> DatabaseAsync()
    {
        var keys = Path.Combine(Folder, "keys");
        if (!Directory.Exists(keys))
            SharedKeys.Make(keys);
        return ManyArguments.For(Folder, await connectionString.Value, keys);
    }
}

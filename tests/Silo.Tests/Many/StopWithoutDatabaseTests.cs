using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Many;

/// <summary>A silo is told to stop while its PostgreSQL, which is a server of this test's own, is away.</summary>
public sealed class StopWithoutDatabaseTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Terminate_WhileTheDatabaseIsAway_EndsWithinItsTime()
    {
        await using var server = new PostgresServer();
        await using var silos = new ManySilos(await server.NewDatabaseAsync());
        var silo = silos.Start("alone", settings: $"--Silo:ShutdownTimeout={Limit}");
        await silo.ReadyAsync();
        await server.StopAsync();

        await silo.TerminateAsync(Limit + StopLimit.Margin + TimeSpan.FromSeconds(5));
        Assert.True(silo.HasExited);
    }
}

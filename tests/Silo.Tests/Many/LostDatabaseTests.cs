using System.Net;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Many;

/// <summary>PostgreSQL is away for a while, which is a server of this test's own.</summary>
public sealed class LostDatabaseTests
{
    private const int SomeDozens = 60;

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Stop_OfTheDatabaseInMidBackup_IsSurvivedByAllSilosAndNothingIsDoubled()
    {
        await using var server = new PostgresServer();
        await using var silos = new ManySilos(await server.NewDatabaseAsync());
        var other = silos.Start("other");
        await other.ReadyAsync();
        await silos.StartHereAsync();
        await silos.JoinedAsync(2);
        var members = await silos.MembersAsync();
        await silos.BeginAsync("told", "orders", await silos.AddressAsync(other));
        await silos.BeginAsync("untold", "invoices", await silos.AddressAsync(other));

        var before = silos.Log(other).Split('\n').Length;
        await server.StopAsync();
        await Patience.UntilAsync(TimeSpan.FromSeconds(20), async () => await other.AskAsync("ready") == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await other.AskAsync("live"));
        Assert.NotNull(await silos.Backup("told").GetStatusAsync());
        silos.EndJobs();
        await Assert.ThrowsAnyAsync<Exception>(() => silos.Backup("told").ObserveJobAsync(silos.Look("told")));
        await Task.Delay(Away, TimeProvider.System);
        Assert.Equal(HttpStatusCode.OK, await other.AskAsync("live"));
        Assert.False(other.HasExited);
        Assert.InRange(silos.Log(other).Split('\n').Length - before, 1, SomeDozens);
        await server.StartAsync();

        await ManySilos.InsistAsync(TimeSpan.FromSeconds(15), () => silos.Backup("told").ObserveJobAsync(silos.Look("told")));
        await Patience.UntilAsync(TimeSpan.FromSeconds(15), () => silos.Said("status told Succeeded").Any());
        await Patience.UntilAsync(TimeSpan.FromSeconds(75), () => silos.Said("status untold Succeeded").Any());
        await Patience.UntilAsync(TimeSpan.FromSeconds(20), async () => await other.AskAsync("ready") == HttpStatusCode.OK);
        Assert.Equal(members.Order(), (await silos.MembersAsync()).Order());
        Assert.Single(silos.Watching());
        Assert.All(["told", "untold"], backup => Assert.Single(silos.Jobs(backup)));
    }
}

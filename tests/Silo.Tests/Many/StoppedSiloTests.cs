using System.Diagnostics;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Many;

public sealed class StoppedSiloTests(PostgresServer server)
{
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Terminate_InMidBackup_HandsOverWithinSeconds()
    {
        await using var silos = new ManySilos(await server.NewDatabaseAsync());
        var stopped = silos.Start("stopped");
        await stopped.ReadyAsync();
        await Patience.UntilAsync(Seconds, () => silos.Said("watch starts").Any());
        await silos.StartHereAsync();
        await silos.JoinedAsync(2);
        await silos.BeginAsync("told", "orders", await silos.AddressAsync(stopped));

        // By now Orleans has made up its mind where the member lives.
        await Patience.UntilAsync(Seconds, () => silos.Watching().Count == 1);
        var watching = silos.Watching().Single();

        var began = Stopwatch.GetTimestamp();
        Assert.Equal(0, await stopped.TerminateAsync(Seconds));
        silos.EndJobs();
        await ManySilos.InsistAsync(Seconds, () => silos.Backup("told").ObserveJobAsync(silos.Look("told")));
        await Patience.UntilAsync(Seconds, () => silos.Said("status told Succeeded").Any());
        await Patience.UntilAsync(Seconds, () => silos.Watching() is ["here"]);

        // One after the other: at no time do two watch.
        Assert.Equal(
            watching == "stopped" ? ["stopped watch stops", "here watch starts"] : [],
            silos.Said("watch ").Where(word => word.At > began).Select(word => $"{word.Silo} {word.What}"));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, 2 * Seconds);
        Assert.Single(silos.Jobs("told"));
    }
}

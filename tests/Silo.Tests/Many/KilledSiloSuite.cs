using System.Diagnostics;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Many;

/// <summary>Three silos, of which one is killed in mid-backup.</summary>
public abstract class KilledSiloSuite(PostgresServer server)
{
    /// <summary>How soon a grain of a killed silo answers again, and its watches run.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(15);

    /// <summary>A reminder's minute, and what a takeover may add to it.</summary>
    private static readonly TimeSpan OnTime = TimeSpan.FromMinutes(1) + Promised;

    /// <summary>How far the clock of a survivor is off; null for not at all.</summary>
    internal abstract string? Clock { get; }

    [Fact]
    public async Task Kill_InMidBackup_GoesOnElsewhereAndNothingIsDoubled()
    {
        await using var silos = new ManySilos(await server.NewDatabaseAsync());
        var killed = silos.Start("killed");
        await killed.ReadyAsync();
        var second = silos.Start("second", Clock);
        await silos.StartHereAsync();
        await second.ReadyAsync();
        await silos.JoinedAsync(3);
        await Patience.UntilAsync(Promised, () => silos.Watching().Count == 1);

        var place = await silos.AddressAsync(killed);
        await silos.BeginAsync("told", "orders", place);
        await silos.BeginAsync("untold", "invoices", place);
        await silos.BeginAsync("beside", "customers", await silos.AddressAsync(second));
        var reminded = Stopwatch.GetTimestamp();
        var due = NextMinute();
        await silos.ScheduleAsync("scheduled", due, place);
        await silos.ScheduleAsync("scheduled-beside", due, await silos.AddressAsync(second));

        await killed.KillAsync();
        silos.EndJobs();
        var died = Stopwatch.GetTimestamp();
        var answered = ManySilos.InsistAsync(Promised, () => silos.Backup("told").ObserveJobAsync(silos.Look("told")));
        await ManySilos.InsistAsync(TimeSpan.FromSeconds(5), () => silos.Backup("beside").GetStatusAsync());
        await answered;
        await Patience.UntilAsync(Promised, () => silos.Said("status told Succeeded").Any());
        await Patience.UntilAsync(Promised - Stopwatch.GetElapsedTime(died), () => silos.Watching().Any(silo => silo != "killed"));

        // Of these two nobody says anything any more: their reminders do.
        foreach (var backup in new[] { "untold", "beside" })
        {
            await Patience.UntilAsync(TimeSpan.FromMinutes(2), () => silos.Said($"status {backup} Succeeded").Any());
            Assert.InRange(Stopwatch.GetElapsedTime(reminded, silos.Said($"status {backup} Succeeded").First().At), TimeSpan.Zero, OnTime);
        }

        await Patience.UntilAsync(due + Promised - TimeProvider.System.GetUtcNow(), () => silos.Said("due ").Count() >= 2);
        Assert.InRange(TimeProvider.System.GetUtcNow() - due, TimeSpan.Zero, TimeSpan.FromMinutes(3));
        Assert.Equal(
            [BackupOrder.NameFor("scheduled-beside", "once", due), BackupOrder.NameFor("scheduled", "once", due)],
            silos.Said("due ").Select(word => word.What.Split(' ')[2]).Order(StringComparer.Ordinal));
        Assert.All(["told", "untold", "beside"], backup =>
        {
            Assert.Single(silos.Jobs(backup));
            Assert.Equal("Succeeded", silos.Said($"status {backup} ").Last().What.Split(' ')[2]);
        });
        Assert.Equal(2, (await silos.MembersAsync()).Length);
        await AssertTimesAsync(silos);
    }

    // Far enough away for the silo to be dead by then.
    private static DateTimeOffset NextMinute()
    {
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(20);
        return new DateTimeOffset(soon.Year, soon.Month, soon.Day, soon.Hour, soon.Minute, 0, TimeSpan.Zero).AddMinutes(1);
    }

    /// <summary>No time that was written down is far from what the time was.</summary>
    private static async Task AssertTimesAsync(ManySilos silos)
    {
        foreach (var backup in new[] { "told", "untold", "beside" })
        {
            var status = await silos.Backup(backup).GetStatusAsync();
            Assert.InRange(TimeProvider.System.GetUtcNow() - status!.Started!.Value, TimeSpan.FromSeconds(-3), TimeSpan.FromMinutes(3));
            Assert.InRange(TimeProvider.System.GetUtcNow() - status.Completed!.Value, TimeSpan.FromSeconds(-3), TimeSpan.FromMinutes(3));
        }
    }
}

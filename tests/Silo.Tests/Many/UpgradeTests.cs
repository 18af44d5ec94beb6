using ControlPlane.Abstractions.Ports;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Many;

/// <summary>
/// Two releases on one database: silos of an older one are replaced one by one, and then it is undone, while backups run and schedules fall due.
/// <c>devcluster/upgrade.sh [COMMIT]</c> builds the older one and runs this.
/// </summary>
public sealed class UpgradeTests(PostgresServer server, ITestOutputHelper output)
{
    /// <summary>The older release's build of these tests, which can be a silo.</summary>
    private const string Variable = "CONTROLPLANE_OLDER_SILO";

    private const int Minutes = 5;

    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(15);

    // What a silo says of a message or a document that it cannot read.
    private static readonly string[] Misunderstandings =
    [
        "CodecNotFoundException", "SerializerException", "UnavailableException", "TypeLoadException", "MissingMethodException", "InvalidCastException", "JsonException", "has schema", "NotSupportedException",
    ];

    private readonly List<string> backups = [];

    [Fact(Explicit = true)]
    public async Task Silos_ReplacedByANewerReleaseAndBack_GoOnAndLoseNothing()
    {
        var older = Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException($"{Variable} names no older release: run devcluster/upgrade.sh.");
        await using var silos = new ManySilos(await server.NewDatabaseAsync());
        var old = await StartAsync(silos, "older", older);
        await silos.StartHereAsync();
        await silos.JoinedAsync(4);
        var first = NextMinute();
        foreach (var silo in old)
            await BeginAsync(silos, silo, first);

        var newer = await ReplaceAsync(silos, old, "newer", program: null);
        foreach (var silo in newer)
            await BeginAsync(silos, silo, due: null);
        var again = await ReplaceAsync(silos, newer, "older-again", older);
        foreach (var silo in again)
            await BeginAsync(silos, silo, due: null);

        silos.EndJobs();
        foreach (var backup in backups)
        {
            await ManySilos.InsistAsync(Promised, () => silos.Backup(backup).ObserveJobAsync(silos.Look(backup)));
            await Patience.UntilAsync(Promised, () => silos.Said($"status {backup} Succeeded").Any());
            Assert.Single(silos.Jobs(backup));
        }

        await Patience.UntilAsync(first.AddMinutes(Minutes) - TimeProvider.System.GetUtcNow() + Promised, () => silos.Said("due ").Count() == Minutes * old.Count);
        Assert.Equal(Expected(old, first), silos.Said("due ").Select(word => word.What.Split(' ')[2]).Order(StringComparer.Ordinal));
        foreach (var silo in old.Concat(newer).Concat(again))
            AssertUnderstood(silos, silo);
    }

    private static async Task<List<SiloProcess>> StartAsync(ManySilos silos, string name, string? program)
    {
        List<SiloProcess> started = [];
        for (var number = 1; number <= 3; number++)
        {
            started.Add(silos.Start($"{name}-{number}", program: program));
            await started[^1].ReadyAsync();
        }

        return started;
    }

    /// <summary>One more before one less, as a rollout does; the last of them is killed. All grains answer after each.</summary>
    private async Task<List<SiloProcess>> ReplaceAsync(ManySilos silos, List<SiloProcess> present, string name, string? program)
    {
        List<SiloProcess> started = [];
        foreach (var leaving in present)
        {
            started.Add(silos.Start($"{name}-{started.Count + 1}", program: program));
            await started[^1].ReadyAsync();
            await silos.JoinedAsync(present.Count + 2);
            if (leaving == present[^1])
                await leaving.KillAsync();
            else
                await leaving.TerminateAsync(TimeSpan.FromSeconds(40));

            var slowest = TimeSpan.Zero;
            foreach (var backup in backups)
            {
                var answered = await ManySilos.InsistAsync(Promised, () => silos.Backup(backup).ObserveJobAsync(silos.Look(backup)));
                slowest = answered > slowest ? answered : slowest;
            }

            await Patience.UntilAsync(Promised, () => silos.Watching().Count == 1);
            output.WriteLine($"{leaving.Name} replaced by {started[^1].Name}: {backups.Count} backups answered, the slowest after {slowest.TotalSeconds:F1} s; the watch is at {silos.Watching()[0]}");
            await silos.JoinedAsync(present.Count + 1);
        }

        return started;
    }

    /// <summary>A backup that runs at this silo; and schedules, of which one falls due in each minute.</summary>
    private async Task BeginAsync(ManySilos silos, SiloProcess silo, DateTimeOffset? due)
    {
        var place = await silos.AddressAsync(silo);
        await silos.BeginAsync(silo.Name, "orders-" + silo.Name, place);
        backups.Add(silo.Name);
        for (var minute = 0; due is not null && minute < Minutes; minute++)
            await silos.ScheduleAsync(Scheduled(silo, minute), due.Value.AddMinutes(minute), place);
    }

    private static IEnumerable<string> Expected(List<SiloProcess> silos, DateTimeOffset first) =>
        silos.SelectMany(silo => Enumerable.Range(0, Minutes).Select(minute => BackupOrder.NameFor(Scheduled(silo, minute), "once", first.AddMinutes(minute)))).Order(StringComparer.Ordinal);

    private static string Scheduled(SiloProcess silo, int minute) => $"{silo.Name}-minute-{minute}";

    // Far enough away for all to be set up by then.
    private static DateTimeOffset NextMinute()
    {
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(30);
        return new DateTimeOffset(soon.Year, soon.Month, soon.Day, soon.Hour, soon.Minute, 0, TimeSpan.Zero).AddMinutes(1);
    }

    private void AssertUnderstood(ManySilos silos, SiloProcess silo)
    {
        var log = silos.Log(silo).Split('\n');
        output.WriteLine($"{silo.Name}: {log.Count(line => line.Contains(" fail: ", StringComparison.Ordinal))} errors, {log.Count(line => line.Contains(" warn: ", StringComparison.Ordinal))} warnings");
        Assert.All(log, line => Assert.DoesNotContain(Misunderstandings, word => line.Contains(word, StringComparison.Ordinal)));
    }
}

using System.Globalization;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Three silos on a PostgreSQL, as <c>deploy/many</c> installs them, lose one another and the database in mid-backup while a schedule of every minute
/// goes on beside: <c>./dev many</c>.
/// </summary>
[Collection(Alone.Name)]
public sealed class ManyTests(Plane plane, OpenShop open, ITestOutputHelper output) : IClassFixture<OpenShop>, IAsyncLifetime
{
    /// <summary>How soon a cluster of a silo that is gone is answered again.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(15);

    // What may be added to it: Orleans reminds to the second, and Kubernetes' times are whole seconds.
    private static readonly TimeSpan OnTime = Promised + TimeSpan.FromSeconds(5);

    // Mebibytes a second, so that a backup takes more than a minute.
    private const int Slow = 2;

    private Shop clocked = null!;

    private Shop Shop => open.Shop;

    public async ValueTask InitializeAsync()
    {
        Assert.True(Plane.Silos == 3, "These tests are of three silos: run `./dev many`.");
        clocked = await plane.Shops.TakeAsync();
    }

    public ValueTask DisposeAsync()
    {
        if (clocked is not null)
            plane.Shops.GiveBack(clocked);
        return ValueTask.CompletedTask;
    }

    [Fact(Explicit = true)]
    public async Task Silos_KilledOneByOneInMidBackup_AnswerWithinSecondsAndDoubleNothing()
    {
        await using var backup = await Shop.BackUpAsync(new("many-killed") { Throttle = Slow });
        await backup.FlowAsync();
        var schedule = await MinutelySchedule.BeginAsync(clocked, "killed");

        // Whichever silo a grain lives in, it is among those that die.
        var watching = Assert.Single(await plane.WatchingAsync());
        string[] pods = [watching, .. (await plane.SiloPodsAsync()).Where(pod => pod != watching)];
        foreach (var pod in pods)
        {
            var phase = (await backup.SeeAsync()).Phase;
            await plane.CrashSiloAsync(pod);
            var answers = await Task.WhenAll(Shop.AnswerAsync(), clocked.AnswerAsync());
            Say($"{pod} killed with a backup {phase}: clusters answered after {Seconds(answers[0])} and {Seconds(answers[1])}, the watch is at {string.Join(' ', await plane.WatchingAsync())}");
            Assert.All(answers, answer => Assert.InRange(answer, TimeSpan.Zero, Promised));
            Assert.DoesNotContain(pod == watching ? pod : "", await plane.WatchingAsync());
            await AllReadyAsync();
            await schedule.LookAsync();
        }

        await TakenOnceAsync(backup);
        await EndAsync(schedule, OnTime, mayMiss: 0);
    }

    [Fact(Explicit = true)]
    public async Task PostgreSql_AwayForAMinuteInMidBackup_LosesAndDoublesNothing()
    {
        var schedule = await MinutelySchedule.BeginAsync(clocked, "away");
        await using var backup = await Shop.BackUpAsync(new("many-away") { Throttle = Slow });
        await backup.FlowAsync();
        var (_, restarts) = await plane.SilosAsync();

        var left = TimeProvider.System.GetUtcNow();
        await PostgreSqlAsync("stop");
        await Wait.UntilAsync("no silo that is ready", TimeSpan.FromSeconds(45), async () => (await plane.SilosAsync()).Ready == 0);
        await Wait.ForAsync(left + TimeSpan.FromMinutes(1) - TimeProvider.System.GetUtcNow());
        foreach (var pod in await plane.SiloPodsAsync())
        {
            var lines = await plane.LogLinesAsync(pod, left);
            Say($"{pod} wrote {lines} lines in the minute without PostgreSQL");
            Assert.InRange(lines, 1, 100);
        }

        await PostgreSqlAsync("start");
        Say($"PostgreSQL is back: a cluster answered after {Seconds(await clocked.AnswerAsync())}");

        await AllReadyAsync();
        Assert.Equal((Plane.Silos, restarts), await plane.SilosAsync());
        await TakenOnceAsync(backup);
        await EndAsync(schedule, TimeSpan.FromMinutes(1) + OnTime, mayMiss: 1);
    }

    [Fact(Explicit = true)]
    public async Task Silo_DeletedWithTheWatch_HandsOverWithinSeconds()
    {
        var watching = Assert.Single(await plane.WatchingAsync());
        await plane.Cluster.KubectlAsync("--namespace", Plane.Namespace, "delete", "pod", watching, "--wait=false");
        var answers = await Task.WhenAll(Shop.AnswerAsync(), clocked.AnswerAsync());

        Say($"{watching} deleted: clusters answered after {Seconds(answers[0])} and {Seconds(answers[1])}");
        Assert.All(answers, answer => Assert.InRange(answer, TimeSpan.Zero, TimeSpan.FromSeconds(10)));
        Assert.DoesNotContain(watching, await plane.WatchingAsync());
        await AllReadyAsync();
    }

    [Fact(Explicit = true)]
    public async Task Rollout_InMidBackup_DisturbsNothing()
    {
        await using var backup = await Shop.BackUpAsync(new("many-rollout") { Throttle = Slow });
        await backup.FlowAsync();
        var schedule = await MinutelySchedule.BeginAsync(clocked, "rollout");

        await plane.Cluster.KubectlAsync("--namespace", Plane.Namespace, "rollout", "restart", "deployment/silo");
        var rollout = plane.SiloReadyAsync();
        var slowest = TimeSpan.Zero;
        while (!rollout.IsCompleted)
        {
            await schedule.LookAsync();
            Assert.InRange((await plane.SilosAsync()).Ready, Plane.Silos - 1, Plane.Silos + 1);
            var answer = await Shop.AnswerAsync();
            slowest = answer > slowest ? answer : slowest;
        }

        await rollout;
        Say($"all silos replaced: the slowest answer meanwhile took {Seconds(slowest)}");
        Assert.InRange(slowest, TimeSpan.Zero, Promised);
        await TakenOnceAsync(backup);
        await EndAsync(schedule, OnTime, mayMiss: 0);
    }

    private async Task EndAsync(MinutelySchedule schedule, TimeSpan latest, int mayMiss)
    {
        await schedule.SuspendAfterAsync(TimeProvider.System.GetUtcNow());
        await schedule.EndWellAsync();
        var (due, missed) = await schedule.AccountAsync();
        Say($"{due} due times, {missed} missed, the latest asked for after {Seconds(schedule.Latest)}");
        Assert.InRange(schedule.Latest, TimeSpan.Zero, latest);
        Assert.InRange(missed, 0, mayMiss);
        await schedule.RemoveAsync();
    }

    private static async Task TakenOnceAsync(RunningBackup backup)
    {
        var ended = await backup.EndAsync("Succeeded", TimeSpan.FromMinutes(4));
        Assert.Single(ended.Attempts);
        Assert.Single(await backup.JobsAsync());
    }

    private Task AllReadyAsync() =>
        Wait.UntilAsync("all silos to be ready", TimeSpan.FromMinutes(2), plane.SilosAsync, seen => seen.Ready == Plane.Silos);

    private void Say(string what) => output.WriteLine(what);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s");

    private static Task<string> PostgreSqlAsync(string verb) => Command.RunAsync(Path.Combine(DevEnvironment.Checkout, "devcluster", "postgres.sh"), [verb]);
}

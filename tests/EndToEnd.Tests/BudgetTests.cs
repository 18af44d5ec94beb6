using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Three hundred backups at once in three members under budgets of 8 for their bucket and 3 for each member, while one of three silos is killed: <c>./dev fleet</c>. The
/// databases, Jobs and Pods of member <c>local</c> are real; in the two others <see cref="StandInNode"/> is the kubelet. <c>./dev fleet apart</c> is the same without nodes
/// and databases: there it is the kubelet of all three, and <c>local</c> has only the silos. Judged by the API servers' own record of Jobs.
/// </summary>
[Collection(Alone.Name)]
public sealed class BudgetTests(Plane plane, ITestOutputHelper output) : IAsyncLifetime
{
    private const int All = 300;
    private const int PerStore = 8;
    private const int PerMember = 3;
    private const string Local = "local";
    private const int Shops = 3;
    private const int OfEachShop = 8;

    // Every tenth of the stand-ins' is a scheduled one.
    private const int Tenth = 10;

    private static readonly Dictionary<string, TimeSpan> Away = new() { ["berlin"] = TimeSpan.FromSeconds(2), ["cologne"] = TimeSpan.FromSeconds(4) };
    private static readonly Dictionary<string, TimeSpan> StandIns = Plane.AreApart ? new(Away) { ["dresden"] = TimeSpan.FromSeconds(3) } : Away;
    private static readonly int Real = Plane.AreApart ? 0 : Shops * OfEachShop;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(16);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(4);

    // The bucket of the shops' storage s3-main in deploy/cr.yaml.
    private const string SameBucket =
        "{ enabled: true, image: none, storages: { main: { type: s3, s3: { bucket: backups, region: eu-central-1, endpointUrl: \"http://s3.object-store.svc:7480\", credentialsSecret: none } } } }";

    private static readonly string Budgets = string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: backup.controlplane/v1
        kind: FleetBudget
        metadata: { name: each-store }
        spec: { each: Storage, atMost: { total: {{PerStore}} } }
        ---
        apiVersion: backup.controlplane/v1
        kind: FleetBudget
        metadata: { name: each-member }
        spec: { each: Member, atMost: { total: {{PerMember}} } }
        """);

    private readonly List<Shop> shops = [];
    private readonly List<StandInNode> nodes = [];
    private readonly List<JobRecord> records = [];
    private Dictionary<string, Cluster> members = [];

    private IReadOnlyDictionary<string, JobRun> Runs => records.SelectMany(record => record.Runs).ToDictionary(run => run.Backup);

    public ValueTask InitializeAsync()
    {
        members = StandIns.Keys.ToDictionary(name => name, name => new Cluster(plane.Cluster.Environment, Joining.Kubeconfig(plane.Cluster.Environment, name)));
        Assert.True(Plane.Silos == 3, "These tests are of three silos: run `./dev fleet`.");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var record in records)
            await record.DisposeAsync();
        foreach (var node in nodes)
            await node.DisposeAsync();
        await plane.Cluster.TryKubectlAsync("delete", "fleetbudgets", "each-store", "each-member");
        await Joining.LeaveAsync(plane.Cluster);
        foreach (var shop in shops)
            plane.Shops.GiveBack(shop);
        foreach (var member in members.Values)
            member.Dispose();
    }

    [Fact(Explicit = true)]
    public async Task Backups_ThreeHundredAtOnceUnderBudgets_AreNeverMoreThanAllowedInOrderAndAllDone()
    {
        var wishes = await PrepareAsync();
        var everywhere = Everywhere();
        foreach (var (name, member) in everywhere)
            records.Add(await JobRecord.BeginAsync(name, member));
        var rush = new Rush(everywhere);
        var began = TimeProvider.System.GetTimestamp();
        await rush.AskAsync(wishes);
        Say($"{All} backups were asked for within {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s, {Real} of them real, {rush.All.Count(one => one.Scheduled)} as by a schedule");
        var words = new QueueWords(rush.All);
        await RunAsync(rush, words);
        Say($"all had ended after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s");

        await Wait.UntilAsync("budgets without a place that is taken", TimeSpan.FromMinutes(6), async () => (await CountAsync("inUse"), await CountAsync("waiting")) == (0, 0), async () => (await CountAsync("inUse")).ToString(CultureInfo.InvariantCulture));
        Say($"no place was held {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s after they were asked for");
        await AccountAsync(rush);
        Judge(rush.All, words);
    }

    private Dictionary<string, Cluster> Everywhere() => Plane.AreApart ? members : new(members) { [Local] = plane.Cluster };

    // All that has to stand before: budgets that count already, members that are connected, and clusters that were read.
    private async Task<IReadOnlyList<(string Member, string Namespace, string Cluster, string Storage, bool Scheduled)>> PrepareAsync()
    {
        Assert.Empty(await plane.Cluster.ListAsync("apis/backup.controlplane/v1/fleetbudgets"));
        await plane.Cluster.ApplyAsync(Plane.Namespace, Budgets);
        var opening = Task.WhenAll(Enumerable.Range(0, Real / OfEachShop).Select(_ => plane.Shops.TakeAsync()));
        var each = (All - Real) / StandIns.Count;
        await Joining.JoinAsync(plane.Cluster, [.. StandIns.Keys]);
        var everywhere = Everywhere();
        foreach (var (name, takes) in StandIns)
        {
            var node = new StandInNode(everywhere[name]) { Takes = takes };
            nodes.Add(node);
            node.Begin();
        }

        await Task.WhenAll(nodes.Select(node => node.AddAsync([.. Enumerable.Range(0, each).Select(number => new StandInDatabase(Database(number), SameBucket))])));
        foreach (var name in StandIns.Keys)
        {
            await Wait.UntilAsync(
                $"clusters of {name} that were read", TimeSpan.FromMinutes(3),
                async () => (await everywhere[name].ListAsync($"apis/backup.controlplane/v1/namespaces/{StandInNode.Namespace}/mysqlclusters")).Count(IsAccepted) == each);
        }

        shops.AddRange(await opening);

        // Of each member one after the other, as far as they go.
        var lines = new List<Queue<(string, string, string, string, bool)>>
        {
            new(Enumerable.Range(0, Real).Select(number => (Local, shops[number % Shops].Namespace, Shop.ClusterName, "s3-main", false))),
        };
        lines.AddRange(StandIns.Keys.Select(name => new Queue<(string, string, string, string, bool)>(
            Enumerable.Range(0, each).Select(number => (name, StandInNode.Namespace, Database(number), "main", number % Tenth == 0)))));
        var wishes = new List<(string, string, string, string, bool)>();
        while (lines.Any(line => line.Count > 0))
            wishes.AddRange(lines.Where(line => line.Count > 0).Select(line => line.Dequeue()).ToList());
        Assert.Equal(All, wishes.Count);
        return wishes;
    }

    private async Task RunAsync(Rush rush, QueueWords words)
    {
        var (began, killed, said) = (TimeProvider.System.GetTimestamp(), false, 0);
        while (true)
        {
            var seen = await rush.SeeAsync();
            words.Take(seen);
            var done = seen.Values.Count(backup => backup.IsFinal);
            if (done >= said + 30)
                Say($"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s: {said = done} done; the budgets say {await CountAsync("inUse")} at work and {await CountAsync("waiting")} waiting");
            if (done == All)
                return;
            if (!killed && done >= All / 3)
            {
                killed = true;
                var ledger = await plane.LedgerAsync();
                await plane.CrashSiloAsync(ledger);
                Say($"{ledger}, which had the ledger, was killed with {done} done");
            }

            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"{done} of {All} had ended; of the others: {string.Join("; ", seen.Values.Where(backup => !backup.IsFinal).Take(12).Select(backup => $"{backup.Name} {backup}"))}");
            await Wait.ForAsync(Look);
        }
    }

    // By the resources and the Jobs: each has succeeded, by one Job.
    private async Task AccountAsync(Rush rush)
    {
        var seen = await rush.SeeAsync();
        Assert.All(rush.All, one => Assert.True(seen[one.Uid].Phase == "Succeeded", $"{one.Member}/{one.Name}: {seen[one.Uid]}"));
        var jobs = records.SelectMany(record => record.Runs).ToList();
        Assert.All(jobs, job => Assert.Equal("1", job.Attempt));
        Assert.Equal(rush.All.Select(one => one.Uid).Order(), jobs.Select(job => job.Backup).Order());
    }

    private void Judge(IReadOnlyList<Rushed> order, QueueWords words)
    {
        var runs = Runs;
        var most = Everywhere().Keys.ToDictionary(name => name, name => JobRun.MostAtOnce(runs.Values.Where(run => run.Member == name)));
        var inStore = JobRun.MostAtOnce(runs.Values);
        Say($"most at once, by etcd's revisions: {inStore} in the bucket; {string.Join(", ", most.Select(member => $"{member.Value} in {member.Key}"))}");
        var passed = new Promise(order, runs, PerMember).Passed();
        Say($"passed by one that comes later: {passed.Count}; {string.Join("; ", passed.Take(PerStore).Select(Promise.Said))}");
        Say($"found waiting: {string.Join(", ", words.Reasons.Select(reason => $"{reason.Value} times {reason.Key}"))}");
        var (told, wrong) = words.Positions("each-member", StandIns.Keys.ToHashSet(), runs);
        Say($"{told} positions were read, {wrong.Count} wrong; {string.Join("; ", wrong.Take(PerStore))}");
        var starts = words.Expectations(runs);
        var errors = starts.Select(start => start.Error.Duration()).Order().ToList();
        var good = starts.Count(start => start.Error.Duration() <= TimeSpan.FromMinutes(1) || start.Error.Duration() <= start.Wait / 2);
        Say(string.Create(CultureInfo.InvariantCulture, $"{starts.Count} expected starts were read: half within {errors[errors.Count / 2].TotalSeconds:0} s of what happened, nine of ten within {errors[errors.Count * 9 / 10].TotalSeconds:0} s; {good} within a minute or half of the wait"));

        Assert.InRange(inStore, PerStore - 2, PerStore);
        Assert.All(most.Values, member => Assert.InRange(member, 1, PerMember));

        // The places that the ledger had given, and whose word died with its silo, are given again within a minute.
        Assert.InRange(passed.Count, 0, PerStore);
        Assert.All(passed, pair => Assert.InRange(pair.By, TimeSpan.Zero, TimeSpan.FromMinutes(2)));
        Assert.InRange(wrong.Count, 0, told / 50);
        Assert.True(good >= starts.Count * 0.8, "Expected starts are too far off.");
    }

    private async Task<int> CountAsync(string field) =>
        (await plane.Cluster.ListAsync("apis/backup.controlplane/v1/fleetbudgets")).Max(budget => (int?)budget["status"]?[field]?["total"] ?? 0);

    private static bool IsAccepted(JsonNode cluster) =>
        cluster["status"]?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] == "Accepted" && (string?)condition["status"] == "True") == true;

    private static string Database(int number) => string.Create(CultureInfo.InvariantCulture, $"db-{number:D3}");

    private void Say(string line) => output.WriteLine(line);
}

using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Three members, each an API server on this machine, with 60 clusters under mixed policies: one is cut off and comes back, one gets a new token, and a silo that has watches is killed:
/// <c>./dev members test</c>. Counted by the API servers' own records of backups and Jobs.
/// </summary>
[Collection(Alone.Name)]
public sealed class MembersTests(Plane plane, ITestOutputHelper output) : IAsyncLifetime
{
    // Of each tier in each member; and bare ones, which nobody protects.
    private const int Each = 6;
    private const int Bare = 2;
    private const string Away = "cologne";
    private const string Rotated = "berlin";

    private static readonly string[] Tiers = ["gold", Absence.Skipping, "own"];
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Cluster> members = [];
    private readonly Dictionary<string, StandInNode> nodes = [];
    private FleetPicture picture = null!;
    private StandInAgents? agents;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static string Script => Path.Combine(DevEnvironment.Checkout, "devcluster", "members.sh");

    public ValueTask InitializeAsync()
    {
        var environment = plane.Cluster.Environment;
        members["local"] = plane.Cluster;
        nodes["local"] = new(plane.Cluster, environment.BridgeAddress, makesPods: false);
        agents = new(plane.Cluster, environment.BridgeAddress);
        foreach (var name in (string[])[Rotated, Away])
        {
            members[name] = new(environment, Joining.Kubeconfig(environment, name));
            nodes[name] = new(members[name]);
        }
        picture = new(plane, members.Keys.ToDictionary(name => name, _ => (Each * Tiers.Length) + Bare));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await picture.DisposeAsync();
        await plane.Cluster.TryKubectlAsync("delete", "backuppolicies", "--all");
        await Joining.LeaveAsync(plane.Cluster);
        await nodes["local"].RemoveAsync();
        foreach (var node in nodes.Values)
            await node.DisposeAsync();
        foreach (var (_, member) in members.Where(member => member.Key != "local"))
            member.Dispose();
        if (agents is not null)
            await agents.DisposeAsync();
    }

    [Fact(Explicit = true)]
    public async Task Members_ThatGoComeBackAndRotateWhileASiloDies_LoseAndDoubleNothing()
    {
        await SetUpAsync();
        var plan = await ScheduleAsync();
        await Wait.UntilAsync("a backup of each cluster", plan.First - Now + TimeSpan.FromMinutes(2), async () => await CountAsync() == Each * Tiers.Length * members.Count, CountsAsync);
        Say($"each scheduled cluster has a backup {(Now - plan.First).TotalSeconds:0} s after the first due time");

        await Wait.ForAsync(plan.Cut - Now);
        var cut = Now;
        await CutOffAsync(cut);
        await RotateAsync();

        await Wait.ForAsync(plan.Back - Now);
        Say($"before the end of the absence: {await CountsAsync()}");
        picture.Expect(Away, null);
        await ProcessAsync("start", $"member-{Away}-apiserver");
        var back = Now;
        await StandsAsync(Away, "True");
        Say($"{Away} is back after {(back - cut).TotalSeconds:0} s, shown {(Now - back).TotalSeconds:0} s later");

        await Wait.ForAsync(plan.Last - Now);
        var expected = members.Keys.Sum(name => Tiers.Sum(tier => Each * plan.Taken(name == Away, tier).Count));
        await Wait.UntilAsync($"{expected} backups", TimeSpan.FromMinutes(2), async () => await CountAsync() == expected, CountsAsync);
        foreach (var name in members.Keys)
            await AccountAsync(name, plan, back);
        await CompareAsync(expected);
    }

    // Everything but the schedules, until the plane has taken all of it in.
    private async Task SetUpAsync()
    {
        await plane.Cluster.ApplyAsync("default", $$"""
            apiVersion: backup.controlplane/v1
            kind: BackupPolicy
            metadata: { name: everywhere }
            spec:
              clusters: { members: [local, berlin, cologne], selector: { matchExpressions: [{ key: tier, operator: In, values: [gold, silver] }] } }
              priority: -100
              backup: { enabled: true, image: none, {{StandInDatabase.Storages}} }
            """);
        await Task.WhenAll(nodes.Values.Select(node => node.AddAsync([.. Databases(null)])));
        foreach (var node in nodes.Values)
            node.Begin();
        await Command.RunAsync(Script, ["join"]);
        var joined = Now;
        foreach (var name in members.Keys.Where(name => name != "local"))
            await StandsAsync(name, "True");
        Say($"members are connected {(Now - joined).TotalSeconds:0} s after they joined");
        var (all, ready) = (members.Count * ((Each * Tiers.Length) + Bare), members.Count * Each * Tiers.Length);
        await Wait.UntilAsync(
            "clusters that are ready, in the read model", TimeSpan.FromMinutes(3), () => picture.AskAsync("totals"),
            totals => (int?)totals?["clusters"]?["count"] == all && (int?)totals["clusters"]!["byPhase"]!["Ready"] == ready);
        Say($"the read model has {all} clusters, {ready} of them ready, {(Now - joined).TotalSeconds:0} s after the members joined");
        picture.Begin();
    }

    // The schedules: two tiers get theirs by a policy, one has its own.
    private async Task<Absence> ScheduleAsync()
    {
        var plan = Absence.After(Now);
        await Task.WhenAll(nodes.Values.Select(node => node.ApplyAsync([.. Databases(plan.Cron).Where(database => database.Tier == "own")])));
        await plane.Cluster.ApplyAsync("default", $"{Policy("gold", plan.Cron, "")}\n---\n{Policy(Absence.Skipping, plan.Cron, ", missedRunPolicy: Skip")}");
        Assert.True(Now < plan.First, "The schedules came too late for their first due time.");
        return plan;
    }

    private static string Policy(string tier, string cron, string more) => $$"""
        apiVersion: backup.controlplane/v1
        kind: BackupPolicy
        metadata: { name: {{tier}} }
        spec:
          clusters: { selector: { matchLabels: { tier: {{tier}} } } }
          backup: { schedule: [{ name: often, schedule: "{{cron}}", storageName: main{{more}} }] }
        """;

    private static IEnumerable<StandInDatabase> Databases(string? cron) =>
        from tier in Tiers.Append("bare")
        from number in Enumerable.Range(0, tier == "bare" ? Bare : Each)
        select new StandInDatabase(
            string.Create(CultureInfo.InvariantCulture, $"{tier}-{number}"),
            tier != "own" ? null : cron is null ? $"{{ enabled: true, image: none, {StandInDatabase.Storages} }}" : StandInDatabase.Scheduled(cron),
            tier);

    private async Task CutOffAsync(DateTimeOffset cut)
    {
        picture.Expect(Away, null);
        await ProcessAsync("stop", $"member-{Away}-apiserver");
        var pod = (await plane.WatchingAsync())[0];
        await plane.CrashSiloAsync(pod);
        await StandsAsync(Away, "False");
        Say($"{Away} cut off and {pod} killed: shown after {(Now - cut).TotalSeconds:0} s: {(string?)(await plane.ConnectedAsync(Away))?["message"]}");
    }

    private async Task RotateAsync()
    {
        picture.Expect(Rotated, null);
        var began = Now;
        await members[Rotated].KubectlAsync("--namespace", Plane.Namespace, "delete", "serviceaccount", "plane");
        await members[Rotated].KubectlAsync("apply", "--validate=false", "-k", Path.Combine(DevEnvironment.Checkout, "deploy", "member"));
        await Command.RunAsync(Script, ["join", Rotated]);
        await StandsAsync(Rotated, "True");
        Say($"the token of {Rotated} was rotated in {(Now - began).TotalSeconds:0} s");
    }

    // By the record of the API server: each due time has one backup or is counted with a reason, and each backup had one Job.
    private async Task AccountAsync(string name, Absence plan, DateTimeOffset back)
    {
        var (backups, jobs) = (await BackupsAsync(name), await members[name].ListAsync($"apis/batch/v1/namespaces/{StandInNode.Namespace}/jobs?labelSelector=backup.controlplane/operation=backup"));
        Assert.Equal(backups.Count, jobs.Select(job => (string?)job["metadata"]!["labels"]!["backup.controlplane/uid"]).Distinct().Count());
        Assert.Equal(backups.Count, jobs.Count);
        Assert.All(jobs, job => Assert.Equal("1", (string?)job["metadata"]!["labels"]!["backup.controlplane/attempt"]));

        foreach (var cluster in await members[name].ListAsync($"apis/backup.controlplane/v1/namespaces/{StandInNode.Namespace}/mysqlclusters"))
        {
            var (own, tier) = ((string)cluster["metadata"]!["name"]!, (string)cluster["metadata"]!["labels"]!["tier"]!);
            var due = backups.Where(backup => (string?)backup["spec"]!["clusterName"] == own).Select(Due).Order().ToList();
            var schedule = cluster["status"]?["schedules"]?.AsArray().FirstOrDefault();
            Assert.True(due.SequenceEqual(tier == "bare" ? [] : plan.Taken(name == Away, tier)), $"{name}/{own} has backups of {string.Join(", ", due.Select(Clock))}: {schedule?.ToJsonString()}");
            Assert.Equal(tier == "bare" ? 0 : plan.Missed(name == Away, tier), (int?)schedule?["missed"] ?? 0);
            if (schedule?["missed"] is not null && name == Away)
                Assert.Equal("MemberAway", (string?)schedule["missedReason"]);
            Assert.Equal(tier == "bare" ? "False" : "True", (string?)cluster["status"]!["conditions"]!.AsArray().FirstOrDefault(condition => (string?)condition!["type"] == "Protected")?["status"]);
        }
        Say($"{name}: {backups.Count} backups, as many Jobs, each of them the first attempt");
        if (name == Away)
            Spread([.. backups.Where(backup => Due(backup) == plan.Third).Select(backup => DateTimeOffset.Parse((string)backup["metadata"]!["creationTimestamp"]!, CultureInfo.InvariantCulture))], back);
    }

    // What was made up for began one after another, not at once.
    private void Spread(List<DateTimeOffset> made, DateTimeOffset back)
    {
        var most = made.Max(instant => made.Count(other => other >= instant && other < instant.AddSeconds(10)));
        Say($"{made.Count} backups were made up for from {(made.Min() - back).TotalSeconds:0} to {(made.Max() - back).TotalSeconds:0} s after {Away} was back, at most {most} in ten seconds");
        Assert.InRange(most, 1, made.Count / 2);
    }

    // The read model against the API servers, and what was seen of both all along.
    private async Task CompareAsync(int expected)
    {
        await Wait.UntilAsync(
            "all backups in the read model", Soon, () => picture.AskAsync("totals"),
            totals => (int?)totals?["backups"]?["count"] == expected && (int?)totals["backups"]!["byPhase"]!["Succeeded"] == expected);
        var unprotected = (await picture.AskAsync("unprotected"))!["items"]!.AsArray();
        Assert.Equal(Bare * members.Count, unprotected.Count);
        Assert.All(unprotected, one => Assert.StartsWith("bare-", (string?)one!["name"], StringComparison.Ordinal));
        foreach (var name in members.Keys.Where(name => name != "local"))
            Assert.Equal((Each * Tiers.Length) + Bare, (int?)(await plane.Cluster.GetAsync($"apis/backup.controlplane/v1/memberclusters/{name}"))!["status"]!["clusters"]);
        Say($"{picture.Looks} looks at the read model and the members; no answer of any silo for at most {picture.LongestSilence.TotalSeconds:0} s; wrong: {picture.Wrong.Count}");
        Assert.Empty(picture.Wrong);
    }

    private async Task StandsAsync(string name, string wanted)
    {
        await Wait.UntilAsync(
            $"{name} with Connected {wanted}", Soon, async () => (string?)(await plane.ConnectedAsync(name))?["status"] == wanted, async () => (await plane.ConnectedAsync(name))?.ToJsonString() ?? "no status");
        picture.Expect(name, wanted);
    }

    private async Task<IReadOnlyList<JsonNode>> BackupsAsync(string name) => await members[name].ListAsync($"apis/backup.controlplane/v1/namespaces/{StandInNode.Namespace}/mysqlbackups");

    private async Task<int> CountAsync()
    {
        var counts = await Task.WhenAll(members.Keys.Select(async name => (await BackupsAsync(name)).Count(backup => (string?)backup["status"]?["phase"] == "Succeeded")));
        return counts.Sum();
    }

    private async Task<string> CountsAsync()
    {
        var lines = new List<string>();
        foreach (var name in members.Keys)
        {
            try
            {
                lines.Add($"{name}: {string.Join(", ", (await BackupsAsync(name)).CountBy(backup => (string?)backup["status"]?["phase"] ?? "no phase").Select(phase => $"{phase.Value} {phase.Key}"))}");
            }
            catch (HttpRequestException)
            {
                lines.Add($"{name}: away");
            }
        }
        return string.Join("; ", lines);
    }

    private static DateTimeOffset Due(JsonNode backup) => DateTimeOffset.Parse((string)backup["metadata"]!["annotations"]!["backup.controlplane/due"]!, CultureInfo.InvariantCulture);

    private static string Clock(DateTimeOffset due) => due.ToString("HH:mm", CultureInfo.InvariantCulture);

    private static Task ProcessAsync(string verb, string name) => Command.RunAsync(Path.Combine(DevEnvironment.Checkout, "devcluster", "process.sh"), [verb, name]);

    private void Say(string line) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Now:HH:mm:ss} {line}"));
}

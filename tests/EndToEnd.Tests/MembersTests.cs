using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Three members, of which two have an API server and no nodes: one is cut off and comes back, one gets a new token, and the silo that has the watches is killed:
/// <c>./dev members test</c>. Counted by the API servers' own records of backups and Jobs.
/// </summary>
[Collection(Alone.Name)]
public sealed class MembersTests(Plane plane, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Clusters = 10;
    private const string Each = "*/2 * * * *";

    private static readonly string[] Names = ["berlin", "cologne"];
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Cluster> members = [];
    private readonly List<StandInNode> nodes = [];

    private static string Script => Path.Combine(DevEnvironment.Checkout, "devcluster", "members.sh");

    public async ValueTask InitializeAsync()
    {
        foreach (var name in Names)
        {
            var kubeconfig = Path.Combine(plane.Cluster.Environment.Cache, "run", "members", name + ".conf");
            Assert.True(File.Exists(kubeconfig), "These tests are of members: run `./dev members test`.");
            members[name] = new(plane.Cluster.Environment, kubeconfig);
            nodes.Add(new(members[name]));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
        await plane.Cluster.TryKubectlAsync("delete", "memberclusters", "--all");
        await plane.Cluster.TryKubectlAsync("--namespace", Plane.Namespace, "delete", "secret", "-l", "backup.controlplane/credentials=member");
        foreach (var member in members.Values)
            member.Dispose();
    }

    [Fact(Explicit = true)]
    public async Task Members_ThatGoComeBackAndRotateWhileASiloDies_LoseAndDoubleNothing()
    {
        foreach (var node in nodes)
        {
            for (var i = 0; i < Clusters; i++)
                await node.AddAsync(string.Create(CultureInfo.InvariantCulture, $"db-{i:D2}"), Each);
            node.Begin();
        }
        await Command.RunAsync(Script, ["join"]);
        var began = TimeProvider.System.GetUtcNow();
        foreach (var name in Names)
            await StandsAsync(name, "True", Soon);
        await Wait.UntilAsync("backups in both members", TimeSpan.FromMinutes(4), async () => (await SucceededAsync("berlin")) >= Clusters && (await SucceededAsync("cologne")) >= Clusters);
        Say($"both members are connected and have backups {(TimeProvider.System.GetUtcNow() - began).TotalSeconds:0} s after they joined");

        var cut = TimeProvider.System.GetUtcNow();
        await ProcessAsync("stop", "member-cologne-apiserver");
        await StandsAsync("cologne", "False", Soon);
        Say($"cologne cut off: shown after {(TimeProvider.System.GetUtcNow() - cut).TotalSeconds:0} s: {await MessageAsync("cologne")}");

        await RotateAsync("berlin");
        var pod = Assert.Single((await plane.WatchingAsync()).Take(1));
        await plane.CrashSiloAsync(pod);
        Say($"the token of berlin was rotated, and {pod} killed");
        var beside = await SucceededAsync("berlin");
        await Wait.ForAsync(cut + TimeSpan.FromMinutes(5) - TimeProvider.System.GetUtcNow());
        Assert.True(await SucceededAsync("berlin") >= beside + Clusters, "Backups of a member that is there do not stop with one that is away.");

        await ProcessAsync("start", "member-cologne-apiserver");
        var back = TimeProvider.System.GetUtcNow();
        await StandsAsync("cologne", "True", Soon);
        Say($"cologne is back: shown after {(TimeProvider.System.GetUtcNow() - back).TotalSeconds:0} s");
        var before = await SucceededAsync("cologne");
        await Wait.UntilAsync("new backups in cologne", TimeSpan.FromMinutes(4), async () => await SucceededAsync("cologne") >= before + Clusters);

        foreach (var name in Names)
            await AccountAsync(name, mayMiss: name == "cologne" ? 3 : 0);
    }

    // By the record of the API server: each due time has one backup or is counted with a reason, and each backup had one Job.
    private async Task AccountAsync(string name, int mayMiss)
    {
        var member = members[name];
        foreach (var cluster in await member.ListAsync("apis/backup.controlplane/v1/namespaces/shop/mysqlclusters"))
            await member.MergeAsync("mysqlclusters", StandInNode.Namespace, (string)cluster["metadata"]!["name"]!, new { spec = new { suspended = true } });
        await Wait.UntilAsync("the end of all backups", TimeSpan.FromMinutes(3), async () => (await BackupsAsync(name)).All(backup => Phase(backup) is "Succeeded" or "Failed"));

        var (backups, jobs) = (await BackupsAsync(name), await member.ListAsync("apis/batch/v1/namespaces/shop/jobs?labelSelector=backup.controlplane/operation=backup"));
        Assert.All(backups, backup => Assert.Equal("Succeeded", Phase(backup)));
        Assert.Equal(backups.Count, jobs.Count);
        Assert.All(jobs, job => Assert.Equal("1", (string)job["metadata"]!["labels"]!["backup.controlplane/attempt"]!));

        var missed = 0L;
        foreach (var cluster in await member.ListAsync("apis/backup.controlplane/v1/namespaces/shop/mysqlclusters"))
        {
            var own = backups.Where(backup => (string?)backup["spec"]!["clusterName"] == (string?)cluster["metadata"]!["name"])
                .Select(backup => DateTimeOffset.Parse((string)backup["metadata"]!["annotations"]!["backup.controlplane/due"]!, CultureInfo.InvariantCulture)).Order().ToList();
            var schedule = cluster["status"]!["schedules"]![0]!;
            var lost = (long?)schedule["missed"] ?? 0;
            Assert.Equal(own.Distinct().Count(), own.Count);

            // From the first to the last, every two minutes: what has no backup is counted.
            Assert.Equal((own[^1] - own[0]).TotalMinutes / 2 + 1, own.Count + lost);
            Assert.InRange(lost, 0, mayMiss);
            if (lost > 0)
                Assert.Equal("MemberAway", (string?)schedule["missedReason"]);
            missed += lost;
        }
        Say($"{name}: {backups.Count} backups of {Clusters} clusters, as many Jobs, {missed} due times missed, each counted");
    }

    private async Task RotateAsync(string name)
    {
        await members[name].KubectlAsync("--namespace", Plane.Namespace, "delete", "serviceaccount", "plane");
        await members[name].KubectlAsync("apply", "--validate=false", "-k", Path.Combine(DevEnvironment.Checkout, "deploy", "member"));
        await Command.RunAsync(Script, ["join", .. Names.Where(one => one == name)]);
        await StandsAsync(name, "True", Soon);
    }

    private Task StandsAsync(string name, string wanted, TimeSpan limit) => Wait.UntilAsync(
        $"{name} with Connected {wanted}", limit, async () => (string?)(await ConnectedAsync(name))?["status"] == wanted, async () => (await ConnectedAsync(name))?.ToJsonString() ?? "no status");

    private async Task<string> MessageAsync(string name) => (await ConnectedAsync(name))?.ToJsonString() ?? "";

    private async Task<JsonNode?> ConnectedAsync(string name) =>
        (await plane.Cluster.GetAsync($"apis/backup.controlplane/v1/memberclusters/{name}"))?["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => (string?)condition!["type"] == "Connected");

    private async Task<IReadOnlyList<JsonNode>> BackupsAsync(string name) => await members[name].ListAsync("apis/backup.controlplane/v1/namespaces/shop/mysqlbackups");

    private async Task<int> SucceededAsync(string name) => (await BackupsAsync(name)).Count(backup => Phase(backup) == "Succeeded");

    private static string? Phase(JsonNode backup) => (string?)backup["status"]?["phase"];

    private static Task ProcessAsync(string verb, string name) => Command.RunAsync(Path.Combine(DevEnvironment.Checkout, "devcluster", "process.sh"), [verb, name]);

    private void Say(string line) => output.WriteLine(line);
}

using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Policies as their owner sees them work: at the clusters, and at the policies themselves. No database is needed for it.</summary>
public sealed class PolicyTests(Plane plane) : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly string space = "policies-" + Guid.NewGuid().ToString("N")[..8];

    private string Gold => $"{space}-gold";

    private string Silver => $"{space}-silver";

    public async ValueTask InitializeAsync() => await plane.Cluster.KubectlAsync("create", "namespace", space);

    public async ValueTask DisposeAsync()
    {
        await plane.Cluster.TryKubectlAsync("delete", "backuppolicies", Gold, Silver, "--ignore-not-found");
        await plane.Cluster.TryKubectlAsync("delete", "namespace", space, "--wait=false");
    }

    [Fact]
    public async Task Policies_ThatSelectClusters_GiveWhatThoseDoNotSayAndTellWhatTheyComeTo()
    {
        await ApplyAsync(Gold, """
            backup:
              enabled: true
              image: none
              backoffLimit: 2
              storages: { main: { type: s3, s3: { bucket: backups, region: eu-central-1, credentialsSecret: none } } }
              schedule: [{ name: nightly, schedule: "30 2 * * *", storageName: main, keep: 30 }]
            """);
        await ClusterAsync("orders", "schedule: [{ name: nightly, keep: 5 }]");
        await ClusterAsync("bills", "{}");

        // The cluster's own word counts, field by field, and each value says whose it is.
        await EffectiveAsync("orders", "schedule.nightly.keep", "5", "spec");
        await EffectiveAsync("orders", "schedule.nightly.schedule", "30 2 * * *", $"policy/{Gold}");
        await EffectiveAsync("bills", "schedule.nightly.keep", "30", $"policy/{Gold}");
        Assert.NotNull((await ResourceAsync("bills"))["status"]!["schedules"]![0]!["nextDue"]);
        var gold = await StandsAsync(Gold, "True", "PolicyApplied", conflicting: 0);
        Assert.Equal(0, (int)gold["faulty"]!);
        Assert.Equal("local=2", string.Join(' ', gold["members"]!.AsArray().Select(Tally)));
        Assert.Equal("backoffLimit=2 enabled=2 image=2 schedule.nightly=2 storages.main=2", string.Join(' ', gold["parts"]!.AsArray().Select(Tally)));

        // Two of one priority do not agree: neither is heard, and both say so.
        await ApplyAsync(Silver, "backup: { backoffLimit: 4 }");
        await Wait.UntilAsync("condition PoliciesAgree", Soon, async () => Condition(await ResourceAsync("orders"), "PoliciesAgree"), agree => (string?)agree?["status"] == "False");
        gold = await StandsAsync(Gold, "False", "PolicyConflict", conflicting: 2);
        Assert.Equal(2, gold["conflicts"]!.AsArray().Count);
        Assert.Equal((string)gold["conflicts"]![0]!["policies"]!, (string)(await StandsAsync(Silver, "False", "PolicyConflict", conflicting: 2))["conflicts"]![0]!["policies"]!);
        Assert.Contains("backoffLimit", gold["conflicts"]!.AsArray().Select(conflict => (string)conflict!["field"]!));

        // One of them is given a higher priority.
        await ApplyAsync(Silver, "priority: 10\nbackup: { backoffLimit: 4 }");
        await EffectiveAsync("orders", "backoffLimit", "4", $"policy/{Silver}");
        gold = await StandsAsync(Gold, "True", "PolicyApplied", conflicting: 0);
        Assert.DoesNotContain("backoffLimit=", string.Join(' ', gold["parts"]!.AsArray().Select(Tally)), StringComparison.Ordinal);
        await StandsAsync(Silver, "True", "PolicyApplied", conflicting: 0);
        Assert.Matches($@"{Silver}\s+10\s+2\s+0\s+True\s+True\b", await plane.Cluster.KubectlAsync("get", "backuppolicy", Silver));

        await plane.Cluster.KubectlAsync("delete", "backuppolicies", Gold, Silver);
        await Wait.UntilAsync("a cluster without policies", Soon, async () => (await ResourceAsync("bills"))["status"]!["effective"] is null);
    }

    [Fact]
    public async Task Database_ThatNoClusterDescribes_IsInTheListOfTheUnprotectedUntilOneDoes()
    {
        await plane.Cluster.ApplyAsync(space, """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: orders-mysql }
            spec:
              replicas: 0
              serviceName: orders
              selector: { matchLabels: { app: orders } }
              template:
                metadata: { labels: { app: orders } }
                spec: { containers: [{ name: mysql, image: "registry.example.com/mysql:8.4" }] }
            """);
        Assert.Equal("registry.example.com/mysql:8.4", (string?)(await UnprotectedAsync("StatefulSet orders-mysql NoCluster"))["image"]);

        await ClusterAsync("orders", "{}");
        await UnprotectedAsync("MySQLCluster orders BackupsDisabled");
    }

    // The only one in this namespace.
    private async Task<JsonNode> UnprotectedAsync(string expected)
    {
        await using var picture = new FleetPicture(plane, new Dictionary<string, int>());
        var list = await Wait.UntilAsync(
            $"{expected} in the list of the unprotected", Soon, async () => (await picture.AskAsync($"unprotected?namespace={space}"))?["items"]?.AsArray(),
            items => items?.Count == 1 && $"{items[0]!["kind"]} {items[0]!["name"]} {items[0]!["reason"]}" == expected);
        return list![0]!;
    }

    private static string Tally(JsonNode? counted) => $"{(string)counted!["name"]!}={(int)counted["clusters"]!}";

    private static JsonNode? Condition(JsonNode resource, string type) => resource["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => (string)condition!["type"]! == type);

    private Task ApplyAsync(string policy, string spec) => plane.Cluster.ApplyAsync(space, $$"""
        apiVersion: backup.controlplane/v1
        kind: BackupPolicy
        metadata: { name: {{policy}} }
        spec:
          clusters: { namespaces: [{{space}}] }
          {{spec.Replace("\n", "\n  ", StringComparison.Ordinal)}}
        """);

    private Task ClusterAsync(string name, string backup) => plane.Cluster.ApplyAsync(space, $$"""
        apiVersion: backup.controlplane/v1
        kind: MySQLCluster
        metadata: { name: {{name}} }
        spec:
          workload: { name: {{name}}-mysql }
          credentialsSecret: none
          backup:
            {{backup}}
        """);

    private async Task EffectiveAsync(string cluster, string field, string value, string origin) => await Wait.UntilAsync(
        $"{field} of {cluster} from {origin}", Soon, async () => (await ResourceAsync(cluster))["status"],
        status => status?["effective"]?["values"]?.AsArray().Any(one => (string)one!["field"]! == field && (string)one["value"]! == value && (string)one["origin"]! == origin) is true);

    // For what it says now: of the present generation, and once both clusters are counted, which come to it one after the other.
    private async Task<JsonNode> StandsAsync(string policy, string status, string reason, int conflicting) => (await Wait.UntilAsync(
        $"{policy} with Ready {status}, {reason}, 2 clusters and {conflicting} conflicting", Soon, () => plane.Cluster.GetAsync($"apis/backup.controlplane/v1/backuppolicies/{policy}"),
        seen => seen?["status"] is { } told && (long?)told["observedGeneration"] == (long)seen["metadata"]!["generation"]!
            && ((int?)told["clusters"], (int?)told["conflicting"]) == (2, conflicting)
            && Condition(seen, "Ready") is { } ready && (string)ready["status"]! == status && (string)ready["reason"]! == reason,
        seen => Task.FromResult(seen?["status"]?.ToJsonString() ?? "no status")))!["status"]!;

    private async Task<JsonNode> ResourceAsync(string cluster) => (await plane.Cluster.GetAsync($"apis/backup.controlplane/v1/namespaces/{space}/mysqlclusters/{cluster}"))!;
}

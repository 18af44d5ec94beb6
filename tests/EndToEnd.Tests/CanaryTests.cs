using System.Security.Cryptography;
using System.Text;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Secrets are planted at their places, and then looked for wherever they must not be.</summary>
public sealed class CanaryTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    [Fact]
    public async Task Secrets_AfterASuccessAFailureAndADeletion_AreFoundNowhere()
    {
        var canary = "canary-" + Guid.NewGuid().ToString("N");
        await Shop.ApplySecretAsync("canary", plane.Cluster.Environment["S3_ACCESS_KEY"], canary);
        await Shop.AddStorageAsync("canary", new { s3 = new { credentialsSecret = "canary" } });
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await Shop.Cluster.ApplyAsync(Shop.Namespace, $$"""
            apiVersion: v1
            kind: Secret
            metadata: { name: canary-keys }
            stringData: { canary-key: "{{key}}" }
            """);
        await Shop.AddStorageAsync("sealed", new { encryptionKeySecret = new { name = "canary-keys", key = "canary-key" } });
        var secrets = await PlantedAsync(canary, key, Convert.ToHexStringLower(Convert.FromBase64String(key)));

        await using var good = await Shop.BackUpAsync(new("canary-good") { Storage = "sealed", Throttle = 50, DeletesData = true });
        await good.FlowAsync();
        Search("argument lists while it runs", string.Join('\n', Containers.CommandLines().Where(line => !line.Contains("radosgw", StringComparison.Ordinal))), secrets);
        var made = await good.EndAsync("Succeeded");
        Assert.Equal("canary-key", (string?)made.Status!["encryptionKeyId"]);
        await using var bad = await Shop.BackUpAsync(new("canary-bad") { Storage = "canary" });
        await bad.EndAsync("Failed");
        await SearchTheApiAsync(secrets);
        await SearchTheLogsAsync(secrets);

        await good.DeleteAsync();
        await good.GoneAsync(TimeSpan.FromMinutes(1));

        await SearchTheApiAsync(secrets);
        await SearchTheLogsAsync(secrets);
        await SearchTheStateAsync(secrets);
        await SearchTheDashboardAsync(secrets);
    }

    /// <summary>Every form in which each would still be one: as it is and in base64.</summary>
    private async Task<string[]> PlantedAsync(params string[] canaries)
    {
        var account = (await Shop.Cluster.GetAsync($"api/v1/namespaces/{Shop.Namespace}/secrets/orders-backup"))!;
        var password = Encoding.UTF8.GetString(Convert.FromBase64String((string)account["data"]!["password"]!));
        var agent = await Shop.Cluster.ListAsync($"api/v1/namespaces/{Shop.Namespace}/secrets?labelSelector=app.kubernetes.io/managed-by=controlplane");
        var keys = agent.SelectMany(secret => secret["data"]?.AsObject() ?? []).Where(entry => entry.Key is "tls.key").Select(entry => Encoding.UTF8.GetString(Convert.FromBase64String((string)entry.Value!)));
        // A private key's first line is everybody's; its second is its own.
        string[] plain = [.. canaries, plane.Cluster.Environment["S3_SECRET_KEY"], password, .. keys.Select(key => key.Split('\n')[1])];
        Assert.All(plain, secret => Assert.True(secret.Length >= 16, "a secret is too short to be looked for"));
        Assert.True(plain.Length > canaries.Length + 2, "the agents' own key was not found where it belongs");
        return [.. plain, .. plain.Select(secret => Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)))];
    }

    private async Task SearchTheApiAsync(string[] secrets)
    {
        foreach (var kind in new[] { "mysqlclusters", "mysqlbackups", "events", "jobs", "pods", "statefulsets", "deployments", "configmaps", "serviceaccounts" })
        {
            var seen = await Shop.Cluster.KubectlAsync("get", kind, "--all-namespaces", "-o", "json");
            Search(kind, seen, secrets);
        }
    }

    private async Task SearchTheLogsAsync(string[] secrets)
    {
        foreach (var @namespace in new[] { Plane.Namespace, Shop.Namespace })
        {
            foreach (var pod in await Shop.Cluster.ListAsync($"api/v1/namespaces/{@namespace}/pods"))
            {
                var name = (string)pod["metadata"]!["name"]!;
                var log = await Shop.Cluster.TryKubectlAsync("--namespace", @namespace, "logs", name, "--all-containers");
                Search($"log of {name}", log.Output, secrets);
            }
        }
    }

    private async Task SearchTheStateAsync(string[] secrets)
    {
        var claims = await Shop.Cluster.ListAsync($"api/v1/namespaces/{Plane.Namespace}/persistentvolumeclaims");
        Assert.NotEmpty(claims);
        foreach (var claim in claims)
        {
            var volume = (await Shop.Cluster.GetAsync($"api/v1/persistentvolumes/{claim["spec"]!["volumeName"]}"))!;
            var databases = Directory.GetFiles((string)volume["spec"]!["local"]!["path"]!, "*", SearchOption.AllDirectories)
                .Where(file => file.Contains(".db", StringComparison.Ordinal) || file.Contains("sqlite", StringComparison.OrdinalIgnoreCase)).ToArray();
            Assert.NotEmpty(databases);
            foreach (var file in databases)
                Search(file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), secrets);
        }
    }

    // The dashboard listens on loopback in the silo's Pod, so it is asked from within.
    private async Task SearchTheDashboardAsync(string[] secrets)
    {
        var pod = await plane.SiloPodAsync();
        foreach (var page in new[] { "DashboardCounters", "Reminders/1", "ClusterStats", "TopGrainMethods" })
        {
            var said = await Shop.Cluster.TryKubectlAsync("--namespace", Plane.Namespace, "exec", pod, "--", "wget", "-q", "-O", "-", $"http://127.0.0.1:8080/dashboard/{page}");
            Assert.True(said.ExitCode == 0 && said.Output.Length > 2, $"dashboard/{page}: {said.Error}");
            Search($"dashboard/{page}", said.Output, secrets);
        }
    }

    // The message names the place and never the secret.
    private static void Search(string place, string text, string[] secrets) =>
        Assert.False(secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal)), $"a planted secret was found in {place}");
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A namespace of an owner: a database of two Pods, the Secrets, and the documented <c>MySQLCluster</c> over it.</summary>
internal sealed class Shop
{
    /// <summary>The name of the cluster in <c>deploy/cr.yaml</c>.</summary>
    internal const string ClusterName = "orders";

    /// <summary>The Secret with the store's keys that <c>deploy/cr.yaml</c> names.</summary>
    internal const string StoreSecret = "s3-credentials";

    internal const string Primary = "orders-mysql-0";
    internal const string Replica = "orders-mysql-1";

    private JsonNode opened = null!;

    private Shop(Cluster cluster, string @namespace, Bucket bucket)
    {
        Cluster = cluster;
        Namespace = @namespace;
        Bucket = bucket;
        Database = new(cluster, @namespace);
        Containers = new(cluster);
    }

    internal Cluster Cluster { get; }

    internal string Namespace { get; }

    internal Bucket Bucket { get; }

    internal Database Database { get; }

    internal Containers Containers { get; }

    /// <summary>Everything an owner does before the first backup; returns when the agents are ready.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="namespace">The namespace, which is made.</param>
    /// <param name="mebibytes">How many of rows the database has.</param>
    /// <param name="asOwnersDo">
    /// Whether the sidecar comes into a database that runs and has its rows, and so replaces its Pods one by one; or at once, before there are any.
    /// </param>
    internal static async Task<Shop> OpenAsync(Cluster cluster, string @namespace, int mebibytes, bool asOwnersDo = false)
    {
        var shop = new Shop(cluster, @namespace, new(cluster.Environment, cluster.Environment["S3_BUCKET"]));
        try
        {
            await (asOwnersDo ? shop.FurnishAsOwnersDoAsync(mebibytes) : shop.FurnishAsync(mebibytes));
            shop.opened = (await shop.ResourceAsync())["spec"]!.DeepClone();
            return shop;
        }
        catch
        {
            await shop.CloseAsync();
            throw;
        }
    }

    /// <summary>Takes back what scenarios wished of the <c>MySQLCluster</c>, as storages that cannot be used.</summary>
    internal async Task ResetAsync()
    {
        var patch = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/spec", ["value"] = opened.DeepClone() });
        await Cluster.KubectlAsync("--namespace", Namespace, "patch", "mysqlcluster", ClusterName, "--type", "json", "--patch", patch.ToJsonString());
        await HeardAsync();
        await ReadyAsync();
    }

    /// <summary>Closes the namespace; nothing of it stays, in the cluster or in the store.</summary>
    internal async Task CloseAsync()
    {
        await Cluster.TryKubectlAsync("--namespace", Namespace, "delete", "mysqlbackups", "--all", "--wait=false");
        var left = await Cluster.TryKubectlAsync("--namespace", Namespace, "get", "mysqlbackups", "-o", "name");
        foreach (var backup in left.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            await Cluster.TryKubectlAsync("--namespace", Namespace, "patch", backup, "--type", "merge", "--patch", """{"metadata":{"finalizers":null}}""");
        await Cluster.EndPodsAsync(Namespace);
        await Cluster.TryKubectlAsync("delete", "namespace", Namespace, "--timeout=120s");
        await Bucket.EmptyAsync($"prod/{Namespace}/");
        Bucket.Dispose();
    }

    private async Task FurnishAsync(int mebibytes)
    {
        await Database.InstallStoppedAsync();
        await ApplyExampleAsync();
        await Wait.UntilAsync("the sidecar in the template", TimeSpan.FromMinutes(1), TemplateAsync, HasSidecar, async _ => await Story.OfAsync(Cluster, Namespace, ""));
        await Database.InstallAsync();
        await Database.AddRowsAsync(mebibytes);
        // A fault that stays shall be told after two attempts, not after seven. And the plane looks at the workload again, which had no Pods.
        await ChangeAsync(new { backup = new { backoffLimit = 1 } });
        await ReadyAsync();
    }

    private async Task FurnishAsOwnersDoAsync(int mebibytes)
    {
        await Database.InstallAsync();
        await Database.AddRowsAsync(mebibytes);
        await ApplyExampleAsync();
        await ReadyAsync();
    }

    private async Task ApplyExampleAsync()
    {
        await ApplySecretAsync(StoreSecret, Cluster.Environment["S3_ACCESS_KEY"], Cluster.Environment["S3_SECRET_KEY"]);
        await Cluster.ApplyAsync(Namespace, Documents.Read("deploy/cr.yaml"));
    }

    /// <summary>The Pod template of the database's workload.</summary>
    internal async Task<JsonNode> TemplateAsync() =>
        (await Cluster.GetAsync($"apis/apps/v1/namespaces/{Namespace}/statefulsets/orders-mysql"))!["spec"]!["template"]!["spec"]!;

    internal static bool HasSidecar(JsonNode template) =>
        template["containers"]!.AsArray().Any(container => (string?)container!["name"] == "xtrabackup");

    /// <summary>A Secret with S3 keys; through stdin, so that the keys stand in no argument list.</summary>
    internal Task ApplySecretAsync(string name, string accessKey, string secretKey) =>
        ApplySecretAsync(name, ("AWS_ACCESS_KEY_ID", accessKey), ("AWS_SECRET_ACCESS_KEY", secretKey));

    /// <summary>A Secret with any entries.</summary>
    internal Task ApplySecretAsync(string name, params (string Key, string Value)[] entries) => Cluster.ApplyAsync(Namespace, JsonSerializer.Serialize(new
    {
        apiVersion = "v1",
        kind = "Secret",
        metadata = new { name },
        stringData = entries.ToDictionary(entry => entry.Key, entry => entry.Value),
    }));

    /// <summary>Changes fields of the <c>MySQLCluster</c>.</summary>
    internal Task ChangeAsync(object spec) => Cluster.MergeAsync("mysqlcluster", Namespace, ClusterName, new { spec });

    /// <summary>Adds a storage that is like the documented one but for what is given.</summary>
    internal async Task AddStorageAsync(string name, object difference)
    {
        var like = (await ResourceAsync())["spec"]!["backup"]!["storages"]!["s3-main"]!.DeepClone();
        await ChangeAsync(new { backup = new { storages = new Dictionary<string, JsonNode> { [name] = like } } });
        await ChangeAsync(new { backup = new { storages = new Dictionary<string, object> { [name] = difference } } });
        await HeardAsync();
    }

    /// <summary>How long it takes until a change of the <c>MySQLCluster</c> is answered: it is seen by the watch, judged by the cluster's grain, and shown.</summary>
    internal async Task<TimeSpan> AnswerAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        var limit = (int?)(await ResourceAsync())["spec"]!["backup"]!["backoffLimit"];
        await ChangeAsync(new { backup = new { backoffLimit = limit == 1 ? 2 : 1 } });
        await HeardAsync();
        return TimeProvider.System.GetElapsedTime(began);
    }

    // Clusters and backups come by different watches, so a backup that is asked for at once may still meet the cluster as it was before.
    internal Task HeardAsync() => Wait.UntilAsync(
        "the plane's word on the changed MySQLCluster", TimeSpan.FromMinutes(1),
        async () => await ResourceAsync() is var resource && Condition(resource, "Accepted") is { } accepted && IsCurrent(resource, accepted));

    /// <summary>Adds a storage that <c>deploy/cr.yaml</c> shows in its comments, but for what is given.</summary>
    internal async Task AddExampleStorageAsync(string name, object difference)
    {
        // A merge takes YAML as it takes JSON.
        var storage = "spec:\n  backup:\n    storages:\n" + Documents.ExampleStorage(name);
        await Cluster.KubectlAsync("--namespace", Namespace, "patch", "mysqlcluster", ClusterName, "--type", "merge", "--patch", storage);
        await ChangeAsync(new { backup = new { storages = new Dictionary<string, object> { [name] = difference } } });
        await HeardAsync();
    }

    internal async Task<JsonNode> ResourceAsync() =>
        await Cluster.GetAsync($"apis/backup.controlplane/v1/namespaces/{Namespace}/mysqlclusters/{ClusterName}")
        ?? throw new InvalidOperationException($"The MySQLCluster {ClusterName} is gone.");

    internal async Task ReadyAsync()
    {
        await Wait.UntilAsync(
            "condition Ready of the MySQLCluster", TimeSpan.FromMinutes(3), ResourceAsync,
            resource => Condition(resource, "Ready") is { } ready && (string?)ready["status"] == "True" && IsCurrent(resource, ready),
            async _ => await Story.OfAsync(Cluster, Namespace, ""));
        await Database.ReplicaFollowsAsync();
    }

    internal static JsonNode? Condition(JsonNode resource, string type) =>
        resource["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => (string?)condition!["type"] == type);

    /// <summary>Asks for a backup.</summary>
    internal async Task<RunningBackup> BackUpAsync(BackupRequest request)
    {
        var name = request.ExactName ? request.Name : request.Name + "-" + Guid.NewGuid().ToString("N")[..6];
        await Cluster.ApplyAsync(Namespace, Documents.Backup(name, request));
        return new(this, name, request.DeletesData);
    }

    /// <summary>What <c>kubectl apply -f -</c> says of a document.</summary>
    internal Task<Command> TryApplyAsync(string yaml) => Cluster.TryApplyAsync(Namespace, yaml);

    internal async Task<BackupView?> FindAsync(string name) =>
        await Cluster.GetAsync($"apis/backup.controlplane/v1/namespaces/{Namespace}/mysqlbackups/{name}") is { } found ? new(found) : null;

    /// <summary>The folders that restores have on an instance's volume; empty for none.</summary>
    internal async Task<string> LeftByRestoresAsync(string pod) => (await Cluster.KubectlAsync(
        "--namespace", Namespace, "exec", pod, "-c", "mysql", "--", "sh", "-c", "ls /var/lib/mysql/.controlplane-restore 2> /dev/null || true")).Trim();

    /// <summary>The Jobs of a backup by its UID.</summary>
    internal Task<IReadOnlyList<JsonNode>> JobsAsync(string uid) =>
        Cluster.ListAsync($"apis/batch/v1/namespaces/{Namespace}/jobs?labelSelector=backup.controlplane/uid={uid}");

    internal Task<IReadOnlyList<JsonNode>> JobPodsAsync(string uid) =>
        Cluster.ListAsync($"api/v1/namespaces/{Namespace}/pods?labelSelector=backup.controlplane/uid={uid}");

    internal async Task<IReadOnlyList<JsonNode>> EventsAsync(string name)
    {
        var events = await Cluster.ListAsync($"api/v1/namespaces/{Namespace}/events?fieldSelector=involvedObject.name={name}");
        return [.. events.OrderBy(Time)];
        static string Time(JsonNode one) => (string?)one["eventTime"] ?? (string?)one["firstTimestamp"] ?? (string?)one["metadata"]!["creationTimestamp"] ?? "";
    }

    /// <summary>Until no agent has a backup tool at work.</summary>
    internal Task ToolIsGoneAsync() => Wait.UntilAsync("the end of the tool", TimeSpan.FromSeconds(20), ToolsAsync, tools => tools.Count == 0, tools => Task.FromResult(string.Join(", ", tools)));

    private async Task<IReadOnlyList<string>> ToolsAsync()
    {
        var found = new List<string>();
        foreach (var pod in new[] { Primary, Replica })
            found.AddRange((await Containers.CommandLinesAsync(Namespace, pod, "xtrabackup")).Where(line => line.Contains("mariadb-backup", StringComparison.Ordinal)));
        return found;
    }

    private static bool IsCurrent(JsonNode resource, JsonNode condition) =>
        condition["observedGeneration"] is not { } seen || (long)seen >= (long)resource["metadata"]!["generation"]!;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Namespace}/{ClusterName}");
}

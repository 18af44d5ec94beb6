using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.Members;

/// <summary>
/// A stand-in for the API server of one member: what the plane lists, watches, reads and writes there, and nothing else. It keeps versions, history and bookmarks as the protocol has them; it checks no schema and grants
/// everything. Its databases and Jobs do not run.
/// </summary>
internal sealed class StandInMember
{
    private const string Group = "apis/backup.controlplane/v1";
    private const int ClustersOfNamespace = 10;

    private readonly Dictionary<string, StandInCollection> collections;

    public StandInMember(int number, int clusters)
    {
        Number = number;
        collections = new(StringComparer.Ordinal)
        {
            [$"{Group}/mysqlclusters"] = Clusters = new(this, "backup.controlplane/v1", "MySQLCluster"),
            [$"{Group}/mysqlbackups"] = Backups = new(this, "backup.controlplane/v1", "MySQLBackup"),
            [$"{Group}/mysqlrestores"] = new(this, "backup.controlplane/v1", "MySQLRestore"),
            [$"{Group}/restoredrills"] = new(this, "backup.controlplane/v1", "RestoreDrill"),
            ["apis/batch/v1/jobs"] = Jobs = new(this, "batch/v1", "Job"),
            ["api/v1/pods"] = Pods = new(this, "v1", "Pod"),
            ["apis/apps/v1/statefulsets"] = Workloads = new(this, "apps/v1", "StatefulSet"),
        };
        Work = new(this);
        for (var cluster = 0; cluster < clusters; cluster++)
        {
            var (space, name) = Place(cluster);
            Workloads.Put(ClusterDocuments.Workload(space, name));
            Clusters.Put(ClusterDocuments.Cluster(space, name));
        }
        Count = clusters;
    }

    /// <summary>Which of them, from 1.</summary>
    public int Number { get; }

    /// <summary>How many clusters it began with.</summary>
    public int Count { get; }

    /// <summary>The UID of its <c>kube-system</c>.</summary>
    public string Id { get; } = Guid.NewGuid().ToString();

    /// <summary>Who bears it may do everything.</summary>
    public string Token { get; } = Guid.NewGuid().ToString("N");

    public Lock Gate { get; } = new();

    public StandInTraffic Traffic { get; } = new();

    public StandInWork Work { get; }

    public StandInCollection Clusters { get; }

    public StandInCollection Backups { get; }

    public StandInCollection Jobs { get; }

    public StandInCollection Pods { get; }

    public StandInCollection Workloads { get; }

    /// <summary>The version of the newest change.</summary>
    public long Version { get; private set; } = 1000;

    public long NextVersion() => ++Version;

    /// <summary>The collection of a path without its namespace; null for what nobody watches.</summary>
    public StandInCollection? Find(string path) => collections.GetValueOrDefault(path);

    /// <summary>Namespace and name of the n-th cluster: ten to a namespace.</summary>
    public static (string Namespace, string Name) Place(int cluster) =>
        (string.Create(CultureInfo.InvariantCulture, $"team-{cluster / ClustersOfNamespace:D3}"), string.Create(CultureInfo.InvariantCulture, $"db-{cluster:D5}"));

    /// <summary>The Pods that a selector finds: of a Job those that are there, of a database one that is ready.</summary>
    public IReadOnlyList<JsonObject> PodsOf(string @namespace, string selector)
    {
        var (label, value) = selector.Split('=') is [var name, var text] ? (name, text) : ("", "");
        if (label != "app")
            return Pods.In(@namespace, pod => (string?)pod["metadata"]!["labels"]?[label] == value);
        return Workloads.Find(@namespace, value) is { } workload ? [ClusterDocuments.Pod(@namespace, value, (string)workload["metadata"]!["uid"]!)] : [];
    }
}

/// <summary>What a stand-in sent and was asked, since it began.</summary>
internal sealed class StandInTraffic
{
    private long watchEvents;
    private long watchBytes;
    private long listBytes;
    private long requests;

    public long WatchEvents => Interlocked.Read(ref watchEvents);

    public long WatchBytes => Interlocked.Read(ref watchBytes);

    public long ListBytes => Interlocked.Read(ref listBytes);

    public long Requests => Interlocked.Read(ref requests);

    /// <summary>A line of a watch went out; a bookmark is one too.</summary>
    public void Watched(int bytes)
    {
        Interlocked.Increment(ref watchEvents);
        Interlocked.Add(ref watchBytes, bytes);
    }

    public void Listed(int bytes) => Interlocked.Add(ref listBytes, bytes);

    public void Asked() => Interlocked.Increment(ref requests);
}

using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Bench.Plane;

namespace ControlPlane.Members;

/// <summary>The one member with a real API server: its clusters, ten in a namespace, with Pods that nothing runs.</summary>
internal sealed class RealMember(ApiServer server)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Makes its clusters.</summary>
    public async Task FillAsync(int clusters)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(Enumerable.Range(0, clusters).Select(cluster => StandInMember.Place(cluster).Namespace).Distinct(), options, async (space, token) =>
        {
            await server.CreateAsync("/api/v1/namespaces", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = space } });

            // Without it no Pod can be made.
            for (var began = TimeProvider.System.GetTimestamp(); await server.FindAsync($"/api/v1/namespaces/{space}/serviceaccounts/default") is null;)
            {
                if (TimeProvider.System.GetElapsedTime(began) > Patience)
                    throw new InvalidOperationException($"Namespace {space} has no account for Pods: does the controller-manager run?");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, token);
            }
        });
        await Parallel.ForEachAsync(Enumerable.Range(0, clusters), options, async (cluster, _) => await MakeAsync(cluster));
    }

    /// <summary>How many events its watches carried, of the kinds that the plane watches, to whomever.</summary>
    public async Task<double> WatchEventsAsync()
    {
        var lines = (await server.TextAsync("/metrics")).Split('\n').Where(line => line.StartsWith("apiserver_watch_events_total{", StringComparison.Ordinal));
        return lines.Where(line => line.Contains("group=\"backup.controlplane\"", StringComparison.Ordinal)).Sum(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }

    private async Task MakeAsync(int cluster)
    {
        var (space, name) = StandInMember.Place(cluster);
        await server.CreateAsync($"/apis/apps/v1/namespaces/{space}/statefulsets", ClusterDocuments.Workload(space, name));
        var workload = await server.ListAsync($"/apis/apps/v1/namespaces/{space}/statefulsets/{name}");
        var pod = ClusterDocuments.Pod(space, name, (string)workload["metadata"]!["uid"]!);
        await server.CreateAsync($"/api/v1/namespaces/{space}/pods", pod);
        await server.MergeAsync($"/api/v1/namespaces/{space}/pods/{name}-0/status", new JsonObject { ["status"] = ClusterDocuments.PodStatus() });
        await server.CreateAsync($"/apis/backup.controlplane/v1/namespaces/{space}/mysqlclusters", ClusterDocuments.Cluster(space, name));
    }
}

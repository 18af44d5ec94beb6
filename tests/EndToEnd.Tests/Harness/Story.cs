using System.Text;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>All that tells why a backup stands where it stands: for the message of a test that failed.</summary>
internal static class Story
{
    internal static async Task<string> OfAsync(Cluster cluster, string @namespace, string backup)
    {
        var text = new StringBuilder();
        await AddAsync("the backup", "get", "mysqlbackups", backup, "-o", "yaml");
        await AddAsync("the cluster", "get", "mysqlclusters", "-o", "jsonpath={range .items[*]}{.metadata.name}: {.status}{\"\\n\"}{end}");
        await AddAsync("events", "get", "events", "--sort-by=.lastTimestamp", "-o", "custom-columns=OBJECT:.involvedObject.name,REASON:.reason,MESSAGE:.message");
        await AddAsync("Jobs", "get", "jobs,pods", "-o", "wide");
        var jobs = await cluster.TryKubectlAsync("--namespace", @namespace, "get", "pods", "-l", "backup.controlplane/uid", "-o", "name");
        foreach (var pod in jobs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(3))
        {
            await AddAsync($"log of {pod}", "logs", pod, "--tail=30");
            await AddAsync($"verdict of {pod}", "get", pod, "-o", "jsonpath={.status.containerStatuses[*].state}");
        }

        foreach (var pod in new[] { "orders-mysql-0", "orders-mysql-1" })
            await AddAsync($"agent of {pod}", "logs", pod, "-c", "xtrabackup", "--tail=20");
        var silo = await cluster.TryKubectlAsync("--namespace", Plane.Namespace, "logs", "deployment/silo", "--tail=60");
        text.Append("--- silo\n").Append(silo.Output).Append(silo.Error);
        return text.ToString();

        async Task AddAsync(string title, params string[] arguments)
        {
            var said = await cluster.TryKubectlAsync(["--namespace", @namespace, .. arguments]);
            text.Append("--- ").Append(title).Append('\n').Append(said.Output).Append(said.Error).Append('\n');
        }
    }
}

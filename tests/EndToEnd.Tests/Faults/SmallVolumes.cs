using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests.Faults;

/// <summary>A shop's data volumes on file systems of their own, which have little room besides the data. In the end the volumes hold what they held before.</summary>
internal sealed class SmallVolumes : IAsyncDisposable
{
    private readonly Shop shop;
    private readonly List<string> mounted = [];

    private SmallVolumes(Shop shop) => this.shop = shop;

    /// <summary>Moves the data over; returns when the database is up again.</summary>
    internal static async Task<SmallVolumes> BeginAsync(Shop shop, int spareMebibytes)
    {
        var small = new SmallVolumes(shop);
        await small.StopAsync();
        foreach (var pod in new[] { Shop.Primary, Shop.Replica })
        {
            var folder = await small.FolderAsync($"datadir-{pod}");
            var used = (await Command.RunAsync("du", ["-sm", folder])).Split('\t')[0];
            var size = int.Parse(used, CultureInfo.InvariantCulture) + spareMebibytes;
            await Command.RunAsync("bash", ["-e", "-c", """
                aside=$(mktemp -d)
                mount -t tmpfs -o "size=$2m" tmpfs "$aside"
                cp -a "$1/." "$aside"
                chown --reference="$1" "$aside"; chmod --reference="$1" "$aside"
                mount --bind "$aside" "$1"
                umount -l "$aside"; rmdir "$aside"
                """, "move", folder, size.ToString(CultureInfo.InvariantCulture)]);
            small.mounted.Add(folder);
        }

        await small.StartAsync();
        return small;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var folder in mounted)
            await Command.RunAsync("umount", ["-l", folder]);
        await StartAsync();
    }

    private async Task StopAsync()
    {
        await ScaleAsync(0);
        await Wait.UntilAsync("the end of the database's Pods", TimeSpan.FromMinutes(2), async () =>
            (await shop.Cluster.ListAsync($"api/v1/namespaces/{shop.Namespace}/pods?labelSelector=app=orders-mysql")).Count == 0);
    }

    private async Task StartAsync()
    {
        await ScaleAsync(2);
        await shop.Cluster.KubectlAsync("--namespace", shop.Namespace, "rollout", "status", "statefulset/orders-mysql", "--timeout=180s");
        await shop.Database.ReplicaFollowsAsync();
    }

    private Task ScaleAsync(int replicas) => shop.Cluster.KubectlAsync("--namespace", shop.Namespace, "scale", "statefulset/orders-mysql", $"--replicas={replicas}");

    private async Task<string> FolderAsync(string claim)
    {
        var volume = (string)(await GetAsync($"api/v1/namespaces/{shop.Namespace}/persistentvolumeclaims/{claim}"))["spec"]!["volumeName"]!;
        return (string)(await GetAsync($"api/v1/persistentvolumes/{volume}"))["spec"]!["local"]!["path"]!;
    }

    private async Task<JsonNode> GetAsync(string path) => await shop.Cluster.GetAsync(path) ?? throw new InvalidOperationException($"{path} is gone.");
}

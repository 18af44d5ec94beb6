using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>How a workload stands: what a restore that comes to nothing must leave as it was.</summary>
/// <param name="Spec">What its StatefulSet asks for, to the letter.</param>
/// <param name="Pods">Its Pods, and how often their servers were started.</param>
internal sealed record Standing(string Spec, string Pods)
{
    private const string Sums = "select table_name from information_schema.tables where table_schema = 'shop' order by 1; select count(*), sum(crc32(concat_ws('|', id, customer, note))) from shop.orders";

    internal static async Task<Standing> OfAsync(Shop shop)
    {
        var workload = (await shop.Cluster.GetAsync($"apis/apps/v1/namespaces/{shop.Namespace}/statefulsets/orders-mysql"))!;
        var pods = await shop.Cluster.ListAsync($"api/v1/namespaces/{shop.Namespace}/pods?labelSelector=app=orders-mysql");
        return new(workload["spec"]!.ToJsonString(), string.Join(' ', pods.Select(pod =>
            string.Create(CultureInfo.InvariantCulture, $"{pod["metadata"]!["uid"]}:{pod["status"]!["containerStatuses"]?.AsArray().Sum(container => (int)container!["restartCount"]!)}"))));
    }

    /// <summary>What the primary and its replica hold, once they hold the same; and what restores left on their volumes.</summary>
    internal static async Task<string> DataAsync(Shop shop)
    {
        await shop.Database.ReplicaFollowsAsync();
        var rows = await shop.Database.AskAsync(Shop.Primary, Sums);
        await Wait.UntilAsync("the same rows on the replica", TimeSpan.FromSeconds(30), () => shop.Database.AskAsync(Shop.Replica, Sums), seen => seen == rows);
        return $"{rows}; left: {await shop.LeftByRestoresAsync(Shop.Primary)} {await shop.LeftByRestoresAsync(Shop.Replica)}";
    }
}

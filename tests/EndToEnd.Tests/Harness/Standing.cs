using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>How a workload stands: what a restore that comes to nothing must leave as it was.</summary>
/// <param name="Spec">What its StatefulSet asks for, to the letter.</param>
/// <param name="Pods">Its Pods, and how often their servers were started.</param>
internal sealed record Standing(string Spec, string Pods)
{
    internal static async Task<Standing> OfAsync(Shop shop)
    {
        var workload = (await shop.Cluster.GetAsync($"apis/apps/v1/namespaces/{shop.Namespace}/statefulsets/orders-mysql"))!;
        var pods = await shop.Cluster.ListAsync($"api/v1/namespaces/{shop.Namespace}/pods?labelSelector=app=orders-mysql");
        return new(workload["spec"]!.ToJsonString(), string.Join(' ', pods.Select(pod =>
            string.Create(CultureInfo.InvariantCulture, $"{pod["metadata"]!["uid"]}:{pod["status"]!["containerStatuses"]?.AsArray().Sum(container => (int)container!["restartCount"]!)}"))));
    }
}

using ControlPlane.Abstractions.Members;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>Reads an owner's workload and its Pods, and of no other.</summary>
internal sealed class StatefulSets(ApiCalls api)
{
    /// <summary>The workload, or null when there is none of that name.</summary>
    public Task<V1StatefulSet?> ReadAsync(MemberKey member, string @namespace, string name, CancellationToken cancellationToken) =>
        api.RunAsync(member, (client, token) => client.AppsV1.ReadNamespacedStatefulSetAsync(name, @namespace, cancellationToken: token).OrMissingAsync(), cancellationToken);

    /// <summary>Its Pods: those that it owns. A selector alone may fit others.</summary>
    public async Task<IReadOnlyList<V1Pod>> PodsAsync(MemberKey member, V1StatefulSet workload, CancellationToken cancellationToken)
    {
        var selector = SelectorText.Of(workload.Spec.Selector);
        var pods = await api.RunAsync(
            member, (client, token) => client.CoreV1.ListNamespacedPodAsync(workload.Namespace(), labelSelector: selector, cancellationToken: token), cancellationToken);
        return [.. pods.Items.Where(Owned).OrderBy(pod => pod.Name(), StringComparer.Ordinal)];

        bool Owned(V1Pod pod) => pod.OwnerReferences()?.Any(owner => owner.Controller == true && owner.Uid == workload.Uid()) is true;
    }
}

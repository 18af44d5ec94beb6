using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Jobs;

/// <summary>
/// The Jobs' account in an owner's namespace, and its right to tell progress. What is there already is left as it is: an owner may have
/// annotated the account for a provider's workload identity.
/// </summary>
internal sealed class RunnerAccounts(ApiCalls api)
{
    /// <summary>Makes sure of both.</summary>
    /// <param name="member">Where.</param>
    /// <param name="namespace">The owner's namespace.</param>
    /// <param name="account">The owner's own account; null for the one that the plane makes.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task EnsureAsync(MemberKey member, string @namespace, string? account, CancellationToken cancellationToken)
    {
        var binding = api.RunAsync(
            member, (client, token) => client.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(Binding(@namespace, account), @namespace, cancellationToken: token).OrPresentAsync(),
            cancellationToken);
        var made = account is null
            ? api.RunAsync(
                member, (client, token) => client.CoreV1.CreateNamespacedServiceAccountAsync(Account(@namespace), @namespace, cancellationToken: token).OrPresentAsync(),
                cancellationToken)
            : Task.FromResult<V1ServiceAccount?>(null);
        await Task.WhenAll(binding, made);
    }

    internal static V1ServiceAccount Account(string @namespace) => new() { Metadata = Metadata(@namespace, Runner.Account) };

    internal static V1RoleBinding Binding(string @namespace, string? account) => new()
    {
        Metadata = Metadata(@namespace, account is null ? Runner.Account : $"{Runner.Account}-{ApiGroup.Labels.Value(account)}"),
        RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = Runner.Account },
        Subjects = [new() { Kind = "ServiceAccount", Name = account ?? Runner.Account, NamespaceProperty = @namespace }],
    };

    private static V1ObjectMeta Metadata(string @namespace, string name) => new()
    {
        Name = name,
        NamespaceProperty = @namespace,
        Labels = new Dictionary<string, string> { [ApiGroup.Labels.ManagedBy] = ApiGroup.Labels.ManagedByValue },
    };
}

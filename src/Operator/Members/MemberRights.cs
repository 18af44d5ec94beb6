using System.Globalization;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Members;

/// <summary>One right that the plane needs in a member.</summary>
/// <param name="Verb">What it does.</param>
/// <param name="Group">The API group; empty for the core.</param>
/// <param name="Resource">The resource, with its subresource behind a slash.</param>
/// <param name="Name">The only one of that resource; null for all.</param>
internal sealed record MemberRight(string Verb, string Group, string Resource, string? Name = null)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Verb} {Resource}{(Group.Length > 0 ? $".{Group}" : "")}{(Name is null ? "" : $" '{Name}'")}");
}

/// <summary>
/// All that the plane does in a member, and nothing else: <c>deploy/member</c> grants it, <c>deploy/base</c> grants it where the plane runs, and a test
/// holds both to this list.
/// </summary>
internal static class MemberRights
{
    public static IReadOnlyList<MemberRight> All { get; } =
    [
        .. Each(ApiGroup.Name, [ApiGroup.Clusters.Plural, ApiGroup.Backups.Plural, ApiGroup.Restores.Plural, ApiGroup.Drills.Plural], "get", "list", "watch"),
        .. Each(
            ApiGroup.Name,
            [$"{ApiGroup.Clusters.Plural}/status", $"{ApiGroup.Backups.Plural}/status", $"{ApiGroup.Restores.Plural}/status", $"{ApiGroup.Drills.Plural}/status"],
            "patch"),
        .. Each(ApiGroup.Name, [ApiGroup.Backups.Plural, ApiGroup.Drills.Plural], "create", "patch", "delete"),
        .. Each("events.k8s.io", ["events"], "create"),
        .. Each("batch", ["jobs"], "get", "list", "watch", "create", "delete"),
        .. Each("", ["pods"], "get", "list", "watch"),
        .. Each("", ["serviceaccounts"], "create"),
        .. Each("rbac.authorization.k8s.io", ["rolebindings"], "create"),
        new("bind", "rbac.authorization.k8s.io", "clusterroles", Jobs.Runner.Account),
        .. Each("apps", ["statefulsets"], "get", "list", "watch", "patch"),
        .. Each("apps", ["statefulsets/scale"], "patch"),
        .. Each("", ["persistentvolumeclaims"], "get"),
        .. Each("", ["secrets"], "create", "update"),
        new("get", "", "namespaces", "kube-system"),
    ];

    /// <summary>Which of them the bearer of a client lacks.</summary>
    public static async Task<IReadOnlyList<MemberRight>> MissingAsync(Func<Func<Kubernetes, CancellationToken, Task<bool>>, Task<bool>> ask)
    {
        var missing = new List<MemberRight>();
        foreach (var right in All)
        {
            if (!await ask((client, token) => MayAsync(client, right, token)))
                missing.Add(right);
        }
        return missing;
    }

    private static async Task<bool> MayAsync(Kubernetes client, MemberRight right, CancellationToken cancellationToken)
    {
        var parts = right.Resource.Split('/');
        var review = new V1SelfSubjectAccessReview
        {
            Spec = new()
            {
                ResourceAttributes = new() { Verb = right.Verb, Group = right.Group, Resource = parts[0], Subresource = parts.ElementAtOrDefault(1), Name = right.Name },
            },
        };
        return (await client.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: cancellationToken)).Status?.Allowed is true;
    }

    private static IEnumerable<MemberRight> Each(string group, string[] resources, params string[] verbs) =>
        from resource in resources from verb in verbs select new MemberRight(verb, @group, resource);
}

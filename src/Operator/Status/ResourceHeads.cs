using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using k8s;

namespace ControlPlane.Operator.Status;

/// <summary>Asks the API server who bears a name now.</summary>
internal sealed class ResourceHeads(ApiCalls api)
{
    /// <summary>The backup of that name, or null when there is none.</summary>
    public Task<ResourceHead?> ReadAsync(BackupKey backup, CancellationToken cancellationToken) =>
        ReadAsync(backup.Member, backup.Namespace, ApiGroup.Backups.Plural, backup.Name, cancellationToken);

    /// <summary>The resource of that kind and name, in no namespace where that is empty; or null when there is none.</summary>
    public Task<ResourceHead?> ReadAsync(MemberKey member, string @namespace, string plural, string name, CancellationToken cancellationToken) =>
        api.RunAsync(
            member,
            (client, token) => (@namespace.Length > 0
                ? client.CustomObjects.GetNamespacedCustomObjectAsync<ResourceHead>(ApiGroup.Name, ApiGroup.Version, @namespace, plural, name, token)
                : client.CustomObjects.GetClusterCustomObjectAsync<ResourceHead>(ApiGroup.Name, ApiGroup.Version, plural, name, token)).OrMissingAsync(),
            cancellationToken);
}

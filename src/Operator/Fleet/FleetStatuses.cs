using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Fleet;

/// <summary>Reads and applies the statuses of the fleet's own resources, in the Kubernetes cluster where the plane runs.</summary>
internal sealed class FleetStatuses(ApiCalls api)
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    /// <summary>The resource as it stands; null when it is gone, or is a namesake of the one that is meant.</summary>
    public async Task<(ResourceHeader Header, JsonElement Document)?> ReadAsync(string plural, ResourceHeader meant, CancellationToken cancellationToken)
    {
        var found = await api.RunAsync(
            Local, (client, token) => client.CustomObjects.GetClusterCustomObjectAsync<JsonNode>(ApiGroup.Name, ApiGroup.Version, plural, meant.Name, token).OrMissingAsync(), cancellationToken);
        if (found is null)
            return null;
        var document = JsonSerializer.SerializeToElement(found);
        return ResourceHeader.Read(document) is { } header && header.Uid == meant.Uid ? (header, document) : null;
    }

    /// <summary>Applies the whole of a status to the resource as it was read: refused with a conflict where somebody wrote since.</summary>
    public Task ApplyAsync(string kind, string plural, ResourceHeader header, JsonNode status, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = header.Name, ["resourceVersion"] = header.ResourceVersion },
            ["status"] = status.DeepClone(),
        }.ToJsonString();
        return api.RunAsync(
            Local,
            (client, token) => client.CustomObjects.PatchClusterCustomObjectStatusAsync<object>(
                new V1Patch(body, V1Patch.PatchType.ApplyPatch), ApiGroup.Name, ApiGroup.Version, plural, header.Name,
                fieldManager: ApiGroup.FieldManagers.Status, force: true, cancellationToken: token).OrMissingAsync(),
            cancellationToken);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Members;

/// <summary>Shows how a member stands, at its resource in the Kubernetes cluster where the plane runs. Only the activation that owns the member says it.</summary>
internal sealed class MemberReporter(ApiCalls api, IStatusWriter events, TimeProvider time)
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    /// <summary>Shows a look; nothing is written where nothing changed.</summary>
    public async Task ReportAsync(FleetEntry<MemberClusterSpec> entry, MemberLook look, CancellationToken cancellationToken)
    {
        var found = await api.RunAsync(
            Local,
            (client, token) => client.CustomObjects.GetClusterCustomObjectAsync<JsonNode>(ApiGroup.Name, ApiGroup.Version, ApiGroup.Members.Plural, entry.Name, token).OrMissingAsync(),
            cancellationToken);
        if (found is null)
            return;
        var document = JsonSerializer.SerializeToElement(found);
        if (ResourceHeader.Read(document) is not { } header || header.Uid != entry.Header.Uid)
            return;
        var before = MemberStatusDocument.Parse(document) ?? new();
        var next = MemberStatuses.Next(before, entry, look, time.GetUtcNow());
        var (shown, wanted) = (JsonSerializer.SerializeToNode(before, StatusJson.Default.MemberStatusDocument)!, JsonSerializer.SerializeToNode(next, StatusJson.Default.MemberStatusDocument)!);
        if (JsonNode.DeepEquals(shown, wanted))
            return;
        await ApplyAsync(header, wanted, cancellationToken);
        foreach (var (reason, message, warning) in MemberStatuses.Events(before, next))
        {
            await events.RecordAsync(
                new()
                {
                    Kind = ApiGroup.Members.Kind, Member = MemberKey.Local, Namespace = "", Name = header.Name, Uid = header.Uid,
                    Reason = reason, Action = "Watch", Message = message, Warning = warning, Time = time.GetUtcNow(),
                },
                cancellationToken);
        }
    }

    private Task ApplyAsync(ResourceHeader header, JsonNode status, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = ApiGroup.Members.Kind,
            ["metadata"] = new JsonObject { ["name"] = header.Name, ["resourceVersion"] = header.ResourceVersion },
            ["status"] = status.DeepClone(),
        }.ToJsonString();
        return api.RunAsync(
            Local,
            (client, token) => client.CustomObjects.PatchClusterCustomObjectStatusAsync<object>(
                new V1Patch(body, V1Patch.PatchType.ApplyPatch), ApiGroup.Name, ApiGroup.Version, ApiGroup.Members.Plural, header.Name,
                fieldManager: ApiGroup.FieldManagers.Status, force: true, cancellationToken: token).OrMissingAsync(),
            cancellationToken);
    }
}

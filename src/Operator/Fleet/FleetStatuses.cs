using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Fleet;

/// <summary>Shows how the fleet's own resources stand, in the Kubernetes cluster where the plane runs. Nothing is written where nothing changed.</summary>
internal sealed class FleetStatuses(ApiCalls api, IStatusWriter events, TimeProvider time)
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    /// <summary>Makes the next status of the one that the resource has, and tells what is worth an Event of the change.</summary>
    /// <param name="kind">Its kind, and what shows it.</param>
    /// <param name="meant">The resource; of a namesake nothing is shown.</param>
    /// <param name="next">Makes the status, by the time it is now.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ShowAsync<TStatus>(FleetStatusKind<TStatus> kind, ResourceHeader meant, Func<TStatus, DateTimeOffset, TStatus> next, CancellationToken cancellationToken)
        where TStatus : new()
    {
        if (await ReadAsync(kind.Plural, meant, cancellationToken) is not var (header, document))
            return;
        var before = kind.Parse(document) ?? new();
        var after = next(before, time.GetUtcNow());
        var (shown, wanted) = (JsonSerializer.SerializeToNode(before, kind.Json)!, JsonSerializer.SerializeToNode(after, kind.Json)!);
        if (JsonNode.DeepEquals(shown, wanted))
            return;
        await ApplyAsync(kind.Kind, kind.Plural, header, wanted, cancellationToken);
        foreach (var (reason, message, warning) in kind.Events(before, after))
        {
            await events.RecordAsync(
                new()
                {
                    Kind = kind.Kind, Member = MemberKey.Local, Namespace = "", Name = header.Name, Uid = header.Uid,
                    Reason = reason, Action = kind.Action, Message = message, Warning = warning, Time = time.GetUtcNow(),
                },
                cancellationToken);
        }
    }

    // Null when it is gone, or is a namesake of the one that is meant.
    private async Task<(ResourceHeader Header, JsonElement Document)?> ReadAsync(string plural, ResourceHeader meant, CancellationToken cancellationToken)
    {
        var found = await api.RunAsync(
            Local, (client, token) => client.CustomObjects.GetClusterCustomObjectAsync<JsonNode>(ApiGroup.Name, ApiGroup.Version, plural, meant.Name, token).OrMissingAsync(), cancellationToken);
        if (found is null)
            return null;
        var document = JsonSerializer.SerializeToElement(found);
        return ResourceHeader.Read(document) is { } header && header.Uid == meant.Uid ? (header, document) : null;
    }

    // The whole of a status, to the resource as it was read: refused with a conflict where somebody wrote since.
    private Task ApplyAsync(string kind, string plural, ResourceHeader header, JsonNode status, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = header.Name, ["resourceVersion"] = header.ResourceVersion },
            ["status"] = status,
        }.ToJsonString();
        return api.RunAsync(
            Local,
            (client, token) => client.CustomObjects.PatchClusterCustomObjectStatusAsync<object>(
                new V1Patch(body, V1Patch.PatchType.ApplyPatch), ApiGroup.Name, ApiGroup.Version, plural, header.Name,
                fieldManager: ApiGroup.FieldManagers.Status, force: true, cancellationToken: token).OrMissingAsync(),
            cancellationToken);
    }
}

/// <summary>One of the fleet's own kinds, and how its status is read, written and told.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Plural">Its name in the API.</param>
/// <param name="Action">What the plane does, in Events.</param>
/// <param name="Parse">Reads the status of a resource; null where it has none.</param>
/// <param name="Json">How it is written.</param>
/// <param name="Events">What is worth an Event of a change.</param>
internal sealed record FleetStatusKind<TStatus>(
    string Kind, string Plural, string Action, Func<JsonElement, TStatus?> Parse, JsonTypeInfo<TStatus> Json, Func<TStatus, TStatus, IEnumerable<(string Reason, string Message, bool Warning)>> Events);

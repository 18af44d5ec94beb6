using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Members;

/// <summary>Shows how a member stands, at its resource in the Kubernetes cluster where the plane runs. Only the activation that owns the member says it.</summary>
internal sealed class MemberReporter(FleetStatuses statuses, IStatusWriter events, TimeProvider time)
{
    /// <summary>Shows a look; nothing is written where nothing changed.</summary>
    public async Task ReportAsync(FleetEntry<MemberClusterSpec> entry, MemberLook look, CancellationToken cancellationToken)
    {
        if (await statuses.ReadAsync(ApiGroup.Members.Plural, entry.Header, cancellationToken) is not var (header, document))
            return;
        var before = MemberStatusDocument.Parse(document) ?? new();
        var next = MemberStatuses.Next(before, entry, look, time.GetUtcNow());
        var (shown, wanted) = (JsonSerializer.SerializeToNode(before, StatusJson.Default.MemberStatusDocument)!, JsonSerializer.SerializeToNode(next, StatusJson.Default.MemberStatusDocument)!);
        if (JsonNode.DeepEquals(shown, wanted))
            return;
        await statuses.ApplyAsync(ApiGroup.Members.Kind, ApiGroup.Members.Plural, header, wanted, cancellationToken);
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
}

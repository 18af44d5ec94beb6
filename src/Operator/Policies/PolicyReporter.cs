using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>Shows what a policy comes to.</summary>
internal interface IPolicyReporter
{
    Task ReportAsync(FleetEntry<PolicySpec> entry, PolicyPicture picture, CancellationToken cancellationToken);
}

/// <summary>Shows it at its resource. Nothing is written where nothing changed.</summary>
internal sealed class PolicyReporter(FleetStatuses statuses, IStatusWriter events, TimeProvider time) : IPolicyReporter
{
    public async Task ReportAsync(FleetEntry<PolicySpec> entry, PolicyPicture picture, CancellationToken cancellationToken)
    {
        if (await statuses.ReadAsync(ApiGroup.Policies.Plural, entry.Header, cancellationToken) is not var (header, document))
            return;
        var before = PolicyStatusDocument.Parse(document) ?? new();
        var next = PolicyStatuses.Next(before, entry, picture, time.GetUtcNow());
        var wanted = Node(next);
        if (JsonNode.DeepEquals(Node(before), wanted))
            return;
        await statuses.ApplyAsync(ApiGroup.Policies.Kind, ApiGroup.Policies.Plural, header, wanted, cancellationToken);
        foreach (var (reason, message, warning) in PolicyStatuses.Events(before, next))
        {
            await events.RecordAsync(
                new()
                {
                    Kind = ApiGroup.Policies.Kind, Member = MemberKey.Local, Namespace = "", Name = header.Name, Uid = header.Uid,
                    Reason = reason, Action = "Apply", Message = message, Warning = warning, Time = time.GetUtcNow(),
                },
                cancellationToken);
        }
    }

    private static JsonNode Node(PolicyStatusDocument status) => JsonSerializer.SerializeToNode(status, StatusJson.Default.PolicyStatusDocument)!;
}

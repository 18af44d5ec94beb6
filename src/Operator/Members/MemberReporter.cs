using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Members;

/// <summary>Shows how a member stands, at its resource in the Kubernetes cluster where the plane runs. Only the activation that owns the member says it.</summary>
internal sealed class MemberReporter(FleetStatuses statuses)
{
    private static readonly FleetStatusKind<MemberStatusDocument> Kind =
        new(ApiGroup.Members.Kind, ApiGroup.Members.Plural, "Watch", MemberStatusDocument.Parse, StatusJson.Default.MemberStatusDocument, MemberStatuses.Events);

    /// <summary>Shows a look.</summary>
    public Task ReportAsync(FleetEntry<MemberClusterSpec> entry, MemberLook look, CancellationToken cancellationToken) =>
        statuses.ShowAsync(Kind, entry.Header, (before, now) => MemberStatuses.Next(before, entry, look, now), cancellationToken);
}

using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>Shows what a policy comes to.</summary>
internal interface IPolicyReporter
{
    Task ReportAsync(FleetEntry<PolicySpec> entry, PolicyPicture picture, CancellationToken cancellationToken);
}

/// <summary>Shows it at its resource.</summary>
internal sealed class PolicyReporter(FleetStatuses statuses) : IPolicyReporter
{
    private static readonly FleetStatusKind<PolicyStatusDocument> Kind =
        new(ApiGroup.Policies.Kind, ApiGroup.Policies.Plural, "Apply", PolicyStatusDocument.Parse, StatusJson.Default.PolicyStatusDocument, PolicyStatuses.Events);

    public Task ReportAsync(FleetEntry<PolicySpec> entry, PolicyPicture picture, CancellationToken cancellationToken) =>
        statuses.ShowAsync(Kind, entry.Header, (before, now) => PolicyStatuses.Next(before, entry, picture, now), cancellationToken);
}

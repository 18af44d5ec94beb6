using System.Text.Json;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>The policies of the fleet, as every silo keeps them.</summary>
internal sealed class PolicyKind(TimeProvider time) : FleetKind<PolicySpec>(time)
{
    public override string Kind => ApiGroup.Policies.Kind;

    public override string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Policies.Plural}";

    protected override int Most => 500;

    protected override SpecReading<PolicySpec> Read(ResourceHeader header, JsonElement document) => PolicyReader.Read(header, document);
}

using System.Text.Json;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Members;

/// <summary>The <c>MemberCluster</c>s of the fleet.</summary>
internal sealed class MemberClusters(TimeProvider time) : FleetKind<MemberClusterSpec>(time)
{
    public const int MostMembers = 200;

    public override string Kind => ApiGroup.Members.Kind;

    public override string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Members.Plural}";

    protected override int Most => MostMembers;

    protected override SpecReading<MemberClusterSpec> Read(ResourceHeader header, JsonElement document) => MemberReader.Read(header, document);
}

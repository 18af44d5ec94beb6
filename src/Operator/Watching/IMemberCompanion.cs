using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator.Watching;

/// <summary>What runs beside a member's watches, in the one silo that has them, for as long as they do. One that fails begins anew.</summary>
internal interface IMemberCompanion
{
    Task RunAsync(MemberKey member, CancellationToken stop);
}
